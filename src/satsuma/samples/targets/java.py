"""What the targets of Java write alike."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Joined, Request
from satsuma.samples.writing import Words, basic_of, bearer_of


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.java, _read)

_CLASS: Final = """\
«imports»

public class Sample {
  «main»

  static String setting(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      fail(2, "Set " + name + " in the environment");
    }
    return value;
  }

  static void fail(int code, String sentence) {
    System.err.println(sentence);
    System.exit(code);
  }
  «more»
}
"""

_FORM: Final = """\

static String pair(String name, String value) {
  Charset utf8 = StandardCharsets.UTF_8;
  return URLEncoder.encode(name, utf8) + "=" + URLEncoder.encode(value, utf8);
}
"""

_BASIC: Final = """\

static String basic(String clientId, String secret) {
  byte[] pair = (clientId + ":" + secret).getBytes(StandardCharsets.UTF_8);
  return "Basic " + Base64.getEncoder().encodeToString(pair);
}
"""

_FINISH: Final = """\
if (status / 100 != 2) {
  fail(1, "HTTP " + status + ": " + answer);
}
System.out.println(answer);
""".splitlines()

_FINISH_ROBUST: Final = """\
// No parser of JSON is part of Java: what is none shows at its ends.
String trimmed = answer.strip();
if («not_json») {
  fail(3, "HTTP " + status + ", and the answer is not JSON");
}
if (status / 100 != 2) {
  fail(1, "HTTP " + status + ": " + answer);
}
System.out.println(answer);
"""


def finish(request: Request, robust: bool) -> list[str]:
    """What is done with `status` and `answer`."""
    if not robust:
        return _FINISH
    brackets = '!trimmed.startsWith("{") || !trimmed.endsWith("}")'
    if not request.answers:
        brackets = f"!trimmed.isEmpty() && ({brackets})"
    return fill(_FINISH_ROBUST, not_json=brackets).splitlines()


def program(request: Request, imports: set[str], main: list[str], encodes: bool) -> str:
    """The class; `encodes` where the library has no form of its own."""
    basic = basic_of(request) is not None
    form = encodes and request.form is not None
    imports = set(imports)
    if basic:
        imports |= {"java.util.Base64"}
    if form:
        imports |= {"java.net.URLEncoder", "java.nio.charset.Charset", "java.util.StringJoiner"}
    if basic or form:
        imports |= {"java.nio.charset.StandardCharsets"}
    more = (_FORM.splitlines() if form else []) + (_BASIC.splitlines() if basic else [])
    lines = [f"import {name};" for name in sorted(imports)]
    return fill(_CLASS, imports=lines, main=main, more=more)


def headers(request: Request, shape: str) -> list[str]:
    """The named headers and the Authorization, each in the shape."""
    lines = WORDS.pairs(request.headers, shape)
    value = authorization(request)
    if value is not None:
        before = shape.partition("{name}")[0]
        between = shape.partition("{name}")[2].partition("{value}")
        lines.append(f'{before}"Authorization"{between[0]}{value}{between[2]}')
    return lines


def authorization(request: Request) -> str | None:
    """The expression of the Authorization header."""
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        return "basic(clientId, secret)"
    return None if bearer is None else f'"Bearer " + {WORDS(bearer.token)}'


def credentials(request: Request) -> list[str]:
    """What `basic` is made of."""
    basic = basic_of(request)
    if basic is None:
        return []
    return [
        f"String clientId = {WORDS(basic.client_id)};",
        f"String secret = {WORDS(basic.secret)};",
    ]


def encoded_body(request: Request) -> str:
    """A body that is no form, as bytes."""
    text = WORDS(request.body or "")
    text = f"({text})" if isinstance(request.body, Joined) else text
    return f"{text}.getBytes(StandardCharsets.UTF_8)"


def form(request: Request) -> list[str]:
    """The form as one text."""
    if request.form is None:
        return []
    adding = WORDS.pairs(request.form, "form.add(pair({name}, {value}));")
    return ['StringJoiner form = new StringJoiner("&");', *adding]
