"""What each issuer demands and gives, as its guide or its standard says: all of it, so that no value moves unseen."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from satsuma.domain.issuers import PRESETS, IssuerPolicy

# The guides: an hour a token, fifty requests a minute. Of the token, opaque is what they show.
EVERYWHERE: dict[str, Any] = {
    "token_format": "sealed",
    "token_life": timedelta(hours=1),
    "token_limit": 50,
    "token_window": timedelta(minutes=1),
}
# Machines: one grant, `Accept` or 406, no scope in the answer, ES384 where a token is a JWT. No person comes here, so
# what a person would be asked stands as strictly as it can.
ORANGE_M2M: dict[str, Any] = {
    "name": "orange-m2m",
    "path": "/oauth/v3",
    "style": "orange",
    "grants": ("client_credentials",),
    "accept_required": True,
    "form_required": False,
    "token_prefix": "sat_",
    "signing_alg": "ES384",
    "jwt_profile": "orange",
    "shows_scope": False,
    "person_scopes": (),
    "state_required": False,
    "openid_required": False,
    "pkce_required": True,
    "select_account": False,
    "rotates_confidential": True,
    "refresh_by": "offline_access",
}
# People in France: `state` and `openid` are demanded, PKCE and rotation are not (ADR-0010), tokens begin with OFR-, a
# refresh token always comes, a form or 415, and `select_account` is not supported.
ORANGE_U2M: dict[str, Any] = {
    "name": "orange-u2m",
    "path": "/openidconnect/fr/v1",
    "style": "orange",
    "grants": ("authorization_code", "refresh_token"),
    "accept_required": False,
    "form_required": True,
    "token_prefix": "OFR-",
    "signing_alg": "RS256",
    "jwt_profile": "rfc9068",
    "shows_scope": False,
    "person_scopes": ("openid", "profile", "email", "offline_access", "profile_sandbox"),
    "state_required": True,
    "openid_required": True,
    "pkce_required": False,
    "select_account": False,
    "rotates_confidential": False,
    "refresh_by": "always",
}
# The standards, strictly: PKCE of every client, rotation, RFC 9068 in a JWT, the scope in the answer.
STANDARD: dict[str, Any] = {
    "name": "standard",
    "path": "",
    "style": "standard",
    "grants": ("client_credentials", "authorization_code", "refresh_token"),
    "accept_required": False,
    "form_required": True,
    "token_prefix": "sat_",
    "signing_alg": "EdDSA",
    "jwt_profile": "rfc9068",
    "shows_scope": True,
    "person_scopes": ("openid", "profile", "email", "offline_access"),
    "state_required": False,
    "openid_required": False,
    "pkce_required": True,
    "select_account": True,
    "rotates_confidential": True,
    "refresh_by": "offline_access",
}


@pytest.mark.parametrize(
    "demands",
    [
        pytest.param(
            ORANGE_M2M, id="orange-m2m", marks=pytest.mark.spec("OAuth M2M guide, step 2")
        ),
        pytest.param(
            ORANGE_U2M, id="orange-u2m", marks=pytest.mark.spec("OAuth U2M guide, step 2")
        ),
        pytest.param(STANDARD, id="standard"),
    ],
)
def test_an_issuer_demands_what_its_guide_or_standard_says(demands: dict[str, Any]) -> None:
    assert asdict(PRESETS[demands["name"]]) == EVERYWHERE | demands


def test_there_are_three_presets() -> None:
    assert list(PRESETS) == ["orange-m2m", "orange-u2m", "standard"]


def test_people_log_in_where_codes_are_given() -> None:
    people = {name: preset.has_people for name, preset in PRESETS.items()}
    assert people == {"orange-m2m": False, "orange-u2m": True, "standard": True}


def test_what_an_issuer_does_not_say_is_the_strict_value() -> None:
    silent = IssuerPolicy(
        **EVERYWHERE,
        **{each: ORANGE_M2M[each] for each in list(ORANGE_M2M)[:9]},
        shows_scope=False,
    )
    assert (silent.pkce_required, silent.rotates_confidential) == (True, True)
    assert (silent.person_scopes, silent.refresh_by) == ((), "offline_access")
