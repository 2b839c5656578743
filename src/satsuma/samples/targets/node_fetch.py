"""Node with its built-in fetch, and with node-fetch: the same program but for an import."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import javascript as js
from satsuma.samples.targets import node_production

_NODE_FETCH: Final = "3.3.2"

_ONE: Final = """\
«imports»
«setting»

«url»
«body»
const response = await fetch(url, {
  «method»
  headers: {
    «headers»
  },
  «argument»
  redirect: "manual",
  signal: AbortSignal.timeout(20_000),
});
const answer = await response.text();
if (!response.ok) {
  console.error(`HTTP ${response.status}: ${answer}`);
  process.exit(1);
}
console.log(answer);
"""

_ROBUST: Final = """\
«imports»
«setting»

«url»
«body»
const options = {
  «method»
  headers: {
    «headers»
  },
  «argument»
  redirect: "manual",
  signal: AbortSignal.timeout(20_000),
};
let status, answer, said;
try {
  const response = await fetch(url, options);
  status = response.status;
  answer = await response.text();
  said = JSON.parse(«text»);
} catch (error) {
  const json = error instanceof SyntaxError;
  const reason = json ? "it is not JSON" : (error.cause?.code ?? error.name);
  console.error(`No whole answer: ${reason}`);
  process.exit(3);
}
«refused»
"""


def _one_request(request: Request, imports: list[str]) -> str:
    return fill(_ONE, **_parts(request, imports))


def _robust(request: Request, imports: list[str]) -> str:
    text = "answer" if request.answers else 'answer || "{}"'
    return fill(_ROBUST, text=text, refused=js.NODE_REFUSED, **_parts(request, imports))


def _parts(request: Request, imports: list[str]) -> dict[str, str | list[str]]:
    body = js.node_basic(request) + js.form(js.NODE, request)
    return {
        "imports": [*imports, ""] if imports else [],
        "setting": js.NODE_SETTING,
        "body": body,
        "url": js.constant("url", js.NODE(request.url)),
        "method": [] if request.method == "GET" else [f"method: {js.NODE(request.method)},"],
        "headers": js.node_headers(request),
        "argument": ["body,"] if request.has_body else [],
    }


_IMPORT: Final = ['import fetch from "node-fetch";']

BUILT_IN: Final = Target(
    slug="node-fetch-built-in",
    language="javascript",
    label="Node: built-in fetch",
    recommended=True,
    why="Since Node 18 it needs no package, and it is the fetch of browsers.",
    file_name="sample.mjs",
    install="",
    run="node sample.mjs",
    one_request=lambda request: _one_request(request, []),
    robust=lambda request: _robust(request, []),
    own=node_production.own,
    versions={"node": "20"},
    limits=js.FETCH,
)

NODE_FETCH: Final = Target(
    slug="node-node-fetch",
    language="javascript",
    label="Node: node-fetch",
    recommended=False,
    why="For Node before 18, which has no fetch of its own.",
    file_name="sample.mjs",
    install=f"npm install node-fetch@{_NODE_FETCH}",
    run="node sample.mjs",
    one_request=lambda request: _one_request(request, _IMPORT),
    robust=lambda request: _robust(request, _IMPORT),
    files={"package.json": f'{{ "dependencies": {{ "node-fetch": "{_NODE_FETCH}" }} }}\n'},
    versions={"node-fetch": _NODE_FETCH},
    limits=js.FETCH,
)
