"""Who may look into a token."""

from __future__ import annotations

from satsuma.domain.apis import Api
from satsuma.domain.subscriptions import SubscriptionState


def client_may_see(asking_client_id: str, client_id: str) -> bool:
    """Say whether a client may look at a token: at its own only.

    Spec: RFC 7662 §2.1, §4.
    """
    return asking_client_id == client_id


def resource_may_see(
    api: Api,
    issuer: str,
    audience: tuple[str, ...],
    addresses: tuple[str, str],
    subscription: SubscriptionState | None,
) -> bool:
    """Say whether an API may look at a token: one of an issuer it trusts, meant for it, of a client subscribed to it.

    `addresses` are the API surface's and the API's own.

    Spec: RFC 7662 §2.2; RFC 8707 §2.
    """
    return (
        issuer in api.issuers
        and api.life_cycle != "retired"
        and subscription == "approved"
        and any(address in audience for address in addresses)
    )
