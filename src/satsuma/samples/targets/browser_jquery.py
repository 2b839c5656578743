"""The browser with jQuery."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import browser
from satsuma.samples.targets import javascript as js

_VERSION: Final = "4.0.0"
_LIBRARY: Final = '<script src="node_modules/jquery/dist/jquery.min.js"></script>'

_SEND: Final = """\
function send() {
  «url»
  «body»
  $.ajax({
    url,
    method: «method»,
    headers: {
      «headers»
    },
    «argument»
    dataType: "text",
    timeout: 20_000,
    complete({ status, responseText }) {
      «show»
    },
  });
}
"""

_SHOW_JSON: Final = """\

function showAnswer(status, answer) {
  try {
    const said = JSON.parse(answer || «nothing»);
    const sentence = said.error_description ?? said.message;
    const reason = `HTTP ${status} ${said.error ?? said.code}: ${sentence}`;
    show(Math.floor(status / 100) === 2 ? answer : reason);
  } catch {
    show(`No whole answer (HTTP ${status})`);
  }
}
"""


def _one_request(request: Request) -> str:
    return _program(request, "show(`HTTP ${status}: ${responseText}`);", [])


def _robust(request: Request) -> str:
    more = fill(_SHOW_JSON, nothing='""' if request.answers else '"{}"').splitlines()
    return _program(request, "showAnswer(status, responseText);", more)


def _program(request: Request, show: str, more: list[str]) -> str:
    headers = [f"{js.key(browser.WORDS, n)}: {browser.WORDS(v)}," for n, v in request.headers]
    authorization = browser.authorization(request)
    if authorization is not None:
        headers.append(f"Authorization: {authorization},")
    script = fill(
        _SEND,
        body=browser.basic_line(request) + js.form(browser.WORDS, request),
        url=js.constant("url", browser.WORDS(request.url), 8),
        method=browser.WORDS(request.method),
        headers=headers,
        argument=["data: body.toString(),"] if request.has_body else [],
        show=[show],
    )
    return browser.page(request, script.splitlines() + more, _LIBRARY)


TARGET: Final = Target(
    slug="browser-jquery",
    language="html",
    label="JavaScript: jQuery",
    recommended=False,
    why="For pages that have jQuery already.",
    file_name="sample.html",
    install=f"npm install jquery@{_VERSION}",
    run="python3 -m http.server 8080",
    one_request=_one_request,
    robust=_robust,
    files={"package.json": f'{{ "dependencies": {{ "jquery": "{_VERSION}" }} }}\n'},
    versions={"jquery": _VERSION},
    in_browser=True,
    limits=browser.LIMITS,
)
