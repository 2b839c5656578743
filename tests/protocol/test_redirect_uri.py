"""Parameters are added to a redirect URI, and nothing of it changes."""

import pytest

from satsuma_client.protocol.redirect_uri import with_parameters


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://a.example/cb", "https://a.example/cb?code=a+b"),
        ("https://a.example", "https://a.example?code=a+b"),
        ("https://a.example/cb?", "https://a.example/cb?code=a+b"),
        ("https://a.example/cb?x=1", "https://a.example/cb?x=1&code=a+b"),
        ("https://a.example/cb?x=1&", "https://a.example/cb?x=1&code=a+b"),
        ("https://a.example/cb?x=%7e%20;y&&z", "https://a.example/cb?x=%7e%20;y&&z&code=a+b"),
        ("https://A.Example:443/%7Ecb?X", "https://A.Example:443/%7Ecb?X&code=a+b"),
        ("https://a.example/cb#part?x", "https://a.example/cb?code=a+b#part?x"),
        ("com.example.app:/cb", "com.example.app:/cb?code=a+b"),
    ],
)
def test_a_redirect_uri_is_kept_as_it_was_registered(uri: str, expected: str) -> None:
    assert with_parameters(uri, {"code": "a b"}) == expected
