"""The demo's data: an account, two APIs with their upstreams, an application subscribed to them. Written once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from satsuma.accounts.passwords import hash_password
from satsuma.domain.accounts import SetPassword
from satsuma.domain.apis import Api, RequestPolicy, ScopeRule
from satsuma.domain.applications import Application
from satsuma.domain.issuers import ORANGE_M2M, ORANGE_U2M, STANDARD
from satsuma.domain.limits import Limits
from satsuma.management import apis
from satsuma.management.accounts import create_account, find_account
from satsuma.management.api_documents import Packed, pack
from satsuma.management.applications import (
    create_application,
    list_applications,
    renew_secret,
    show_credentials,
)
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.openapi import read_document
from satsuma_client.protocol.secret import Secret

OWNER = "demo@satsuma.example"
APPLICATION = "Demo application"
PASSWORD = "orange peel and pips"
_EVERY_ISSUER = (ORANGE_M2M.name, ORANGE_U2M.name, STANDARD.name)


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo prints; `web` is the application that people log in to."""

    application: Application
    client_secret: Secret
    authorization_header: Secret
    web: Application
    web_authorization: Secret


async def ensure_demo(
    context: ManagementContext, poi: str, sandbox: str, redirect_uri: str
) -> Demo:
    """Fill the database once, and point the demo APIs at the upstreams' addresses of this run."""
    await _ensure_api(context, poi_api(poi))
    await _ensure_api(context, _sandbox(sandbox))
    await _ensure_owner(context)
    machine = await _ensure_application(context, APPLICATION, ["poi:1", "sandbox:1"])
    web = await _ensure_application(context, _web_name(redirect_uri), ["sandbox:1"], [redirect_uri])
    return Demo(machine[0], machine[1], machine[2], web[0], web[2])


def _web_name(redirect_uri: str) -> str:
    """Name the web application by its port: each address of the demo has one of its own."""
    return f"Demo web application (port {urlsplit(redirect_uri).port})"


async def _ensure_owner(context: ManagementContext) -> None:
    try:
        account, _ = await find_account(context, OWNER)
    except NotPossible:
        await create_account(context, OWNER, password_hash=hash_password(Secret(PASSWORD)))
        return
    if account.password_hash is None:
        hashed = hash_password(Secret(PASSWORD))
        await context.store.commit(SetPassword(account.account_id, hashed))


async def _ensure_application(
    context: ManagementContext,
    name: str,
    subscribed: list[str],
    redirect_uris: list[str] | None = None,
) -> tuple[Application, Secret, Secret]:
    owned = await list_applications(context, OWNER)
    known = [each for each in owned if each.name == name]
    if known:
        credentials = await show_credentials(context, known[0].application_id)
    else:
        credentials = await create_application(
            context, name, OWNER, apis=subscribed, redirect_uris=redirect_uris or []
        )
    if credentials.client_secret is None or credentials.authorization_header is None:
        credentials = await renew_secret(context, credentials.application.application_id)
    secret, header = credentials.client_secret, credentials.authorization_header
    if secret is None or header is None:
        raise NotPossible("demo-secret", f"{name} has no secret to show")
    return credentials.application, secret, header


async def _ensure_api(context: ManagementContext, new: apis.NewApi) -> Api:
    known = [
        api
        for api in await apis.list_apis(context)
        if (api.name, api.version) == (new.name, new.version)
    ]
    if not known:
        return (await apis.create_api(context, new))[0]

    def moved(api: Api) -> Api:
        return replace(
            api,
            upstream=new.upstream,
            issuers=_EVERY_ISSUER,
            scope_texts=new.scope_texts,
            access=new.access,
            description=new.description,
            sandbox=new.sandbox,
            openapi=new.openapi.digest,
        )

    if moved(known[0]) == known[0]:
        return known[0]
    return (await apis.replace_api(context, known[0], moved, document=new.openapi))[0]


def _document(name: str) -> Packed:
    return pack(read_document(Path(__file__).parent / f"{name}.openapi.json"))


def poi_api(upstream: str) -> apis.NewApi:
    """The API of shops, as its provider describes it."""
    return apis.NewApi(
        name="poi",
        version=1,
        title="Points of interest",
        upstream=upstream,
        issuers=_EVERY_ISSUER,
        scopes=(ScopeRule("poi:read", ("GET", "HEAD")), ScopeRule("poi:write", ("PUT", "DELETE"))),
        scope_texts=(
            ("poi:read", "", "Look for shops and other places near you"),
            ("poi:read", "fr", "Chercher des boutiques et d’autres lieux près de chez vous"),
            ("poi:write", "", "Add and remove places in your name"),
            ("poi:write", "fr", "Ajouter et retirer des lieux en votre nom"),
        ),
        policy=RequestPolicy(methods=("GET", "HEAD", "PUT", "DELETE", "OPTIONS")),
        limits=Limits(spike_per_second=25),
        access="open",
        description="Shops by postal code, with their opening hours.",
        sandbox=True,
        openapi=_document("poi"),
    )


def _sandbox(upstream: str) -> apis.NewApi:
    return apis.NewApi(
        name="sandbox",
        version=1,
        title="Sandbox",
        upstream=upstream,
        issuers=_EVERY_ISSUER,
        scopes=(ScopeRule("sandbox"),),
        scope_texts=(
            ("sandbox", "", "Try the sandbox, which holds nothing of yours"),
            ("sandbox", "fr", "Essayer le bac à sable, qui ne contient rien de vous"),
        ),
        limits=Limits(spike_per_second=25),
        access="open",
        description="Answers PROTECTED_RESOURCE_DATA, or any error you ask for.",
        sandbox=True,
        openapi=_document("sandbox"),
    )
