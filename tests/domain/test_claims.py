"""Which claims about a person are asked for, and what is given of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from satsuma.domain.accounts import Account
from satsuma.domain.claims import asked_claims, person_claims
from tests.domain.facts import NOW

PROFILE = ("name", "preferred_username", "locale", "updated_at")
EMAIL = ("email", "email_verified")
BOTH = '{"userinfo": {"email": null, "birthdate": null}, "id_token": {"name": {"essential": true}}}'


@pytest.mark.parametrize(
    ("scope", "claims", "member", "names"),
    [
        ("openid", None, "userinfo", ()),
        ("openid profile", None, "userinfo", PROFILE),
        ("openid email", None, "userinfo", EMAIL),
        ("email profile openid", None, "userinfo", EMAIL + PROFILE),
        ("openid poi:read", None, "userinfo", ()),
        ("openid", BOTH, "userinfo", ("email",)),
        ("openid email", BOTH, "userinfo", EMAIL),
        ("openid email profile", None, "id_token", ()),
        ("openid email profile", BOTH, "id_token", ("name",)),
        ("openid", "{}", "id_token", ()),
        ("openid", '{"userinfo": {"name": null}}', "id_token", ()),
    ],
)
def test_a_scope_fills_userinfo_and_the_parameter_what_it_names(
    scope: str, claims: str | None, member: str, names: tuple[str, ...]
) -> None:
    """Everything that is asked for was allowed."""
    allowed = (*scope.split(), "email", "profile")
    assert asked_claims(scope, claims, member, allowed) == names


CONFIRMED = datetime(2029, 5, 6, tzinfo=UTC)


def an_account(**changes: Any) -> Account:
    good: dict[str, Any] = {
        "account_id": "acc_1",
        "email": "camille@people.example",
        "locale": "fr",
        "role": "user",
        "created_at": NOW,
        "confirmed_at": CONFIRMED,
    }
    return Account(**good | changes)


@pytest.mark.parametrize(
    ("names", "changes", "claims"),
    [
        ((), {}, {}),
        (("birthdate", "sub", "iss"), {}, {}),
        (("name", "locale"), {}, {"locale": "fr"}),
        (("preferred_username",), {}, {"preferred_username": "camille@people.example"}),
        (("updated_at",), {}, {"updated_at": int(CONFIRMED.timestamp())}),
        (("updated_at",), {"confirmed_at": None}, {"updated_at": int(NOW.timestamp())}),
        (EMAIL, {}, {"email": "camille@people.example", "email_verified": True}),
        (("email_verified",), {"confirmed_at": None}, {"email_verified": False}),
    ],
)
def test_what_is_asked_for_and_known_is_given_and_nothing_else(
    names: tuple[str, ...], changes: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert person_claims(an_account(**changes), names) == claims
