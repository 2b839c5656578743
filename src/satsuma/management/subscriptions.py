"""Operations on subscriptions: ask for one, decide, take it back, give it a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, Client
from satsuma.domain.audit import Audit
from satsuma.domain.plans import Plan
from satsuma.domain.subscriptions import (
    ChangeSubscription,
    Subscribe,
    Subscription,
    SubscriptionState,
)
from satsuma.management.apis import find_api, find_open_api, list_apis
from satsuma.management.applications import find_client, is_tried
from satsuma.management.context import (
    ManagementContext,
    NotPossible,
    attempt,
)
from satsuma.management.plan_fields import OWN_LIMITS
from satsuma.management.plans import find_plan
from satsuma.store.port import Reader

LONGEST_REASON: Final = 500
MOST_WAITING: Final = 1000
LEFT: Final = "Left by its owner"
WITHDRAWN: Final = "Withdrawn by its owner"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A subscription that waits for a decision, with what it is about."""

    subscription: Subscription
    application: Application
    api: Api
    plan: Plan | None


async def _new(
    context: ManagementContext,
    application: Application,
    api: str,
    state: SubscriptionState,
    plan_id: str | None,
) -> Subscription:
    """Add a subscription to a live API; raises Conflict and NotPossible."""
    found = await find_open_api(context, api)
    new = Subscription(application.application_id, found.api_id, state, context.clock(), plan_id)
    row = context.audit(
        "subscription.create", _what(new), api=new.api_id, state=state, plan=plan_id
    )
    await context.store.commit(Subscribe(new), row)
    return new


async def set_subscription(
    context: ManagementContext, application: str, api: str, state: SubscriptionState
) -> Subscription:
    """Approve or revoke a subscription, whatever it is now; to a retired API none is approved. Raises NotPossible."""
    found = await _find(context, api, opens=state != "revoked")

    def change(was: Subscription) -> Subscription:
        return replace(was, state=state, reason="")

    return await _change(context, application, found, change)


@dataclass(frozen=True, slots=True)
class Put:
    """A subscription as it now is, with its plan, and whether calls that passed are refused from now on."""

    subscription: Subscription
    plan: Plan | None
    is_cut: bool


async def put_subscription(
    context: ManagementContext,
    application: str,
    api: str,
    plan: str | None = None,
    *,
    approved: bool | None = None,
) -> Put:
    """Subscribe an application, or set the subscription that it has; raises NotPossible.

    `plan` is a plan's name, or `none` for the API's own limits; where nobody says, the plan stays. Where nobody says
    whether it is approved, it is, unless its plan needs approval: then it waits, but one that was approved by the same
    plan stays so.
    """

    async def once() -> Put:
        client, _, was = await _pair(context, application, api)
        chosen = await _chosen_plan(context, plan, was)
        plan_id = None if chosen is None else chosen.plan_id
        state = _wanted_state(was, plan_id, chosen, approved)
        if was is None:
            made = await _new(context, client.application, api, state, plan_id)
            return Put(made, chosen, False)
        now = replace(
            was, state=state, plan_id=plan_id, reason=was.reason if was.state == state else ""
        )
        if now != was:
            await context.store.commit(ChangeSubscription(now, was), _row(context, was, now))
        return Put(now, chosen, was.state == "approved" != now.state)

    return await attempt(once)


async def _pair(
    context: ManagementContext, application: str, api: str
) -> tuple[Client, Api, Subscription | None]:
    """An application that is not revoked, an API that is not retired, and the subscription there is; or NotPossible."""
    client = await find_client(context, application)
    if client.application.state == "revoked":
        raise _revoked(client.application)
    found = await _find(context, api, opens=True)
    if not found.sandbox and await is_tried(context, client.application):
        says = f"{found.title} is for applications of an account: sign up, and keep this one"
        raise NotPossible("api-not-sandbox", says)
    return client, found, next((s for s in client.subscriptions if s.api_id == found.api_id), None)


