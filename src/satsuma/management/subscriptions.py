"""Operations on subscriptions: ask for one, decide, take it back, give it a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.applications import Application
from satsuma.domain.plans import Plan
from satsuma.domain.subscriptions import (
    ChangeSubscription,
    Subscribe,
    Subscription,
    SubscriptionState,
)
from satsuma.management.apis import find_api, find_open_api, list_apis
from satsuma.management.applications import find_client
from satsuma.management.context import (
    ATTEMPTS,
    ManagementContext,
    NotPossible,
    as_not_possible,
    attempt,
)
from satsuma.management.plans import find_plan
from satsuma.store.port import Conflict, Reader

LONGEST_REASON: Final = 500
MOST_WAITING: Final = 1000


@dataclass(frozen=True, slots=True)
class Waiting:
    """A subscription that waits for a decision, with what it is about."""

    subscription: Subscription
    application: Application
    api: Api
    plan: Plan | None


async def subscribe(
    context: ManagementContext,
    application: str,
    api: str,
    state: SubscriptionState = "approved",
    plan: str | None = None,
) -> Subscription:
    """Subscribe an application to a live API, by a plan or by the API's own limits; raises NotPossible.

    It is refused where the application is subscribed already, in whatever state.
    """
    client = await find_client(context, application)
    found = await find_open_api(context, api)
    plan_id = None if plan is None else (await find_plan(context, plan)).plan_id
    now = context.clock()
    application_id = client.application.application_id
    subscription = Subscription(application_id, found.api_id, state, now, plan_id)
    row = context.audit(
        "subscription.create", _what(subscription), api=found.api_id, state=state, plan=plan_id
    )
    try:
        await context.store.commit(Subscribe(subscription), row)
    except Conflict as conflict:
        says = f"The application has a subscription to {found.name} v{found.version} already"
        raise as_not_possible(conflict, {"subscribed": says}) from None
    return subscription


async def set_subscription(
    context: ManagementContext,
    application: str,
    api: str,
    state: SubscriptionState,
    plan: str | None = None,
) -> Subscription:
    """Approve or revoke a subscription, or let it wait, whatever it is now; to a retired API none is approved.

    With `plan` it has that from now on, else the one that it had. Raises NotPossible.
    """
    found = await _find(context, api, state != "revoked")
    plan_id = None if plan is None else (await find_plan(context, plan)).plan_id

    def change(was: Subscription) -> Subscription:
        return replace(was, state=state, reason="", plan_id=plan_id or was.plan_id)

    return await _change(context, application, found, change)


async def put_subscription(
    context: ManagementContext,
    application: str,
    api: str,
    plan: str | None = None,
    *,
    approved: bool | None = None,
) -> Subscription:
    """Subscribe an application, or set the subscription that it has; raises NotPossible.

    Where nobody says, it is approved unless its plan needs approval: then it waits.
    """
    if approved is None:
        approved = plan is None or not (await find_plan(context, plan)).needs_approval
    state: SubscriptionState = "approved" if approved else "pending"
    for _ in range(ATTEMPTS):
        try:
            return await set_subscription(context, application, api, state, plan)
        except NotPossible as refused:
            if refused.slug != "subscription-unknown":
                raise
        try:
            return await subscribe(context, application, api, state, plan)
        except NotPossible as refused:
            if refused.slug != "subscribed":
                raise
    raise NotPossible("subscription-changed", "It was changed meanwhile, each time anew: try again")


async def decide(
    context: ManagementContext, application: str, api: str, *, approve: bool, reason: str = ""
) -> Subscription:
    """Approve or refuse a subscription that waits, and say why; raises NotPossible where it waits no more."""
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        says = f"A reason has at most {LONGEST_REASON} printable characters"
        raise NotPossible("reason-malformed", says)
    if not approve and not reason.strip():
        raise NotPossible("reason-missing", "Say why: the application's owner reads it")
    found = await _find(context, api, approve)

    def change(was: Subscription) -> Subscription:
        if was.state != "pending":
            says = f"The subscription waits for nothing: it is {was.state}"
            raise NotPossible("subscription-decided", says)
        return replace(was, state="approved" if approve else "refused", reason=reason.strip())

    return await _change(context, application, found, change)


async def _find(context: ManagementContext, named: str, opens: bool) -> Api:
    """Find an API, one that is not retired where it is to be used; raises NotPossible."""
    api = await find_api(context, named)
    if opens and api.life_cycle == "retired":
        return await find_open_api(context, named)
    return api


async def _change(
    context: ManagementContext,
    application: str,
    api: Api,
    change: Callable[[Subscription], Subscription],
) -> Subscription:
    """Change a subscription as it stands; where another operation came between, as it then stands."""

    async def once() -> Subscription:
        client = await find_client(context, application)
        was = next((s for s in client.subscriptions if s.api_id == api.api_id), None)
        if was is None:
            says = f"The application has no subscription to {api.name} v{api.version}"
            raise NotPossible("subscription-unknown", says)
        now = change(was)
        row = context.audit(
            "subscription.state",
            _what(now),
            api=api.api_id,
            state=now.state,
            was=was.state,
            plan=now.plan_id,
            reason=now.reason,
        )
        await context.store.commit(ChangeSubscription(now, was), row)
        return now

    return await attempt(once)


async def list_waiting(context: ManagementContext, limit: int = MOST_WAITING) -> Sequence[Waiting]:
    """List the subscriptions that wait for a decision, the oldest first."""
    apis = {api.api_id: api for api in await list_apis(context)}

    def read(reader: Reader) -> list[Waiting]:
        plans = {plan.plan_id: plan for plan in reader.list_plans()}
        return [
            Waiting(each, application, apis[each.api_id], plans.get(each.plan_id or ""))
            for each in reader.list_waiting(limit)
            if (application := reader.find_application(each.application_id)) and each.api_id in apis
        ]

    return await context.store.read(read)


def _what(subscription: Subscription) -> str:
    return f"application:{subscription.application_id}"
