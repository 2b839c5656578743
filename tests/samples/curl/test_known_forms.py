"""What has the form of a known secret is in no program, wherever it stood and whatever it was called."""

import contextlib
import json
import shlex
import time
import urllib.parse
from typing import Any

import pytest

from satsuma.keys import client_secret
from satsuma.keys.opaque import Opaque
from satsuma.keys.vault import Vault
from satsuma.samples import Reading, Sample, Unreadable, read_curl, read_har, read_openapi
from satsuma.samples.reading.known_forms import FORMS

BODY = "Zq7Rk2Lw9Vt4Xb1N"
HOOK = "hooks.slack.com/services/"
SECRETS = {
    "client secret": client_secret.mint().reveal(),
    "access token": "sat_" + BODY * 6,
    "refresh token": Opaque(Vault(bytes(32)), "refresh-token", "srt_").seal(b"x" * 40),
    "code": "stc_" + BODY * 3,
    "token of the French issuer": "OFR-" + BODY * 6,
    "short client secret": "sts_" + BODY + BODY + BODY[:8],
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0." + BODY * 2,
    "JWT without a signature": f"eyJhbGciOiJub25lIn0.{BODY}.",
    "encrypted JWT": f"eyJhbGciOiJkaXIifQ..{BODY}.{BODY}.{BODY}",
    "GitHub": "ghp_" + BODY * 2 + "ABCD",
    "GitHub fine-grained": "github_pat_" + BODY * 3,
    "GitLab": "glpat-" + BODY + "abcd",
    "Slack": "xoxb-" + "123456789012-" + BODY,
    "Slack app": "xapp-1-A0-1-" + BODY,
    "Slack hook": f"https://{HOOK}T0A1B2C3D/B0A1B2C3D/{BODY}abcdefgh",
    "Discord hook": f"https://discord.com/api/webhooks/1234567890/{BODY}{BODY}",
    "AWS": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS for a while": "ASIA" + "IOSFODNN7EXAMPLE",
    "Stripe": "sk_" + "live_" + BODY,
    "Stripe hook": "whsec_" + BODY * 2,
    "Google": "AIza" + BODY * 2 + "abc",
    "Google OAuth": "ya29." + BODY * 2,
    "Google client": "GOCSPX-" + BODY + "abcdefghijkl",
    "OpenAI": "sk-" + BODY * 2,
    "SendGrid": f"SG.{BODY}abcdef.{BODY}{BODY}",
    "npm": "npm_" + BODY * 2 + "abcd",
    "PyPI": "pypi-" + "AgEIcHlwaS5vcmc" + BODY * 2,
    "Hugging Face": "hf_" + BODY * 2 + "ab",
    "Shopify": "shpat_" + "0123456789abcdef" * 2,
    "DigitalOcean": "dop_v1_" + "0123456789abcdef" * 4,
    "Vault": "hvs." + BODY * 2,
    "Telegram": "1234567890:AA" + BODY * 2 + "a",
    "Telegram's address": f"https://api.telegram.org/bot12345:{BODY}",
    "password of an address": f"postgresql://bob:{BODY}@db.example/x",
    "private key": f"-----BEGIN PRIVATE KEY-----\n{BODY * 4}\n{BODY}==\n-----END PRIVATE KEY-----",
    "private key of SSH": f"-----BEGIN OPENSSH PRIVATE KEY-----{BODY * 4}"
    "-----END OPENSSH PRIVATE KEY-----",
    "private key that is cut": f"-----BEGIN RSA PRIVATE KEY-----\n{BODY * 4}",
}
URL = "https://a.example/r"


def _quoted(*words: str) -> str:
    return shlex.join(["curl", *words])


def _json(value: object) -> str:
    return _quoted(URL, "-H", "Content-Type: application/json", "--data-raw", json.dumps(value))


def _path(secret: str) -> str:
    if secret.startswith("https://"):
        return _quoted(secret)
    return _quoted(f"https://a.example/x/{urllib.parse.quote(secret, safe='')}/y")


