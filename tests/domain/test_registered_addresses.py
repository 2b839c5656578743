"""Which redirect URIs and web origins an application may register."""

from __future__ import annotations

import pytest

from satsuma.diagnostics.doctor_stored import check_application
from satsuma.domain.applications import Application
from satsuma.domain.redirect_uris import (
    BadAddress,
    check_logout_uri,
    check_redirect_uri,
    check_web_origin,
)
from tests.domain.facts import NOW


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.spec("RFC 8252 §7")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example/callback?tenant=1",
        "http://127.0.0.1/callback",
        "http://[::1]:8080/callback",
        "http://localhost:3000/callback",
        "com.example.app:/callback",
        "https://app.example/" + "a" * 1980,
    ],
)
def test_an_absolute_address_that_only_the_client_hears_may_be_registered(uri: str) -> None:
    check_redirect_uri(uri)


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.spec("RFC 8252 §7")
@pytest.mark.parametrize(
    ("uri", "slug"),
    [
        ("/callback", "redirect-uri-malformed"),
        ("//app.example/callback", "redirect-uri-malformed"),
        ("https://app.example/callback#here", "redirect-uri-malformed"),
        ("https://*.app.example/callback", "redirect-uri-malformed"),
        ("https://app.example/" + "a" * 1981, "redirect-uri-malformed"),
        ("http://app.example/callback", "redirect-uri-insecure"),
        ("http://127.0.0.1.evil.example/callback", "redirect-uri-insecure"),
        ("javascript:alert(1)", "redirect-uri-insecure"),
        ("JavaScript:alert(1)", "redirect-uri-insecure"),
        ("data:text/html,x", "redirect-uri-insecure"),
        ("file:///etc/passwd", "redirect-uri-insecure"),
    ],
)
def test_any_other_is_refused_with_the_reason(uri: str, slug: str) -> None:
    with pytest.raises(BadAddress) as refused:
        check_redirect_uri(uri)
    assert refused.value.slug == slug
    assert str(refused.value).startswith(repr(uri))


ANSWERED = (
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "id_token",
    "session_state",
)
PLACES = ("https://app.example/cb?{}", "http://127.0.0.1/cb?{}", "com.example.app:/cb?{}")


@pytest.mark.spec("RFC 6749 §3.1")
@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9207 §2")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ANSWERED)
def test_a_name_of_our_own_answer_is_taken(name: str, place: str) -> None:
    queries = [f"{name}=1", name, f"a=b&{name}=", f"a&{name}", f"&{name}=x", f"a=b?&{name}=x"]
    queries.append(f"%{ord(name[0]):02x}{name[1:]}=1")
    for query in queries:
        with pytest.raises(BadAddress) as refused:
            check_redirect_uri(place.format(query))
        assert refused.value.slug == "redirect-uri-malformed"
        assert name in str(refused.value)
    for query in (f"{name}s=1", f"x_{name}=1", f"a={name}", name.upper(), f"a={name}%26b"):
        check_redirect_uri(place.format(query))


@pytest.mark.spec("OIDC RP-Initiated Logout §3")
def test_of_a_logout_state_alone_comes_back() -> None:
    check_logout_uri("https://app.example/bye?error=none&code=1")
    with pytest.raises(BadAddress):
        check_logout_uri("https://app.example/bye?state=1")


def test_what_is_stored_with_such_a_name_is_named_by_the_doctor() -> None:
    stored = Application(
        "app_1", "spc_1", "App", "C" * 32, "active", 1, False,
        ("https://a.example/cb?code=1", "https://a.example/cb"), (), NOW,
        post_logout_redirect_uris=("https://a.example/bye?state=1", "https://a.example/bye?code=1"),
    )  # fmt: skip
    cures = [finding.command for finding in check_application(stored)]
    assert cures == [
        "satsuma apps change app_1 --remove-redirect-uri 'https://a.example/cb?code=1'",
        "satsuma apps change app_1 --remove-logout-uri 'https://a.example/bye?state=1'",
    ]


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example",
        "http://localhost:3000",
        "http://[::1]:8080",
        "https://app.example:8443",
    ],
)
def test_a_serialised_origin_may_be_registered(origin: str) -> None:
    check_web_origin(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "*",
        "null",
        "app.example",
        "//app.example",
        "https://app.example/",
        "https://app.example/page",
        "https://app.example?a",
        "https://app.example#a",
        "https://*.app.example",
        "https://user@app.example",
        "https://user:word@app.example",
        "ftp://app.example",
        "com.example.app://callback",
    ],
)
def test_what_no_browser_sends_as_an_origin_is_refused(origin: str) -> None:
    with pytest.raises(BadAddress) as refused:
        check_web_origin(origin)
    assert refused.value.slug == "web-origin-malformed"
    assert str(refused.value).startswith(repr(origin))
