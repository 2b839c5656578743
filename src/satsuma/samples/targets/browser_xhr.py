"""The browser with XMLHttpRequest."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import browser
from satsuma.samples.targets import javascript as js

_SEND: Final = """\
function send() {
  «url»
  «body»
  const request = new XMLHttpRequest();
  request.open(«method», url);
  request.timeout = 20_000;
  «headers»
  request.onload = () => {
    «onload»
  };
  request.onerror = () => show("No answer");
  request.ontimeout = () => show("No answer within 20 s");
  request.send(«argument»);
}
"""

_ONLOAD: Final = ["show(`HTTP ${request.status}: ${request.response}`);"]

_ONLOAD_ROBUST: Final = """\
const status = request.status;
try {
  const said = JSON.parse(request.response || «nothing»);
  const sentence = said.error_description ?? said.message;
  const reason = `HTTP ${status} ${said.error ?? said.code}: ${sentence}`;
  show(Math.floor(status / 100) === 2 ? request.response : reason);
} catch {
  show(`No whole answer (HTTP ${status})`);
}
"""


def _one_request(request: Request) -> str:
    return _program(request, _ONLOAD)


def _robust(request: Request) -> str:
    nothing = '""' if request.answers else '"{}"'
    return _program(request, fill(_ONLOAD_ROBUST, nothing=nothing).splitlines())


def _program(request: Request, onload: list[str]) -> str:
    headers = browser.WORDS.pairs(request.headers, "request.setRequestHeader({name}, {value});")
    authorization = browser.authorization(request)
    if authorization is not None:
        headers.append(f'request.setRequestHeader("Authorization", {authorization});')
    script = fill(
        _SEND,
        body=browser.basic_line(request) + js.form(browser.WORDS, request),
        url=js.constant("url", browser.WORDS(request.url), 8),
        method=browser.WORDS(request.method),
        headers=headers,
        onload=onload,
        argument="body" if request.has_body else "",
    )
    return browser.page(request, script.splitlines())


TARGET: Final = Target(
    slug="browser-xhr",
    language="html",
    label="JavaScript: XMLHttpRequest",
    recommended=False,
    why="For browsers without fetch, and where you show how much of an upload is done.",
    file_name="sample.html",
    install="",
    run="python3 -m http.server 8080",
    one_request=_one_request,
    robust=_robust,
    in_browser=True,
    limits=browser.LIMITS,
)
