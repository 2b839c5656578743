"""The request of a step, and its address as it is sent."""

import pytest

from satsuma.samples.request import SECRET, TOKEN, Basic, canonical_url
from satsuma.samples.steps import Values, request_of


@pytest.mark.spec("RFC 3986 §2")
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://api.example", "https://api.example/"),
        ("https://api.example/{api}/v1?a=[1]", "https://api.example/%7Bapi%7D/v1?a=%5B1%5D"),
        (
            "https://api.example/a b?c=é&d=%20&e=%zz",
            "https://api.example/a%20b?c=%C3%A9&d=%20&e=%25zz",
        ),
        ("https://[::1]:8443/a", "https://[::1]:8443/a"),
        ('https://api.example/"<>\\^`|', "https://api.example/%22%3C%3E%5C%5E%60%7C"),
        ("https://api.example/it's?it's", "https://api.example/it's?it%27s"),
        ("https://api.example/\u202e\n", "https://api.example/%E2%80%AE%0A"),
    ],
)
def test_what_no_address_may_hold_is_encoded(given: str, sent: str) -> None:
    assert canonical_url(given) == sent


@pytest.mark.parametrize(
    "given",
    ["", "/path", "ftp://a/", "https://", "https://u:p@a/", "https://a/#part", "https://a/\0"],
)
def test_what_is_no_address_of_a_request_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"URL|NUL"):
        canonical_url(given)


@pytest.mark.spec("RFC 6749 §4.1.3")
def test_a_code_is_exchanged_with_the_redirect_uri_of_its_request() -> None:
    request = request_of("exchange", Values(client_id="id", redirect_uri="https://a.example/?b=1"))
    assert request.authorization == Basic("id")
    assert [name for name, _ in request.pairs] == ["grant_type", "code", "redirect_uri"]
    assert dict(request.pairs)["redirect_uri"] == "https://a.example/?b=1"


@pytest.mark.spec("RFC 7636 §4.5")
def test_a_public_client_sends_its_verifier_and_no_secret() -> None:
    request = request_of("exchange", Values(client_id="id", public=True))
    assert request.authorization is None
    assert SECRET not in request.environment
    assert [name for name, _ in request.pairs][-2:] == ["code_verifier", "client_id"]


@pytest.mark.spec("RFC 7009 §2.1")
def test_a_revocation_sends_the_token_and_who_asks() -> None:
    request = request_of("revoke", Values(client_id="id"))
    assert request.pairs == (("token", TOKEN),)
    assert request.authorization == Basic("id")
    assert not request.answers