def _header(secret: str) -> str:
    return secret.replace("\n", "")


PLACES: dict[str, Any] = {
    "path": _path,
    "query value": lambda secret: _quoted(f"{URL}?a=1&x={urllib.parse.quote(secret, safe='')}&b=2"),
    "query of -G": lambda secret: _quoted("-G", URL, "--data-urlencode", f"x={secret}"),
    "form value": lambda secret: _quoted(URL, "--data-urlencode", f"x={secret}"),
    "part": lambda secret: _quoted(URL, "--form-string", f"x={secret}"),
    "JSON": lambda secret: _json({"x": secret}),
    "JSON, deep": lambda secret: _json({"a": [1, {"b": {"c": ["d", secret, "e"]}}]}),
    "JSON in JSON": lambda secret: _json({"a": json.dumps({"b": [secret]})}),
    "JSON name": lambda secret: _json({secret: 1}),
    "raw body": lambda secret: _quoted(URL, "-H", "Content-Type: x/y", "--data-raw", secret),
    "raw body, in a text": lambda secret: _quoted(
        URL, "-H", "Content-Type: text/plain", "--data-raw", f"it is:\n{secret}\n, and more"
    ),
    "XML": lambda secret: _quoted(URL, "-H", "Content-Type: x/y", "--data-raw", f"<a>{secret}</a>"),
    "header": lambda secret: _quoted(URL, "-H", f"X-Thing: {_header(secret)}"),
    "header, in a text": lambda secret: _quoted(URL, "-H", f"X-Thing: a {_header(secret)}, b"),
    "User-Agent": lambda secret: _quoted(URL, "-A", _header(secret)),
    "user": lambda secret: _quoted(URL, "-u", f"{_header(secret).replace(':', '')}:x-oauth-basic"),
}
TARGETS = ("python-requests", "node-fetch-built-in", "go-net-http", "curl")


def _gone(reading: Reading, place: str) -> None:
    assert BODY not in repr(reading), place
    assert "IOSFODNN7" not in repr(reading), place
    assert "0123456789abcdef" not in repr(reading), place
    assert reading.named, place
    for target in TARGETS:
        for program in reading.programs(target):
            assert isinstance(program, Sample), target
            assert BODY not in repr(program)
            assert all(each.env.name in program.text for each in reading.named)


# What has a colon ends a user, and an address is none.
FITTING = [
    (what, place)
    for what, secret in SECRETS.items()
    for place in PLACES
    if place != "user" or not ("://" in secret or what == "Telegram")
]


@pytest.mark.parametrize(("what", "place"), FITTING)
def test_a_known_secret_is_in_no_program_wherever_it_stands(what: str, place: str) -> None:
    secret = SECRETS[what]
    _gone(read_curl(PLACES[place](secret)), place)


@pytest.mark.parametrize("what", SECRETS)
def test_a_name_that_is_a_secret_is_refused_without_repeating_it(what: str) -> None:
    secret = SECRETS[what]
    if ":" not in secret and " " not in secret:
        with pytest.raises(Unreadable, match="name") as refused:
            read_curl(_quoted(URL, "-H", f"{secret}: x"))
        assert BODY not in str(refused.value)
    if not {" ", "/"} & set(secret) and ":" not in secret:
        with pytest.raises(Unreadable, match="name") as refused:
            read_curl(_quoted(URL, "-d", f"{secret}=x"))
        assert BODY not in str(refused.value)


