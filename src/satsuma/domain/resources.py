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