def _revoked(application: Application) -> NotPossible:
    return NotPossible("application-revoked", f"{application.name} is revoked for good")


async def _chosen_plan(
    context: ManagementContext, named: str | None, was: Subscription | None
) -> Plan | None:
    if named == OWN_LIMITS:
        return None
    kept = named or (was.plan_id if was is not None else None)
    return None if kept is None else await find_plan(context, kept)


def _wanted_state(
    was: Subscription | None, plan_id: str | None, plan: Plan | None, approved: bool | None
) -> SubscriptionState:
    if approved is None:
        stays = was is not None and was.state == "approved" and was.plan_id == plan_id
        approved = stays or plan is None or not plan.needs_approval
    return "approved" if approved else "pending"


async def ask_subscription(context: ManagementContext, application: str, api: str) -> Subscription:
    """Subscribe an application because its owner asks; raises NotPossible.

    To an open API at once. Else, and where it was refused or revoked before, or its plan wants approval, it waits for a
    decision; a private API is not there for who is not subscribed.
    """

    async def once() -> Subscription:
        client, found, was = await _pair(context, application, api)
        if was is None and found.access == "private":
            raise NotPossible("api-unknown", f"No API {api!r}")
        plan = await _chosen_plan(context, None, was)
        is_open = found.access == "open" and (plan is None or not plan.needs_approval)
        if was is None:
            return await _new(
                context, client.application, api, "approved" if is_open else "pending", None
            )
        if was.state in ("approved", "pending"):
            return was
        back = is_open and was.state == "revoked" and was.reason == LEFT
        now = replace(was, state="approved" if back else "pending", reason="")
        await context.store.commit(ChangeSubscription(now, was), _row(context, was, now))
        return now

    return await attempt(once)


async def leave_subscription(
    context: ManagementContext, application: str, api: str
) -> Subscription:
    """End a subscription, or stop waiting for one, because its owner wants to; raises NotPossible.

    What an operator ended stays as it was ended, so that asking again waits for a decision.
    """
    found = await _find(context, api, opens=False)

    def change(was: Subscription) -> Subscription:
        if was.state not in ("approved", "pending"):
            return was
        return replace(was, state="revoked", reason=LEFT if was.state == "approved" else WITHDRAWN)

    return await _change(context, application, found, change)


async def decide(
    context: ManagementContext, application: str, api: str, *, approve: bool, reason: str = ""
) -> Subscription:
    """Approve or refuse a subscription that waits, and say why; raises NotPossible where it waits no more."""
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        says = f"A reason has at most {LONGEST_REASON} printable characters"
        raise NotPossible("reason-malformed", says)
    if not approve and not reason.strip():
        raise NotPossible("reason-missing", "Say why: the application's owner reads it")
    found = await _find(context, api, opens=approve)

    def change(was: Subscription) -> Subscription:
        if was.state != "pending":
            says = f"The subscription waits for nothing: it is {was.state}"
            raise NotPossible("subscription-decided", says)
        return replace(was, state="approved" if approve else "refused", reason=reason.strip())

    return await _change(context, application, found, change)


async def _find(context: ManagementContext, named: str, *, opens: bool) -> Api:
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
        if now.state == "approved" and client.application.state == "revoked":
            raise _revoked(client.application)
        await context.store.commit(ChangeSubscription(now, was), _row(context, was, now))
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
            if (application := reader.find_application(each.application_id))
            and application.state != "revoked"
            and each.api_id in apis
        ]

    return await context.store.read(read)


def _row(context: ManagementContext, was: Subscription, now: Subscription) -> Audit:
    return context.audit(
        "subscription.state",
        _what(now),
        api=now.api_id,
        state=now.state,
        was=was.state,
        plan=now.plan_id,
        reason=now.reason,
    )


def _what(subscription: Subscription) -> str:
    return f"application:{subscription.application_id}"
