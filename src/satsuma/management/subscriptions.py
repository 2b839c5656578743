"""Operations on subscriptions."""

from __future__ import annotations

from satsuma.domain.subscriptions import (
    SetSubscriptionState,
    Subscribe,
    Subscription,
    SubscriptionState,
)
from satsuma.management.apis import find_api, find_open_api
from satsuma.management.applications import find_client
from satsuma.management.context import ManagementContext, as_not_possible
from satsuma.store.port import Conflict


async def subscribe(
    context: ManagementContext, application: str, api: str, state: SubscriptionState = "approved"
) -> Subscription:
    """Subscribe an application to a live API; raises NotPossible where it is subscribed already."""
    client = await find_client(context, application)
    found = await find_open_api(context, api)
    now = context.clock()
    application_id = client.application.application_id
    subscription = Subscription(application_id, found.api_id, state, now)
    what = f"application:{application_id}"
    try:
        await context.store.commit(
            Subscribe(subscription), context.audit("subscription.create", what, api=found.api_id)
        )
    except Conflict as conflict:
        says = f"The application has a subscription to {found.name} v{found.version} already"
        raise as_not_possible(conflict, {"subscribed": says}) from None
    return subscription


async def set_subscription(
    context: ManagementContext, application: str, api: str, state: SubscriptionState
) -> None:
    """Approve, suspend or revoke a subscription; to a retired API none is approved."""
    client = await find_client(context, application)
    found = await find_api(context, api)
    if state == "approved" and found.life_cycle == "retired":
        found = await find_open_api(context, api)
    application_id = client.application.application_id
    what = f"application:{application_id}"
    try:
        await context.store.commit(
            SetSubscriptionState(application_id, found.api_id, state),
            context.audit("subscription.state", what, api=found.api_id, state=state),
        )
    except Conflict as conflict:
        says = f"The application has no subscription to {found.name} v{found.version}"
        raise as_not_possible(conflict, {"subscription-unknown": says}) from None
