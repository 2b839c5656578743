"""What the targets of JavaScript write alike."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.request import Env, Request, Text
from satsuma.samples.sample import Limits
from satsuma.samples.writing import Words, basic_of, bearer_of


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


_WIDTH: Final = 80
FETCH: Final = Limits(body_of_get=False)
"""What no fetch sends."""
NODE: Final = Words(quoting.node, _read)
NODE_SETTING: Final = """\
function setting(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`Set ${name} in the environment`);
    process.exit(2);
  }
  return value;
}
""".splitlines()
NODE_REFUSED: Final = """\
if (Math.floor(status / 100) !== 2) {
  const error = said.error ?? said.code;
  const sentence = said.error_description ?? said.message;
  console.error(`HTTP ${status} ${error}: ${sentence}`);
  process.exit(1);
}
console.log(answer);
""".splitlines()


def node_headers(request: Request) -> list[str]:
    """The entries of the object of headers, without the type of the body."""
    lines = [_entry(NODE, name, value) for name, value in request.headers]
    basic, bearer = basic_of(request), bearer_of(request)
    if basic is not None:
        lines.append("Authorization: `Basic ${basic}`,")
    if bearer is not None:
        lines.append(f"Authorization: `Bearer ${{{NODE(bearer.token)}}}`,")
    return lines


def node_basic(request: Request) -> list[str]:
    """The credentials in base64, before they are used."""
    basic = basic_of(request)
    if basic is None:
        return []
    return [
        f"const clientId = {NODE(basic.client_id)};",
        f"const clientSecret = {NODE(basic.secret)};",
        "const pair = Buffer.from(`${clientId}:${clientSecret}`);",
        'const basic = pair.toString("base64");',
    ]


def constant(name: str, literal: str, indent: int = 0) -> list[str]:
    """A constant, its text on a line of its own where it is long."""
    line = f"const {name} = {literal};"
    return [line] if len(line) + indent <= _WIDTH else [f"const {name} =", f"  {literal};"]


def form(words: Words, request: Request) -> list[str]:
    """The form as URLSearchParams, which encodes it."""
    if request.body is not None:
        return [f"const body = {words(request.body)};"]
    if request.form is None:
        return []
    if request.has_repeated_names:
        pairs = words.pairs(request.form, "  [{name}, {value}],")
        return ["const body = new URLSearchParams([", *pairs, "]);"]
    pairs = [f"  {_entry(words, name, value)}" for name, value in request.form]
    return ["const body = new URLSearchParams({", *pairs, "});"]


def _entry(words: Words, name: str, value: Text) -> str:
    return f"{key(words, name)}: {words(value)},"


def key(words: Words, name: str) -> str:
    """A key of an object: bare where it may be, as the formatter has it."""
    bare = name.isascii() and name.isidentifier() and name != "__proto__"
    return name if bare else f"[{words(name)}]" if name == "__proto__" else words(name)
