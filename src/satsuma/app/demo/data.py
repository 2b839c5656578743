"""The demo's data: an account, two APIs with their upstreams, an application subscribed to them. Written once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from satsuma.protocol.secret import Secret
from satsuma.registry import apis, applications
from satsuma.registry.accounts import create_account
from satsuma.registry.desk import Desk, NotPossible
from satsuma.rules.facts import Api, Application, Limits, RequestPolicy, ScopeRule

OWNER = "demo@satsuma.example"
APPLICATION = "Demo application"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo prints."""

    application: Application
    client_secret: Secret
    authorization_header: Secret


async def ensure_demo(desk: Desk, poi: str, sandbox: str) -> Demo:
    """Fill the database once, and point the demo APIs at the upstreams' addresses of this run."""
    await _ensure_api(desk, _poi(poi))
    await _ensure_api(desk, _sandbox(sandbox))
    try:
        await create_account(desk, OWNER)
    except NotPossible as reason:
        if reason.slug != "account-exists":
            raise
    owned = await applications.list_applications(desk, OWNER)
    known = [each for each in owned if each.name == APPLICATION]
    if known:
        credentials = await applications.show_credentials(desk, known[0].application_id)
    else:
        credentials = await applications.create_application(
            desk, APPLICATION, OWNER, apis=["poi:1", "sandbox:1"]
        )
    if credentials.client_secret is None or credentials.authorization_header is None:
        credentials = await applications.renew_secret(desk, credentials.application.application_id)
    secret, header = credentials.client_secret, credentials.authorization_header
    if secret is None or header is None:
        raise NotPossible("demo-secret", "The demo application has no secret to show")
    return Demo(credentials.application, secret, header)


async def _ensure_api(desk: Desk, new: apis.NewApi) -> Api:
    known = [
        api
        for api in await apis.list_apis(desk)
        if (api.name, api.version) == (new.name, new.version)
    ]
    if not known:
        return (await apis.create_api(desk, new))[0]
    if known[0].upstream == new.upstream:
        return known[0]
    return await apis.replace_api(desk, replace(known[0], upstream=new.upstream))


def _poi(upstream: str) -> apis.NewApi:
    return apis.NewApi(
        name="poi",
        version=1,
        title="Points of interest",
        upstream=upstream,
        scopes=(ScopeRule("poi:read", ("GET", "HEAD")), ScopeRule("poi:write", ("PUT", "DELETE"))),
        policy=RequestPolicy(methods=("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
        limits=Limits(spike_per_second=25),
    )


def _sandbox(upstream: str) -> apis.NewApi:
    return apis.NewApi(
        name="sandbox",
        version=1,
        title="Sandbox",
        upstream=upstream,
        scopes=(ScopeRule("sandbox"),),
        limits=Limits(spike_per_second=25),
    )
