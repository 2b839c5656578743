"""Which names an API may take: a short word of the URL, and none below which our own routes stand."""

import pytest

from satsuma.domain.api_names import RESERVED, is_api_name

# The issuer at the root, the two guides' issuers, and what each serves.
PROTOCOL = (
    *("authorize", "token", "introspect", "revoke", "userinfo", "jwks", "logout", ".well-known"),
    *("device", "device_authorization", "par", "register", "oauth", "openidconnect"),
)
# What a person or a developer meets.
PAGES = (
    *("login", "sign-up", "account", "accounts", "consent", "connected", "errors", "assets"),
    *("static", "favicon.ico", "robots.txt", "portal", "apps", "docs", "dev", "guide", "guides"),
)
# What an operator meets.
OPERATION = ("admin", "auth", "feed", "healthz", "readyz", "metrics", "satsuma")


def test_our_own_routes_are_reserved_and_nothing_else() -> None:
    assert {*PROTOCOL, *PAGES, *OPERATION} == RESERVED


@pytest.mark.parametrize("name", sorted(name for name in (*PROTOCOL, *PAGES, *OPERATION)))
def test_no_api_stands_where_we_do(name: str) -> None:
    assert not is_api_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "poi",
        "sms",
        "a1",
        "x-",
        "tokens",
        "o" * 41,
        "userdetails/fr",
        "formfilling/fr",
        "poi/v",
        "poi/v1x",
    ],
)
def test_a_short_word_is_a_name(name: str) -> None:
    assert is_api_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "poi/",
        "/fr",
        "poi/v1",
        "poi/v0001",
        "poi/fr/x",
        "poi/FR",
        "poi/1",
        "poi/..",
        "poi//fr",
        "poi/" + "o" * 42,
    ],
)
def test_a_second_segment_is_a_word_that_is_no_version(name: str) -> None:
    assert not is_api_name(name)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_second_segment_does_not_lead_below_our_own(name: str) -> None:
    assert not is_api_name(f"{name}/fr")


@pytest.mark.parametrize(
    "name",
    ["", "a", "o" * 42, "Poi", "1poi", "-poi", "po_i", "po.i", "po i", "poi\n", "poï"],
)
def test_anything_else_is_none(name: str) -> None:
    assert not is_api_name(name)
