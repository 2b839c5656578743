"""Which default scopes an application may have: those that it could ask for."""

from __future__ import annotations

from collections.abc import Iterable

from satsuma.domain.apis import Api
from satsuma.domain.issuers import PERSON_SCOPES
from satsuma.management.context import NotPossible


def check_default_scopes(scopes: Iterable[str], apis: Iterable[Api]) -> None:
    """Refuse default scopes that the application could not ask for, all together; `apis` are those it may use.

    Spec: RFC 6749 §3.3.
    """
    given = {rule.scope for api in apis if api.life_cycle != "retired" for rule in api.scopes}
    given |= PERSON_SCOPES
    unknown = [scope for scope in scopes if scope not in given]
    if unknown:
        raise NotPossible(
            "default-scope-unknown",
            f"No issuer and no API that it is subscribed to gives {', '.join(map(repr, unknown))}: subscribe it first",
        )
