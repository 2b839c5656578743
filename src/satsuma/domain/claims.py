"""Claims about a person: which an application may be told, and what they say."""

from __future__ import annotations

import json
from typing import Any, Final

from satsuma.domain.accounts import Account

_OF_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "profile": ("name", "preferred_username", "locale", "updated_at"),
    "email": ("email", "email_verified"),
}


def asked_claims(scope: str, claims: str | None, member: str) -> tuple[str, ...]:
    """Name the claims about the person that scope and the `claims` parameter ask for in `member`.

    Scopes fill userinfo only; `claims` fills what it names.

    Spec: OIDC Core §5.4, §5.5.
    """
    named: list[str] = []
    if member == "userinfo":
        for each in scope.split():
            named.extend(_OF_SCOPES.get(each, ()))
    if claims is not None:
        named.extend(json.loads(claims).get(member, {}))
    return tuple(dict.fromkeys(named))


def person_claims(account: Account, names: tuple[str, ...]) -> dict[str, Any]:
    """Those claims about a person that are asked for and known.

    Spec: OIDC Core §5.1.
    """
    local_part = account.email.partition("@")[0]
    known: dict[str, Any] = {
        "name": local_part,
        "preferred_username": account.email,
        "locale": account.locale,
        "updated_at": int((account.confirmed_at or account.created_at).timestamp()),
        "email": account.email,
        "email_verified": account.confirmed_at is not None,
    }
    return {name: known[name] for name in names if name in known}
