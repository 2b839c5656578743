"""Which redirect URIs an application may register."""

from __future__ import annotations

import pytest

from satsuma.domain.redirect_uris import BadAddress, check_redirect_uri


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
        ("https://app.example/" + "a" * 2000, "redirect-uri-malformed"),
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
