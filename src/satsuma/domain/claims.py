"""Claims about a person: which an application may be told, and what they say.

A claim that a request names one by one is covered by the scope whose sentence tells of it. It stands on the consent
page by that sentence, counts as new until it was allowed, is remembered with it, and is given only where it was
allowed.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from satsuma.domain.accounts import Account
from satsuma.domain.mailboxes import split_mailbox
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object

_OF_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "profile": ("name", "preferred_username", "locale", "updated_at"),
    "email": ("email", "email_verified"),
}
COVERED_BY: Final = {name: scope for scope, names in _OF_SCOPES.items() for name in names}
"""The scope whose sentence tells a person of a claim."""
MEMBERS: Final = ("userinfo", "id_token")
_FROM_THE_ADDRESS: Final = "preferred_username"


def parse_claims(text: str) -> str | None:
    """The `claims` parameter with nothing left but what is named in its two members; None where it is malformed.

    Of a `sub` its value stays, since that says whose tokens alone are taken. Its nesting is bounded.

    Spec: OIDC Core §5.5, §5.5.1; RFC 8259 §9.
    """
    try:
        asked = parse_object(text.encode())
    except (Malformed, UnicodeEncodeError):
        return None
    kept: dict[str, dict[str, Any]] = {}
    for member in MEMBERS:
        named = asked.get(member, {})
        if not isinstance(named, dict) or not all(map(_is_asked_well, named.values())):
            return None
        kept[member] = dict.fromkeys(named)
        if isinstance(named.get("sub"), dict) and "value" in named["sub"]:
            kept[member]["sub"] = {"value": str(named["sub"]["value"])}
    return json.dumps(kept, separators=(",", ":"))


def demanded_subjects(claims: str | None) -> frozenset[str]:
    """The `sub` whose tokens alone are taken, as parsed claims demand it; empty where they demand none.

    Spec: OIDC Core §3.1.2.2, §5.5.1.
    """
    kept = {} if claims is None else json.loads(claims)
    demanded = (kept.get(member, {}).get("sub") for member in MEMBERS)
    return frozenset(how["value"] for how in demanded if how is not None)


def demanded_acrs(text: str) -> frozenset[str] | None:
    """The `acr` values of which a well-formed `claims` parameter demands one, as essential; None where it demands none.

    Spec: OIDC Core §5.5.1.1.
    """
    how = (parse_object(text.encode()).get("id_token") or {}).get("acr")
    if not isinstance(how, dict) or not how.get("essential"):
        return None
    if "value" not in how and "values" not in how:
        return None
    wanted = [*how.get("values", ()), *([how["value"]] if "value" in how else ())]
    return frozenset(each for each in wanted if isinstance(each, str))


def _is_asked_well(how: object) -> bool:
    """Say whether a claim is asked for in one of the ways that there are; members that nobody knows are ignored.

    Spec: OIDC Core §5.5.1.
    """
    if how is None:
        return True
    if not isinstance(how, dict) or not isinstance(how.get("essential", False), bool):
        return False
    values = how.get("values", [None])
    return isinstance(values, list) and bool(values)


def to_allow(scope: Collection[str], claims: str | None) -> tuple[str, ...]:
    """What a person must allow: the scopes asked for, and those that cover the claims named beside them.

    Spec: OIDC Core §3.1.2.4, §5.5.
    """
    named = [name for member in MEMBERS for name in _named(claims, member)]
    covering = (COVERED_BY[name] for name in named if name in COVERED_BY)
    return tuple(dict.fromkeys((*scope, *covering)))


def asked_claims(
    scope: str, claims: str | None, member: str, allowed: Collection[str]
) -> tuple[str, ...]:
    """Name the claims about the person that scope and the `claims` parameter ask for in `member`, as far as allowed.

    Scopes fill userinfo only; `claims` fills what it names. What is made of the e-mail address needs that one's scope.

    Spec: OIDC Core §5.4, §5.5.
    """
    named: list[str] = []
    if member == "userinfo":
        for each in scope.split():
            named.extend(_OF_SCOPES.get(each, ()))
    named.extend(name for name in _named(claims, member) if COVERED_BY.get(name) in allowed)
    if "email" not in allowed:
        named = [name for name in named if name != _FROM_THE_ADDRESS]
    return tuple(dict.fromkeys(named))


def _named(claims: str | None, member: str) -> tuple[str, ...]:
    return () if claims is None else tuple(json.loads(claims).get(member, {}))


def person_claims(account: Account, names: tuple[str, ...]) -> dict[str, Any]:
    """Those claims about a person that are asked for and known; a name is not, since nobody has typed one.

    An address of old that could be read as another mailbox is no verified one, wherever its letter went.

    Spec: OIDC Core §5.1.
    """
    known: dict[str, Any] = {
        "preferred_username": account.email,
        "locale": account.locale,
        "updated_at": int((account.confirmed_at or account.created_at).timestamp()),
        "email": account.email,
        "email_verified": account.confirmed_at is not None
        and split_mailbox(account.email) is not None,
    }
    return {name: known[name] for name in names if name in known}
