"""What a token may be for: the API surface, or one API that the request names as its resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from satsuma.domain.apis import Api
from satsuma.domain.errors import grants, token
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.subscriptions import SubscriptionState


def may_name(
    resource: str, root: str, apis: Iterable[Api], subscriptions: Mapping[str, SubscriptionState]
) -> bool:
    """Say whether a resource is the address below `root` of an API that the client is subscribed to.

    A request names one at most: as every other parameter `resource` stands once.

    Spec: RFC 8707 §2.
    Deviation: ADR-0023.
    """
    return any(
        f"{root}/{api.name}/v{api.version}" == resource
        and subscriptions.get(api.api_id) == "approved"
        for api in apis
    )


def meant_at(
    scope: Iterable[str], audience: tuple[str, ...], root: str, apis: Iterable[Api]
) -> tuple[str, ...]:
    """The scopes that mean something where a token is good: all of them at `root`, else those of the APIs it is for.

    An API that reads another's scope in a token of its own could take it for one that it knows.

    Spec: RFC 9068 §2.2.3.
    """
    if root in audience:
        return tuple(scope)
    known = {
        rule.scope
        for api in apis
        if f"{root}/{api.name}/v{api.version}" in audience
        for rule in api.scopes
    }
    return tuple(each for each in scope if each in known)


def narrowed(
    resource: str,
    audience: tuple[str, ...],
    root: str,
    apis: Iterable[Api],
    subscriptions: Mapping[str, SubscriptionState],
) -> tuple[str, ...] | Refusal:
    """Say whom a token is for whose request names a resource: that alone, of those that its grant is for.

    A grant for `root` is for every API below it. Whatever the grant is for, the client must be subscribed to it now.

    Spec: RFC 8707 §2, §2.2.
    """
    if root not in audience and resource not in audience:
        return Refusal(grants.RESOURCE_MISMATCH, {"resource": resource[:200]})
    if not may_name(resource, root, apis, subscriptions):
        return Refusal(token.RESOURCE_REFUSED, {"resource": resource[:200]})
    return (resource,)
