"""PHP with its curl extension."""

from __future__ import annotations

from typing import Final

from satsuma.samples import quoting
from satsuma.samples.fill import fill
from satsuma.samples.request import Env, Request, Text, joined, parts_of
from satsuma.samples.sample import Target
from satsuma.samples.targets import php_production
from satsuma.samples.writing import Words, basic_of, bearer_of

_BEGIN: Final = """\
<?php

function setting(string $name): string
{
    $value = getenv($name);
    if ($value === false || $value === "") {
        fwrite(STDERR, "Set $name in the environment\\n");
        exit(2);
    }
    return $value;
}

«body»
$curl = curl_init();
curl_setopt_array($curl, [
    «url»
    «method»
    «headers»
    «options»
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_CONNECTTIMEOUT => 5,
    CURLOPT_TIMEOUT => 20,
]);
$answer = curl_exec($curl);
"""

_ONE: Final = """\
if ($answer === false) {
    fwrite(STDERR, curl_error($curl) . "\\n");
    exit(3);
}
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
if (intdiv($status, 100) !== 2) {
    fwrite(STDERR, "HTTP $status: $answer\\n");
    exit(1);
}
echo $answer, "\\n";
"""

_ROBUST: Final = """\
if ($answer === false) {
    fwrite(STDERR, "No whole answer: " . curl_error($curl) . "\\n");
    exit(3);
}
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
$said = json_decode($answer, true);
if (!is_array($said)«empty») {
    fwrite(STDERR, "HTTP $status, and the answer is not JSON\\n");
    exit(3);
}
if (intdiv($status, 100) !== 2) {
    $error = $said["error"] ?? ($said["code"] ?? "");
    $sentence = $said["error_description"] ?? ($said["message"] ?? "");
    fwrite(STDERR, "HTTP $status $error: $sentence\\n");
    exit(1);
}
echo $answer, "\\n";
"""


def _read(env: Env) -> str:
    return f'setting("{env.name}")'


WORDS: Final = Words(quoting.php, _read, " . ".join)
_WIDTH: Final = 80


def _one_request(request: Request) -> str:
    return _program(request) + _ONE


def _robust(request: Request) -> str:
    empty = "" if request.answers else ' && $answer !== ""'
    return _program(request) + fill(_ROBUST, empty=empty)


def _program(request: Request) -> str:
    return fill(
        _BEGIN,
        body=_body(request),
        url=_option("CURLOPT_URL", WORDS(request.url)),
        method=_method(request),
        headers=_headers(request),
        options=_options(request),
    )


def _body(request: Request) -> list[str]:
    if request.body is not None:
        return [f"$body = {WORDS(request.body)};"]
    if request.form is None:
        return []
    if request.has_repeated_names:
        pairs = WORDS.pairs(request.form, 'urlencode({name}) . "=" . urlencode({value})')
        return _array('$body = implode("&", [', pairs, "]);", 0)
    pairs = WORDS.pairs(request.form, "{name} => {value}")
    return _array("$body = http_build_query([", pairs, "]);", 0)


def _array(begin: str, items: list[str], end: str, indent: int) -> list[str]:
    """An array on one line where it fits, as the formatter has it."""
    line = begin + ", ".join(items) + end
    if len(line) + indent <= _WIDTH:
        return [line]
    return [begin, *(f"    {item}," for item in items), end]


def _option(name: str, value: str) -> list[str]:
    line = f"{name} => {value},"
    return [line] if len(line) + 4 <= _WIDTH else [f"{name} =>", f"    {value},"]


def _method(request: Request) -> list[str]:
    if request.method == "GET" and not request.has_body:
        return []
    if request.method == "HEAD" and not request.has_body:
        return ["CURLOPT_NOBODY => true,"]
    if request.method == "POST" and request.has_body:
        return ["CURLOPT_POST => true,"]
    return [f"CURLOPT_CUSTOMREQUEST => {WORDS(request.method)},"]


def _headers(request: Request) -> list[str]:
    lines = [_header(name, value) for name, value in request.headers]
    bearer = bearer_of(request)
    if bearer is not None:
        lines.append(f'"Authorization: Bearer " . {WORDS(bearer.token)}')
    return _array("CURLOPT_HTTPHEADER => [", lines, "],", 4)


def _options(request: Request) -> list[str]:
    basic = basic_of(request)
    lines = []
    if basic is not None:
        lines += _option("CURLOPT_USERNAME", WORDS(basic.client_id))
        lines += _option("CURLOPT_PASSWORD", WORDS(basic.secret))
    if request.has_body:
        lines.append("CURLOPT_POSTFIELDS => $body,")
    return lines


def _header(name: str, value: Text) -> str:
    return WORDS(joined((f"{name}: ", *parts_of(value)))) if value else quoting.php(f"{name};")


TARGET: Final = Target(
    slug="php-curl",
    language="php",
    label="PHP: curl",
    recommended=True,
    why="It comes with PHP; take Guzzle or Symfony's client where your project has one.",
    file_name="sample.php",
    install="apt-get install php-cli php-curl",
    run="php sample.php",
    one_request=_one_request,
    robust=_robust,
    own=php_production.own,
    versions={"php": "8.2"},
)
