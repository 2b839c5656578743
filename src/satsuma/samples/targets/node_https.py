"""Node with its modules https and http."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Limits, Target
from satsuma.samples.targets import javascript as js
from satsuma.samples.writing import is_https

_ONE: Final = """\
import «module» from "node:«module»";

«setting»

«url»
«body»
const options = {
  method: «method»,
  headers: {
    «headers»
  },
  timeout: 20_000,
};
const request = «module».request(url, options, (response) => {
  const chunks = [];
  response.on("data", (chunk) => chunks.push(chunk));
  response.on("error", (error) => fail(3, `No whole answer: ${error.code}`));
  response.on("end", () => {
    const status = response.statusCode;
    const answer = Buffer.concat(chunks).toString();
    «end»
  });
});
request.on("timeout", () => request.destroy(new Error("20 s of silence")));
request.on("error", (error) => fail(3, `No answer: ${error.message}`));
request.end(«argument»);

function fail(code, sentence) {
  console.error(sentence);
  process.exit(code);
}
"""

_END: Final = """\
if (Math.floor(status / 100) !== 2) {
  fail(1, `HTTP ${status}: ${answer}`);
}
console.log(answer);
""".splitlines()

_END_ROBUST: Final = """\
let said;
try {
  said = JSON.parse(«text»);
} catch {
  fail(3, `HTTP ${status}, and the answer is not JSON`);
}
«refused»
"""


def _one_request(request: Request) -> str:
    return _program(request, _END)


def _robust(request: Request) -> str:
    text = "answer" if request.answers else 'answer || "{}"'
    return _program(request, fill(_END_ROBUST, text=text, refused=js.NODE_REFUSED).splitlines())


def _program(request: Request, end: list[str]) -> str:
    headers = js.node_headers(request)
    body = js.node_basic(request) + js.form(js.NODE, request)
    if request.form is not None:
        headers.append('"Content-Type": "application/x-www-form-urlencoded",')
        # Without its length the body would go in chunks.
        headers.append('"Content-Length": Buffer.byteLength(body.toString()),')
    elif request.body is not None:
        headers.append('"Content-Length": Buffer.byteLength(body),')
    return fill(
        _ONE,
        module="https" if is_https(request.url) else "http",
        setting=js.NODE_SETTING,
        body=body,
        method=js.NODE(request.method),
        headers=headers,
        url=js.constant("url", js.NODE(request.url)),
        argument="body.toString()" if request.form is not None else "body" if request.body else "",
        end=end,
    )


TARGET: Final = Target(
    slug="node-https",
    language="javascript",
    label="Node: https",
    recommended=False,
    why="Where you need what fetch hides: sockets, agents, certificates.",
    file_name="sample.mjs",
    install="",
    run="node sample.mjs",
    one_request=_one_request,
    robust=_robust,
    versions={"node": "20"},
    limits=Limits(unknown_host=False),
)
