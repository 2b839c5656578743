"""The page around a program for browsers; what it must be told is typed into fields."""

from __future__ import annotations

import html
from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import SECRET, Env, Request
from satsuma.samples.sample import Limits
from satsuma.samples.writing import Words, basic_of, bearer_of

_PAGE: Final = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Sample</title>
    «library»
  </head>
  <body>
    «warning»
    <form id="form">
      «fields»
      <button>Send</button>
    </form>
    <pre id="answer"></pre>
    <script type="module">
      const form = document.getElementById("form");
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        send();
      });

      function setting(name) {
        return form.elements[name].value;
      }

      function show(text) {
        document.getElementById("answer").textContent = text;
      }

      «script»
    </script>
  </body>
</html>
"""

_WARNING: Final = """\
<p>
  <strong>Never in a page you publish:</strong> it asks for the client
  secret.
</p>
""".splitlines()
_FIELD: Final = """\
<label>
  «label»
  <input name="«name»" type="password" required />
</label>
""".splitlines()


def _read(env: Env) -> str:
    return f'setting("{env.variable}")'


WORDS: Final = Words(quoting.browser, _read)
LIMITS: Final = Limits(
    headers=frozenset(
        (
            "accept-charset",
            "accept-encoding",
            "cookie",
            "cookie2",
            "date",
            "dnt",
            "origin",
            "referer",
        )
    )
    | frozenset(("set-cookie", "user-agent", "via")),
    body_of_get=False,
)
"""What a page may not send by itself.

Spec: Fetch §2.2.2.
"""


def page(request: Request, script: list[str], library: str | None = None) -> str:
    """The page with a field for each value that the program must be told."""
    fields = [
        line.replace("«label»", html.escape(env.label)).replace("«name»", env.variable)
        for env in request.environment
        for line in _FIELD
    ]
    return fill(
        _PAGE,
        library=[library] if library else [],
        warning=_WARNING if SECRET in request.environment else [],
        fields=fields,
        script=script,
    )


def basic_line(request: Request) -> list[str]:
    """The credentials in base64; btoa takes bytes alone, so that UTF-8 is made of the text first."""
    basic = basic_of(request)
    if basic is None:
        return []
    return [
        f"const clientId = {WORDS(basic.client_id)};",
        f"const clientSecret = {WORDS(basic.secret)};",
        "const pair = new TextEncoder().encode(`${clientId}:${clientSecret}`);",
        "const basic = btoa(String.fromCharCode(...pair));",
    ]


def authorization(request: Request) -> str | None:
    """The value of the Authorization header."""
    bearer = bearer_of(request)
    if bearer is not None:
        return f"`Bearer ${{{WORDS(bearer.token)}}}`"
    return "`Basic ${basic}`" if basic_of(request) is not None else None
