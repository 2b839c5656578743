"""Operations on applications: create, show, renew, revoke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from satsuma.domain.apis import Api
from satsuma.domain.applications import (
    LOOSE_PKCE,
    AddSecret,
    Application,
    ApplicationState,
    BumpGeneration,
    Client,
    ClientSecret,
    CreateApplication,
    ExpireSecrets,
    SetApplicationState,
)
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import EndGrants
from satsuma.domain.issuers import TOKEN_MEMORY
from satsuma.domain.revocations import Revoke
from satsuma.domain.subscriptions import Subscribe, Subscription
from satsuma.keys import client_secret
from satsuma.keys.randomness import alphanumeric, public_id
from satsuma.management.accounts import find_account
from satsuma.management.apis import find_open_api
from satsuma.management.context import (
    ManagementContext,
    NotPossible,
    as_not_possible,
    attempt,
    possible,
)
from satsuma.management.default_scopes import check_default_scopes
from satsuma.management.fields import (
    APPLICATION,
    check_application,
    check_fields,
)
from satsuma.store.port import Conflict, Reader
from satsuma_client.protocol.basic import authorization_header
from satsuma_client.protocol.secret import Secret

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of credentials as its owner sees it."""

    application: Application
    client_secret: Secret | None

    @property
    def authorization_header(self) -> Secret | None:
        """The ready header value; it starts with `Basic `."""
        if self.client_secret is None:
            return None
        value = authorization_header(self.application.client_id, self.client_secret.reveal())
        return Secret(value)


async def create_application(
    context: ManagementContext,
    name: str,
    owner: str,
    apis: Sequence[str] = (),
    redirect_uris: Sequence[str] = (),
    web_origins: Sequence[str] = (),
    public: bool = False,
    state: ApplicationState = "active",
    most: int | None = None,
    space_id: str = "",
    **chosen: Any,
) -> Credentials:
    """Create an application with one secret and approved subscriptions to `apis` (`NAME` or `NAME:VERSION`).

    It stands in the owner's own space, or in the one of `space_id`. What else is `chosen` goes by the names of its
    fields; raises NotPossible, too, where the space has `most` already.
    """
    chosen |= {"name": name, "redirect_uris": redirect_uris, "web_origins": web_origins}
    with possible():
        check_fields(APPLICATION, **chosen)
    if not space_id:
        space_id = (await find_account(context, owner))[1].space_id
    application = _with(_new_application(context, space_id, public, state), chosen)
    used = [await find_open_api(context, each) for each in dict.fromkeys(apis)]
    check_default_scopes(application.default_scopes, used)
    effects: list[Effect] = [CreateApplication(application, most)]
    secret = None if public else client_secret.mint(context.draw)
    if secret is not None:
        effects.append(AddSecret(_new_secret(context, application, secret, application.created_at)))
    effects += _subscriptions(application, used)
    what = f"application:{application.application_id}"
    loose = {"pkce": application.pkce} if application.pkce in LOOSE_PKCE else {}
    effects.append(context.audit("application.create", what, name=name, apis=list(apis), **loose))
    try:
        await context.store.commit(*effects)
    except Conflict as conflict:
        says = {
            "application-exists": f"{owner} has an application named {name!r} already",
            "space-full": f"{owner} has {most} applications already, the revoked ones included",
        }
        raise as_not_possible(conflict, says) from None
    return Credentials(application, secret)


def _new_application(
    context: ManagementContext, space_id: str, public: bool, state: ApplicationState
) -> Application:
    application_id, client_id = public_id("app", context.draw), alphanumeric(32, context.draw)
    now = context.clock()
    return Application(application_id, space_id, "", client_id, state, 1, public, (), (), now)


def _with(application: Application, chosen: Mapping[str, Any]) -> Application:
    """The application with what was chosen of it, in the form that is stored; raises NotPossible."""
    whole: dict[str, Any] = {}
    for field in APPLICATION:
        if field.name in chosen:
            value = chosen[field.name]
            whole[field.name] = (
                tuple(dict.fromkeys(map(field.form, value))) if field.many else field.form(value)
            )
    made = replace(application, **whole)
    with possible():
        check_application(made)
    return made


def _subscriptions(application: Application, apis: Sequence[Api]) -> list[Effect]:
    application_id, now = application.application_id, application.created_at
    found = dict.fromkeys(api.api_id for api in apis)
    return [Subscribe(Subscription(application_id, api_id, "approved", now)) for api_id in found]


async def find_client(context: ManagementContext, named: str) -> Client:
    """Find a client by Application ID or client_id; raises NotPossible."""

    def find(reader: Reader) -> Client | None:
        application = reader.find_application(named)
        return reader.find_client(named if application is None else application.client_id)

    client = await context.store.read(find)
    if client is None:
        raise NotPossible(
            "application-unknown", f"No application {named!r}: satsuma apps list shows them"
        )
    return client


