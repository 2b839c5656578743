"""Which redirect URIs and web origins an application may register."""

from __future__ import annotations

import pytest

from satsuma.domain.redirect_uris import BadAddress, check_redirect_uri, check_web_origin


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
