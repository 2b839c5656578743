"""The client credentials grant: which scope and which audience a machine's token may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from satsuma.domain.apis import Api
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.issuers import IssuerPolicy
from satsuma.domain.resources import meant_at, narrowed
from satsuma.domain.scopes import (
    ALL_SCOPES,
    default_scope,
    granted_scopes,
    is_within,
)
from satsuma.domain.subscriptions import SubscriptionState
from satsuma_client.protocol.scope import parse_scope


class AccessTokenRequest(NamedTuple):
    """What a client that proved itself asks for.

    Spec: RFC 6749 §4.4.2; RFC 8707 §2.2.
    """

    scope: str | None
    resource: str | None


class MachineClient(Protocol):
    """What the rule reads of a client; subscriptions are by the API's id."""

    @property
    def public(self) -> bool: ...

    @property
    def default_scopes(self) -> tuple[str, ...]: ...

    @property
    def subscriptions(self) -> Mapping[str, SubscriptionState]: ...


class Issue(NamedTuple):
    """Yes: an access token of this scope for these audiences."""

    scope: str
    audience: tuple[str, ...]


def decide(
    asked: AccessTokenRequest,
    client: MachineClient,
    policy: IssuerPolicy,
    root: str,
    apis: Mapping[str, Api],
) -> Issue | Refusal:
    """Say what a machine's token is for: what is asked for, else its default scopes, else all its subscriptions give.

    Where the issuer shows no scope, a token without one stands for every subscription as it is when the token is used.
    Without a resource the audience is `root`, the address of the API surface; with one, the scopes are that API's.

    Spec: RFC 6749 §3.3, §4.4; RFC 8707 §2.2; RFC 9068 §3.
    """
    if client.public:
        return Refusal(errors.CLIENT_PUBLIC)
    scopes: tuple[str, ...] | Refusal | None = None
    if asked.scope is not None or policy.shows_scope or client.default_scopes:
        scopes = granted_scopes(client.subscriptions, apis, policy.name)
        if asked.scope is not None or client.default_scopes:
            scopes = _scopes(asked.scope, client.default_scopes, policy, scopes)
    if isinstance(scopes, Refusal):
        return scopes
    if asked.resource is None:
        return Issue(ALL_SCOPES if scopes is None else " ".join(scopes), (root,))
    audience = narrowed(asked.resource, (root,), root, apis.values(), client.subscriptions)
    if isinstance(audience, Refusal):
        return audience
    if scopes is None:
        return Issue(ALL_SCOPES, audience)
    meant = meant_at(scopes, audience, root, apis.values())
    if asked.scope is not None and meant != scopes:
        return Refusal(errors.SCOPE_ELSEWHERE, {"scope": asked.scope[:200]})
    return Issue(" ".join(meant), audience)


def _scopes(
    asked: str | None, defaults: tuple[str, ...], policy: IssuerPolicy, granted: tuple[str, ...]
) -> tuple[str, ...] | Refusal:
    if asked is None:
        return default_scope(defaults, granted) or Refusal(errors.SCOPE_DEFAULT_EMPTY)
    parsed = parse_scope(asked)
    if parsed is None:
        return Refusal(errors.SCOPE_MALFORMED)
    if not is_within(parsed, granted):
        if not {"openid", *policy.person_scopes}.isdisjoint(parsed):
            return Refusal(errors.SCOPE_OF_A_PERSON, {"scope": asked[:200]})
        return Refusal(errors.SCOPE_REFUSED, {"scope": asked[:200]})
    return parsed