async def is_tried(context: ManagementContext, application: Application) -> bool:
    """Whether an application is of a sandbox: nobody with an account has it yet."""
    owner = await context.store.read(lambda reader: reader.find_owner(application.space_id))
    return owner is not None and owner.is_made_up


async def list_applications(
    context: ManagementContext, owner: str | None = None
) -> list[Application]:
    """List applications of one owner's space, or all."""
    space_id = None if owner is None else (await find_account(context, owner))[1].space_id
    found: list[Application] = []

    def next_page(reader: Reader) -> Sequence[Application]:
        after = found[-1].application_id if found else ""
        return reader.list_applications(space_id, after, _PAGE)

    while page := await context.store.read(next_page):
        found.extend(page)
    return found


async def show_credentials(
    context: ManagementContext, named: str, action: str = "secret.show"
) -> Credentials:
    """The current secret to its owner, as far as it is kept; the showing, or what else it is for, is audited."""
    client = await find_client(context, named)
    now = context.clock()
    live = [s for s in client.secrets if s.is_live(now) and s.expires_at is None]
    secret = None
    if live and live[-1].ciphertext is not None:
        newest = live[-1]
        opened = context.vault.unwrap(
            live[-1].ciphertext, "client_secret", newest.secret_id, "ciphertext"
        )
        secret = Secret(opened.decode())
        what = f"application:{client.application.application_id}"
        await context.store.commit(context.audit(action, what, secret=newest.secret_id))
    return Credentials(client.application, secret)


async def renew_secret(
    context: ManagementContext, named: str, overlap: timedelta = timedelta(0), tokens: bool = False
) -> Credentials:
    """A new secret; the present one ends after `overlap`, and with `tokens` all tokens made so far end now.

    Raises NotPossible while a renewal's overlap still runs: at most two secrets live.
    """
    return await attempt(lambda: _renew(context, named, overlap, tokens))


async def _renew(
    context: ManagementContext, named: str, overlap: timedelta, tokens: bool
) -> Credentials:
    application = (await find_client(context, named)).application
    if application.public:
        raise NotPossible("client-public", f"{application.name} is public: it has no secret")
    if application.state == "revoked":
        raise NotPossible("application-revoked", f"{application.name} is revoked for good")
    now = context.clock()
    secret = client_secret.mint(context.draw)
    effects: list[Effect] = [
        ExpireSecrets(application.application_id, now + overlap, now),
        AddSecret(_new_secret(context, application, secret, now)),
    ]
    if tokens:
        effects.extend(_end_tokens(application, now))
    what = f"application:{application.application_id}"
    detail = {"overlap_seconds": int(overlap.total_seconds()), "tokens": tokens}
    effects.append(context.audit("secret.renew", what, **detail))
    try:
        await context.store.commit(*effects)
    except Conflict as conflict:
        if conflict.slug != "two-live-secrets":
            raise
        raise NotPossible(conflict.slug, _TWO_LIVE) from None
    return Credentials(application, secret)


_TWO_LIVE = (
    "Two secrets are live already: renew again without overlap, or wait until the earlier one ends"
)


async def revoke_application(context: ManagementContext, named: str) -> Application:
    """Revoke an application for good, and every token it has, on every process within a second."""
    return await attempt(lambda: _revoke(context, named))


async def _revoke(context: ManagementContext, named: str) -> Application:
    application = (await find_client(context, named)).application
    now = context.clock()
    await context.store.commit(
        SetApplicationState(application.application_id, "revoked", application.state),
        ExpireSecrets(application.application_id, now, now),
        *_end_tokens(application, now),
        context.audit("application.revoke", f"application:{application.application_id}"),
    )
    return application


async def set_state(context: ManagementContext, named: str, state: ApplicationState) -> Application:
    """Move an application between pending, active and blocked; a revoked one is revoked for good."""
    return await attempt(lambda: _set_state(context, named, state))


async def _set_state(
    context: ManagementContext, named: str, state: ApplicationState
) -> Application:
    application = (await find_client(context, named)).application
    if application.state == "revoked":
        raise NotPossible("application-revoked", f"{application.name} is revoked for good")
    what = f"application:{application.application_id}"
    await context.store.commit(
        SetApplicationState(application.application_id, state, application.state),
        context.audit("application.state", what, state=state),
    )
    return application


def _new_secret(
    context: ManagementContext, application: Application, secret: Secret, now: datetime
) -> ClientSecret:
    secret_id = public_id("sec", context.draw)
    plain = secret.reveal().encode()
    kept = context.secrets == "show"
    ciphertext = (
        context.vault.wrap(plain, "client_secret", secret_id, "ciphertext") if kept else None
    )
    return ClientSecret(
        secret_id, application.application_id, context.digest(plain), ciphertext, now
    )


def _end_tokens(application: Application, now: datetime) -> tuple[Effect, ...]:
    revoked = f"{application.client_id}.{application.generation}"
    return (
        BumpGeneration(application.application_id, application.generation),
        Revoke("client", revoked, now + TOKEN_MEMORY),
        EndGrants(application.application_id, now, "credentials-renewed"),
    )
