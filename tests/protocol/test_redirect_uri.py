"""A redirect URI matches as a whole, and nothing of it changes when parameters are added."""

import pytest

from satsuma_client.protocol.redirect_uri import matches, registered_match, with_parameters


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


SPOKEN = "http://127.0.0.1/cb"


@pytest.mark.spec("RFC 9700 §2.1")
@pytest.mark.spec("RFC 8252 §7.3")
@pytest.mark.parametrize(
    ("given", "registered", "native", "good"),
    [
        ("https://a.example/cb", "https://a.example/cb", False, True),
        ("https://a.example/cb/", "https://a.example/cb", True, False),
        ("https://a.example:8443/cb", "https://a.example/cb", True, False),
        ("http://127.0.0.1:5000/cb", SPOKEN, True, True),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:6000/cb", True, True),
        ("http://[::1]:5000/cb?x=1", "http://[::1]/cb?x=1", True, True),
        ("http://127.0.0.1:5000/cb", SPOKEN, False, False),
        ("http://127.0.0.1:5000/other", SPOKEN, True, False),
        ("http://127.0.0.1:5000/cb?x=1", SPOKEN, True, False),
        ("http://127.0.0.1:5000/cb#x", SPOKEN, True, False),
        ("http://[::1]:5000/cb", SPOKEN, True, False),
        ("https://127.0.0.1:5000/cb", SPOKEN, True, False),
        ("https://127.0.0.1:5000/cb", "https://127.0.0.1/cb", True, False),
        ("http://localhost:5000/cb", "http://localhost/cb", True, False),
        ("http://127.0.0.1.evil.example:5000/cb", SPOKEN, True, False),
        ("http://user@127.0.0.1:5000/cb", SPOKEN, True, False),
        ("http://user@127.0.0.1/cb", "http://user@127.0.0.1:80/cb", True, False),
        ("http://127.0.0.1:99999/cb", SPOKEN, True, False),
        ("http://127.0.0.1:x/cb", SPOKEN, True, False),
        ("http://127.0.0.1:/cb", SPOKEN, True, False),
        ("http://127.0.0.1:05000/cb", SPOKEN, True, False),
        ("http://[::1/cb", SPOKEN, True, False),
    ],
)
def test_only_the_port_of_a_native_clients_loopback_literal_may_differ(
    given: str, registered: str, native: bool, good: bool
) -> None:
    assert matches(given, registered, native) is good
    assert registered_match(given, ("https://b.example/", registered), native) is good


def test_nothing_matches_where_nothing_is_registered() -> None:
    assert registered_match("https://a.example/cb", (), True) is False


def test_parameters_come_as_pairs_too() -> None:
    assert with_parameters("https://a.example/", [("r", "1"), ("r", "2")]).endswith("/?r=1&r=2")
