"""What is secret in a pasted command is named, and is nowhere in what comes back; and reading is bounded."""

import logging
import shlex
import time

import pytest

from satsuma.samples import Reading, Sample, Unreadable, read_curl, read_har, targets
from satsuma.samples.limits import find_limit
from satsuma.samples.reading.curl import read_with_ledger
from satsuma.samples.reading.options import OPTIONS
from satsuma.samples.request import parts_of

PASTED = "hunter2-Zx9"
TOKEN = "SATSUMA_CLIENT_TOKEN"
SECRET = "SATSUMA_CLIENT_SECRET"
CASES = [
    (f"curl http://a.example -u alice:{PASTED}", SECRET),
    (f"curl http://alice:{PASTED}@a.example", SECRET),
    (f"curl http://a.example -u {PASTED}:", "SATSUMA_CLIENT_KEY"),
    ("curl http://a.example -H 'Authorization: Basic YWxpY2U6aHVudGVyMi1aeDk='", SECRET),
    (f"curl http://a.example -H 'Authorization: Bearer {PASTED}'", TOKEN),
    (f"curl http://a.example --oauth2-bearer {PASTED}", TOKEN),
    (f"curl http://a.example -H 'Authorization: Token {PASTED}'", "SATSUMA_CLIENT_AUTHORIZATION"),
    (f"curl http://a.example -H 'X-Api-Key: {PASTED}'", "SATSUMA_CLIENT_X_API_KEY"),
    (f"curl http://a.example -b 'a=b; sid={PASTED}'", "SATSUMA_CLIENT_COOKIE"),
    (f"curl 'http://a.example/?a=1&access_token={PASTED}'", "SATSUMA_CLIENT_ACCESS_TOKEN"),
    (f"curl 'http://a.example/?key={PASTED}&b=2'", "SATSUMA_CLIENT_KEY"),
    (f"curl 'http://a.example/?sig={PASTED}'", "SATSUMA_CLIENT_SIG"),
    (f"curl http://a.example -d 'user=bob&password={PASTED}'", "SATSUMA_CLIENT_PASSWORD"),
    (f"curl http://a.example --data-urlencode client_secret={PASTED}", SECRET),
    (f"curl http://a.example -F password={PASTED}", "SATSUMA_CLIENT_PASSWORD"),
    (f'curl http://a.example --json \'{{"password": "{PASTED}"}}\'', "SATSUMA_CLIENT_PASSWORD"),
    (f"curl -G http://a.example -d token={PASTED}", TOKEN),
    (f"curl https://api.chat.example/bot12345:{PASTED}/send", "SATSUMA_CLIENT_VALUE"),
    (f"curl http://a.example -e 'http://x.example/?token={PASTED}'", TOKEN),
    (f"curl http://a.example -d 'x=1;password={PASTED}'", "SATSUMA_CLIENT_PASSWORD"),
    (f"curl http://a.example -H 'X-Of: a=1; token={PASTED}'", TOKEN),
    (f"curl 'http://a.example/;jsessionid={PASTED}?a=1'", "SATSUMA_CLIENT_JSESSIONID"),
    (f"curl 'http://a.example/?a=1;token={PASTED}'", TOKEN),
    (f"curl http://a.example -H Content-Type:text/plain -d 'pin={PASTED}'", "SATSUMA_CLIENT_PIN"),
]
BODIES = [
    ('{"password": 73391842}', "73391842", "PASSWORD"),
    ('{"pin": 7339}', "7339", "PIN"),
    ('{"pin":-7.339e5, "a": "b"}', "7.339", "PIN"),
    (f'{{"tokens":["{PASTED}"]}}', PASTED, "TOKENS"),
    (f'{{"token":{{"value":"{PASTED}"}}}}', PASTED, "TOKEN"),
    (f'{{"token":{{"a":[[{{"b":"{PASTED}"}}, null, true]]}}, "c": 1}}', PASTED, "TOKEN"),
    (f'{{"pass\\u0077ord": "{PASTED}"}}', PASTED, "PASSWORD"),
    (f'{{"password": "{PASTED}', PASTED, "PASSWORD"),
    (f'{{"password" : "a\\"{PASTED}"}}', PASTED, "PASSWORD"),
    (f'[{{"a": {{"api_key": "{PASTED}"}}}}, 2]', PASTED, "API_KEY"),
    (f"<password>{PASTED}</password>", PASTED, "PASSWORD"),
    (f'<?xml version="1.0"?><a:token b="c"><v> {PASTED} </v></a:token>', PASTED, "TOKEN"),
    (f"<a><secret><![CDATA[{PASTED}]]></secret></a>", PASTED, "SECRET"),
    (f'<a b="x>y" password="{PASTED}"/>', PASTED, "PASSWORD"),
    (f"<a><password>{PASTED}", PASTED, "PASSWORD"),
]


