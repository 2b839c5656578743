"""What a client may ask for: scopes and audiences from its subscriptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.issuers import PERSON_SCOPES
from satsuma.domain.subscriptions import SubscriptionState

ALL_SCOPES: Final = "*"
"""The scope of a token that stands for every subscription of its client."""


def is_reserved(scope: str) -> bool:
    """Say whether a scope has a meaning of its own, so that no API may have one of that name."""
    return scope == ALL_SCOPES or scope in PERSON_SCOPES


def granted_scopes(
    subscriptions: Mapping[str, SubscriptionState], apis: Mapping[str, Api], issuer: str
) -> tuple[str, ...]:
    """Every scope of the live APIs that trust this issuer and that the client may use.

    Spec: RFC 6749 §3.3.
    """
    scopes: dict[str, None] = {}
    for api_id, state in subscriptions.items():
        api = apis.get(api_id)
        if api is None or state != "approved" or issuer not in api.issuers:
            continue
        if api.life_cycle != "retired":
            scopes.update((rule.scope, None) for rule in api.scopes)
    return tuple(scopes)


def default_scope(defaults: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """What a request without `scope` asks for: the client's default scopes, as far as it may ask for them here.

    Spec: RFC 6749 §3.3.
    """
    may = frozenset(granted)
    return tuple(scope for scope in defaults if scope in may)


def is_within(asked: Iterable[str], granted: Iterable[str]) -> bool:
    """Say whether every scope asked for is granted."""
    return set(asked) <= set(granted)
