"""cURL, in a script of bash."""

from __future__ import annotations

import urllib.parse
from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Request, Text, joined, parts_of
from satsuma.samples.sample import Limits, Target
from satsuma.samples.writing import Words, basic_of, bearer_of

_ONE: Final = """\
#!/usr/bin/env bash
set -euo pipefail

«settings»
«basic»
answer=$(
  «curl»
) || {
  printf '%s\\n' "$answer" >&2
  exit 1
}
printf '%s\\n' "$answer"
"""

_ROBUST: Final = """\
#!/usr/bin/env bash
set -euo pipefail

«settings»
«basic»
# What curl writes behind the answer is its status.
answer=$(
  «curl»
) || {
  echo 'No whole answer' >&2
  exit 3
}
status=${answer##*$'\\n'}
answer=${answer%$'\\n'*}

# A refusal is JSON with the server's reason; a page of HTML is an answer of somebody else.
case $status$answer in
  «success»
    printf '%s\\n' "$answer"
    ;;
  2*)
    echo 'The answer is not JSON' >&2
    exit 3
    ;;
  ???'{'*'}')
    printf 'HTTP %s: %s\\n' "$status" "$answer" >&2
    exit 1
    ;;
  *)
    printf 'HTTP %s, and the answer is not JSON\\n' "$status" >&2
    exit 3
    ;;
esac
"""

_SETTING: Final = """\
if [ -z "${«name»:-}" ]; then
  echo 'Set «name» in the environment' >&2
  exit 2
fi
"""


WORDS: Final = Words(quoting.shell, lambda env: f'"${env.name}"', "".join)


def _one_request(request: Request) -> str:
    options = ["--silent", "--show-error", "--fail-with-body", "--max-time 20"]
    return _program(_ONE, request, options)


def _robust(request: Request) -> str:
    options = ["--silent", "--show-error", "--connect-timeout 5", "--max-time 20"]
    options.append("--write-out '\\n%{http_code}'")
    success = "2*'{'*'}')" if request.answers else "2??)"
    return _program(_ROBUST, request, options, success=success)


def _program(template: str, request: Request, options: list[str], **more: str) -> str:
    settings = [
        line for env in request.environment for line in fill(_SETTING, name=env.name).splitlines()
    ]
    arguments = [*_method(request), *options, *_authorization(request), *_headers(request)]
    arguments += [_pair(name, value) for name, value in request.pairs]
    arguments += _body(request)
    arguments.append(_url(request.url))
    first, *rest = arguments
    lines = [f"curl {first}", *(f"  {argument}" for argument in rest)]
    curl = [f"{line} \\" for line in lines[:-1]] + lines[-1:]
    return fill(template, settings=[*settings, ""], basic=_basic(request), curl=curl, **more)


def _method(request: Request) -> list[str]:
    implied = "POST" if request.has_body else "GET"
    if request.method == "HEAD" and not request.has_body:
        return ["--head"]
    return [] if request.method == implied else [f"--request {quoting.shell(request.method)}"]


def _basic(request: Request) -> list[str]:
    """By the shell's own printf, so that no list of processes shows the secret."""
    basic = basic_of(request)
    if basic is None:
        return []
    pair = f"{WORDS(basic.client_id)} {WORDS(basic.secret)}"
    return [
        "# Nothing secret is an argument of curl: every user of the machine could read it.",
        f"pair=$(printf '%s:%s' {pair} | base64 | tr -d '\\n')",
        "",
    ]


def _authorization(request: Request) -> list[str]:
    bearer = bearer_of(request)
    if bearer is not None:
        return [f"--header @<(printf 'Authorization: Bearer %s' {WORDS(bearer.token)})"]
    if basic_of(request) is not None:
        return ["--header @<(printf 'Authorization: Basic %s' \"$pair\")"]
    return []


def _headers(request: Request) -> list[str]:
    return [f"--header {_header(name, value)}" for name, value in request.headers]


def _header(name: str, value: Text) -> str:
    if not isinstance(value, str):
        return f"@<(printf '%s' {WORDS(joined((f'{name}: ', *parts_of(value))))})"
    return quoting.shell(f"{name}: {value}" if value else f"{name};")


def _body(request: Request) -> list[str]:
    if request.body is None:
        return []
    if isinstance(request.body, str):
        return [f"--data-raw {quoting.shell(request.body)}"]
    return [f"--data-binary @<(printf '%s' {WORDS(request.body)})"]


def _url(url: Text) -> str:
    if isinstance(url, str):
        return quoting.shell(url)
    return f"--globoff --config <(printf 'url = \"%s\"' {WORDS(url)})"


def _pair(name: str, value: Text) -> str:
    encoded = urllib.parse.quote_plus(name)
    if not isinstance(value, str):
        return f"--data-urlencode {encoded}@<(printf '%s' {WORDS(value)})"
    return f"--data-urlencode {quoting.shell(f'{encoded}={value}')}"


TARGET: Final = Target(
    slug="curl",
    language="shell",
    label="cURL",
    recommended=True,
    why="The shortest way to try a request, and for scripts of the shell.",
    file_name="sample.sh",
    install="",
    run="bash sample.sh",
    one_request=_one_request,
    robust=_robust,
    versions={"curl": "7.76"},
    limits=Limits(repeats=True),
)