@pytest.mark.parametrize(("command", "name"), CASES)
def test_a_secret_is_named_and_gone(
    command: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        reading = read_curl(command)
    assert [each.env.name for each in reading.named] == [name]
    assert all(each.where for each in reading.named)
    assert PASTED not in repr(reading)
    assert caplog.text == ""
    for row in targets():
        if find_limit(reading.requests[0], row) is None:
            for level in ("one-request", "robust"):
                (cell,) = reading.programs(row.slug, level)
                assert isinstance(cell, Sample), row.slug
                assert PASTED not in repr(cell)
                assert cell.environment == (name,)
                assert name in cell.text or row.in_browser, row.slug


@pytest.mark.parametrize(("body", "value", "name"), BODIES)
@pytest.mark.parametrize("shape", ["--data-raw", "-F", "form"])
def test_a_secret_in_a_body_is_named_and_all_else_stays_as_it_was_sent(
    shape: str, body: str, value: str, name: str
) -> None:
    given = {
        "--data-raw": f"-H Content-Type:x/y --data-raw {shlex.quote(body)}",
        "-F": f"--form-string {shlex.quote('a=' + body)}",
        "form": f"--data-urlencode {shlex.quote('a=' + body)}",
    }[shape]
    reading, ledger = read_with_ledger(f"curl http://a.example {given}")
    assert [each.env.name for each in reading.named] == [f"SATSUMA_CLIENT_{name}"]
    assert value not in repr(reading)
    (request,) = reading.requests
    text = request.body if request.form is None else request.form[0][1]
    whole = "".join(
        each if isinstance(each, str) else ledger.values[each.name] for each in parts_of(text)
    )
    assert body in whole if shape == "-F" else body == whole


@pytest.mark.parametrize(
    "body",
    [
        '{"max_tokens": 4096, "token": null, "pin": true, "a": "password"}',
        "<a><token/><b>seen</b></a>",
        "<a><token></token>seen</a>",
        '{"a": ["token", 2], "b": {"c": "d"}}',
        "a < b, and 1=1",
    ],
)
def test_what_is_no_secret_stays(body: str) -> None:
    reading = read_curl(f"curl http://a.example -H Content-Type:x/y --data-raw '{body}'")
    assert (reading.requests[0].body, reading.named) == (body, ())


def test_a_value_of_an_option_that_is_not_read_is_nowhere() -> None:
    for option in OPTIONS.values():
        if option.takes and option.verdict != "read":
            for value in (PASTED, f"file:{PASTED}", f"http://bob:{PASTED}@p.example"):
                try:
                    said = repr(read_curl(f"curl --{option.name} '{value}' http://a.example"))
                except Unreadable as problem:
                    said = str(problem)
                assert PASTED not in said, option.name


def test_the_same_secret_is_one_and_another_is_another() -> None:
    reading = read_curl(
        "curl http://a.example -d 'token=one&b=2&token=one' --next http://a.example -d token=two"
    )
    assert [each.env.name for each in reading.named] == [TOKEN, f"{TOKEN}_2"]


@pytest.mark.parametrize(
    "command",
    [
        f"curl http://a.example/{PASTED} '--{PASTED}'",
        f"curl http://a.example -U bob '--{PASTED.lower()}'",
        f"curl http://a.example -E cert '--{PASTED.lower()}'",
        f"curl http://a.example -U bob:{PASTED} -X '%'",
        f"curl http://a.example -E cert:{PASTED} -d @$'{PASTED}\\n'",
        f"curl -U bob:{PASTED} 'http://a.example/[{PASTED}]'",
        f"curl --aws-sigv4 {PASTED} http://a.example",
        f"curl 'http://a.example/{PASTED} x'",
        f"curl http://a.example -d '{PASTED}",
        f"curl -K {PASTED}",
        f"curl http://a.example -z {PASTED}",
        f"curl http://a.example -X '{PASTED} x'",
    ],
)
def test_a_refusal_repeats_nothing_that_was_pasted(command: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_curl(command)
    assert PASTED.lower() not in str(refused.value).lower()


NASTY = {
    "quotes": "curl http://a.example " + "'a'\"b\"" * 2200,
    "backslashes": "curl http://a.example -d " + "\\\\" * 8000,
    "members": "curl http://a.example -d '" + '{"password": "' * 1100 + "'",
    "openings": "curl http://a.example -d '" + '"' * 16000 + "'",
    "parts": "curl http://a.example " + "-F a=b " * 2200,
    "headers": "curl http://a.example " + "-H a:b " * 2200,
    "variables": "curl http://a.example -d " + "$A" * 8000,
    "queries": "curl 'http://a.example/?" + "key=a&" * 2600 + "'",
    "sets": "curl 'http://a.example/" + "{a}" * 5000 + "'",
    "documents": "curl http://a.example -d @- <<EOF\n" + "a\n" * 8000 + "EOF\n",
    "files": "curl http://a.example -F 'a=@" + "b," * 8000 + "c'",
    "options": "curl http://a.example -F 'a=b" + ";type=a" * 2200 + "'",
    "tokens": "curl http://a.example -d " + "eyJaaaaa." * 1800,
    "dots": "curl http://a.example" + "/.." * 5000,
    "slashes": "curl http://a.example -d " + "/bot1" * 3000,
}


@pytest.mark.parametrize("name", NASTY)
def test_reading_takes_less_than_a_second(name: str) -> None:
    for shell in ("bash", "cmd", "powershell"):
        began = time.process_time()
        try:
            found: Reading | None = read_curl(NASTY[name], shell)
        except Unreadable:
            found = None
        if found is not None:
            found.programs("python-requests")
        assert time.process_time() - began < 1


def test_more_than_16_kb_are_not_read() -> None:
    with pytest.raises(Unreadable, match="16 KB"):
        read_curl("curl http://a.example -d " + "x" * 16 * 1024)
    with pytest.raises(Unreadable, match="4 MB"):
        read_har(" " * (4 * 1024 * 1024 + 1))
    with pytest.raises(Unreadable, match="stand for no character"):
        read_curl("curl http://a.example -d '\ufdd0HOME\ufdd1'")
    with pytest.raises(Unreadable, match="More than 50"):
        read_curl("curl " + "http://a.example " * 51)
