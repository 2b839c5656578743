"""The browser with fetch."""

from __future__ import annotations

from typing import Final

from satsuma.samples.fill import fill
from satsuma.samples.request import Request
from satsuma.samples.sample import Target
from satsuma.samples.targets import browser
from satsuma.samples.targets import javascript as js

_ONE: Final = """\
async function send() {
  «url»
  «body»
  const response = await fetch(url, {
    method: «method»,
    headers: {
      «headers»
    },
    «argument»
  });
  show(`HTTP ${response.status}: ${await response.text()}`);
}
"""

_ROBUST: Final = """\
async function send() {
  «url»
  «body»
  const options = {
    method: «method»,
    headers: {
      «headers»
    },
    «argument»
    redirect: "error",
    signal: AbortSignal.timeout(20_000),
  };
  try {
    const response = await fetch(url, options);
    const answer = await response.text();
    const said = JSON.parse(«text»);
    const sentence = said.error_description ?? said.message;
    show(
      response.ok
        ? answer
        : `HTTP ${response.status} ${said.error ?? said.code}: ${sentence}`,
    );
  } catch (error) {
    const json = error instanceof SyntaxError;
    show(`No whole answer: ${json ? "it is not JSON" : error.name}`);
  }
}
"""


def _program(template: str, request: Request) -> str:
    headers = [f"{js.key(browser.WORDS, n)}: {browser.WORDS(v)}," for n, v in request.headers]
    authorization = browser.authorization(request)
    if authorization is not None:
        headers.append(f"Authorization: {authorization},")
    script = fill(
        template,
        body=browser.basic_line(request) + js.form(browser.WORDS, request),
        url=js.constant("url", browser.WORDS(request.url), 8),
        method=browser.WORDS(request.method),
        headers=headers,
        argument=["body,"] if request.has_body else [],
        text="answer" if request.answers else 'answer || "{}"',
    )
    return browser.page(request, script.splitlines())


TARGET: Final = Target(
    slug="browser-fetch",
    language="html",
    label="JavaScript: fetch",
    recommended=True,
    why="It is part of every browser. A page has no secret: it is a public client, with PKCE.",
    file_name="sample.html",
    install="",
    run="python3 -m http.server 8080",
    one_request=lambda request: _program(_ONE, request),
    robust=lambda request: _program(_ROBUST, request),
    in_browser=True,
    limits=browser.LIMITS,
)