@pytest.mark.parametrize("what", SECRETS)
def test_a_known_secret_of_a_har_or_of_a_document_is_in_no_program(what: str) -> None:
    secret = SECRETS[what]
    request = {
        "method": "POST",
        "url": URL,
        "headers": [{"name": "X-Thing", "value": _header(secret)}],
        "postData": {"mimeType": "application/json", "text": json.dumps({"x": [secret]})},
    }
    _gone(read_har(json.dumps({"log": {"entries": [{"request": request}]}})), "HAR")
    content = {"application/json": {"example": {"x": [secret]}}}
    operation = {"requestBody": {"content": content}, "responses": {"200": {"description": "x"}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://a.example"}],
        "paths": {"/r": {"post": operation}},
    }
    (found,) = read_openapi(json.dumps(document))
    _gone(found.reading, "OpenAPI")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"query": f'mutation {{ login(password: "{BODY}") {{ id }} }}'}),
        json.dumps({"query": f'mutation {{ login(a: 1, password:"""{BODY}""") {{ id }} }}'}),
        json.dumps({"query": f'mutation {{ login(password: "a\\"{BODY}") }}'}),
        json.dumps({"message": json.dumps({"password": BODY, "a": "b"})}),
        json.dumps({"message": json.dumps({"a": json.dumps({"client_secret": BODY})})}),
        f'mutation {{ login(password: "{BODY}") }}',
        f"login({{password: '{BODY}'}})",
        json.dumps({"a": f"postgresql://bob:{BODY}@db.example/x"}),
        f"x: amqp://a:b%40{BODY}@db.example",
        f"x: redis://:{BODY}@db.example",
    ],
)
def test_a_telling_name_within_a_text_is_heeded(body: str) -> None:
    for kind in ("application/json", "text/plain"):
        reading = read_curl(_quoted(URL, "-H", f"Content-Type: {kind}", "--data-raw", body))
        assert BODY not in repr(reading)
        assert len(reading.named) == 1


NO_SECRETS = [
    "123e4567-e89b-12d3-a456-426614174000",
    "0123456789abcdef0123456789abcdef01234567",
    "507f1f77bcf86cd799439011",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "1234567890",
    "2026-11-29T14:00:00Z",
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8M",
    "requests_per_minute_and_application",
    "hosts_of_the_second_data_center",
    "sts_session_of_the_second_center",
    "OFR-2024-annual-report-of-the-office",
    "task-force-of-the-second-half-of-the-year",
    "risk-assessment-2024-of-the-second-half",
    "https://a.example:8080/x?to=bob@b.example",
    "bob@a.example",
    "eyJhIjoxfQ",
    "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
    "app_1234567890abcdefghij",
    "sub_Ss6SAbCdEfGhIjKlMnOp",
]


PLAIN = [
    (value, place)
    for value in NO_SECRETS
    for place in PLACES
    if place not in ("path", "user") and not (place == "JSON name" and "session" in value)
]


@pytest.mark.parametrize(("value", "place"), PLAIN)
def test_what_has_no_secrets_form_stays(value: str, place: str) -> None:
    assert read_curl(PLACES[place](value)).named == ()


def _escaped(text: str) -> str:
    return urllib.parse.quote(text, safe="") + " "


def test_each_form_of_the_table_finds_one_of_these() -> None:
    for form in FORMS:
        assert any(form.pattern.search(_escaped(secret) + secret) for secret in SECRETS.values()), (
            form.what
        )


BEGINNINGS = ("sts_", "sts_a-", "sat_A_", "OFR-", "eyJ", "eyJ.", "sk-", "ghp_", "xox", "AKIA", "SG.a",
    "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "-----END", "https://", "https://a:", "a://b:c",
    "1234567890:", "/bot1", 'password:"', "password:'", 'a:\\"', 'password:\\"', 'password:"""',
    "hooks.slack.com/services/", "discord.com/api/webhooks/1", "%2F", "\\\\", "a" * 7)  # fmt: skip


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_finding_takes_time_in_proportion(beginning: str) -> None:
    text = beginning * (15000 // len(beginning))
    for kind in ("text/plain", "application/json"):
        command = _quoted(URL, "-H", f"Content-Type: {kind}", "--data-raw", text)
        if len(command) > 16000:
            command = command[:15900] + "'"
        began = time.process_time()
        with contextlib.suppress(Unreadable):
            read_curl(command)
        assert time.process_time() - began < 1
