"""The operations of management on one application and on one API, by name: for tests that cross them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from satsuma.domain.apis import Api, ScopeRule
from satsuma.domain.subscriptions import Subscription
from satsuma.management.apis import NewApi, change_api, renew_api, set_life_cycle
from satsuma.management.application_changes import change_application
from satsuma.management.applications import (
    find_client,
    renew_secret,
    revoke_application,
    set_state,
    show_credentials,
)
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from satsuma.management.subscriptions import (
    decide,
    put_subscription,
    set_subscription,
)
from satsuma.store.port import Reader

Operation = Callable[[ManagementContext, str], Awaitable[Any]]
DONE: Final = "done"
API: Final = "shops-1:1"
"""The API that applications are subscribed to."""
WAITED_FOR: Final = "shops-2:1"
"""The API to which each application's subscription waits."""
PLAN: Final = "plan-1"
URI, ORIGIN = "https://more.example/cb", "https://more.example"

ON_APPLICATION: Final[Mapping[str, Operation]] = {
    "rename": lambda c, n: change_application(c, n, {"name": Edit("New")}),
    "add-uri": lambda c, n: change_application(c, n, {"redirect_uris": Edit(add=(URI,))}),
    "one-uri": lambda c, n: change_application(c, n, {"redirect_uris": Edit((URI,))}),
    "add-origin": lambda c, n: change_application(c, n, {"web_origins": Edit(add=(ORIGIN,))}),
    "block": lambda c, n: set_state(c, n, "blocked"),
    "unblock": lambda c, n: set_state(c, n, "active"),
    "revoke": revoke_application,
    "renew": renew_secret,
    "renew-overlapping": lambda c, n: renew_secret(c, n, timedelta(days=1)),
    "renew-tokens": lambda c, n: renew_secret(c, n, tokens=True),
    "show": show_credentials,
    "subscribe": lambda c, n: put_subscription(c, n, API),
    "approve": lambda c, n: set_subscription(c, n, API, "approved"),
    "unsubscribe": lambda c, n: set_subscription(c, n, API, "revoked"),
    "wait": lambda c, n: put_subscription(c, n, API, approved=False),
    "plan": lambda c, n: put_subscription(c, n, API, PLAN),
    "let-in": lambda c, n: decide(c, n, WAITED_FOR, approve=True),
    "keep-out": lambda c, n: decide(c, n, WAITED_FOR, approve=False, reason="No"),
    "give-up": lambda c, n: set_subscription(c, n, WAITED_FOR, "revoked"),
}
_RENEWED: Final = NewApi("", 1, "Renewed", "https://renewed.example", (ScopeRule("renewed"),))


def _import(context: ManagementContext, named: str) -> Awaitable[Api]:
    name = named.partition(":")[0]
    fields = {f: getattr(_RENEWED, f) for f in ("version", "title", "upstream", "scopes")}
    return renew_api(context, NewApi(name=name, **fields))


ON_API: Final[Mapping[str, Operation]] = {
    "title": lambda c, n: change_api(c, n, {"title": Edit("New")}),
    "upstream": lambda c, n: change_api(c, n, {"upstream": Edit("https://other.example")}),
    "add-scope": lambda c, n: change_api(c, n, {"scopes": Edit(add=(ScopeRule("more"),))}),
    "limits": lambda c, n: change_api(c, n, {"spike_per_second": Edit(7), "max_body": Edit(9)}),
    "forward": lambda c, n: change_api(c, n, {"forward_authorization": Edit(True)}),
    "one-issuer": lambda c, n: change_api(c, n, {"issuers": Edit(("standard",))}),
    "import": _import,
    "deprecate": lambda c, n: set_life_cycle(c, n, "deprecated"),
    "retire": lambda c, n: set_life_cycle(c, n, "retired"),
    "revive": lambda c, n: set_life_cycle(c, n, "live"),
}


async def told(operation: Operation, context: ManagementContext, named: str) -> str:
    """Do it, and give `done` or the slug of its refusal."""
    try:
        await operation(context, named)
    except NotPossible as refused:
        return refused.slug
    return DONE


async def application_seen(context: ManagementContext, named: str) -> Any:
    """All that is known of an application, but what is drawn at random and when it happened."""
    client = await find_client(context, named)
    app = client.application

    def revoked(reader: Reader) -> list[str]:
        found = reader.list_revocations(context.clock())
        return sorted(r.id.removeprefix(app.client_id) for r in found if app.client_id in r.id)

    secrets = sorted(
        (s.expires_at is not None and s.expires_at <= context.clock(), s.expires_at is None)
        for s in client.secrets
    )
    return (
        (app.name, app.state, app.generation, app.redirect_uris, app.web_origins),
        secrets,
        sorted(_subscribed(s) for s in client.subscriptions),
        await context.store.read(revoked),
    )


def _subscribed(subscription: Subscription) -> tuple[str, str, str | None, str]:
    return subscription.api_id, subscription.state, subscription.plan_id, subscription.reason


async def api_seen(context: ManagementContext, named: str) -> Any:
    """All that is known of an API."""
    name = named.partition(":")[0]
    apis = await context.store.read(lambda reader: reader.list_apis())
    return next(api for api in apis if api.name == name)


async def perform(context: ManagementContext, asked: str) -> None:
    """Do what is asked as `OPERATION NAME`."""
    operation, _, named = asked.partition(" ")
    await {**ON_APPLICATION, **ON_API}[operation](context, named)
