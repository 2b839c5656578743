"""Changing an application after it was created: what is asked, what it makes of it, and what stops working."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, ChangeApplication, Client
from satsuma.domain.web_urls import BadUrl, parse_web_url
from satsuma.management.apis import list_apis
from satsuma.management.applications import find_client, is_tried
from satsuma.management.context import ManagementContext, NotPossible, attempt, possible
from satsuma.management.default_scopes import check_default_scopes
from satsuma.management.edits import Changed, Edits, differences, edited, in_form
from satsuma.management.fields import APPLICATION, check_application, check_changes
from satsuma.management.stops import gone, logout_addresses_end
from satsuma.store.port import Conflict
from satsuma_client.protocol import loopback

Outcome = tuple[Application, Changed]
_NOTHING: Final[Mapping[str, object]] = {}
_VOUCHED: Final = ("publisher", "client_uri", "policy_uri", "name")


async def change_application(
    context: ManagementContext,
    named: str,
    edits: Edits,
    dry_run: bool = False,
    was: Mapping[str, object] = _NOTHING,
) -> Outcome:
    """Change what the edits name of an application that is not revoked; raises NotPossible.

    Where another operation changes it meanwhile, the edits are made anew, of the application as it then is: of two
    changes at once neither is lost. Gives what it is then and what differs; with `dry_run` what would be, and nothing
    is done. `was` are the values that who edits has seen: where one is another when it is committed, the slug is
    `changed-meanwhile`.
    """
    return await attempt(lambda: _change(context, named, edits, dry_run, was))


async def _change(
    context: ManagementContext,
    named: str,
    edits: Edits,
    dry_run: bool,
    was: Mapping[str, object],
) -> Outcome:
    client = await find_client(context, named)
    found = client.application
    if found.state == "revoked":
        raise NotPossible("application-revoked", f"{found.name} is revoked for good")
    if any(getattr(found, name) != value for name, value in was.items()):
        raise NotPossible("changed-meanwhile", "It was changed meanwhile: look again")
    with possible():
        application = _unconfirmed(found, edited(APPLICATION, found, edits), edits)
        check_changes(APPLICATION, found, application)
        application = in_form(APPLICATION, found, application)
        if application.pkce != found.pkce:
            check_application(application)
    _check_confirmed(application)
    if await is_tried(context, found):
        _check_tried(application)
    added = [*gone(application.default_scopes, found.default_scopes)]
    if added:
        check_default_scopes(added, await _apis_of(context, client))
    ends = logout_addresses_end(found, application)
    changed = differences(APPLICATION, found, application, ends)
    if dry_run or not changed.fields:
        return application, changed
    what = f"application:{found.application_id}"
    row = context.audit("application.change", what, changed=changed.fields)
    try:
        await context.store.commit(ChangeApplication(application, found), row)
    except Conflict as conflict:
        if conflict.slug != "application-exists":
            raise
        says = f"Its owner has an application named {application.name!r} already"
        raise NotPossible(conflict.slug, says) from None
    return application, changed


def _check_confirmed(application: Application) -> None:
    """Refuse to vouch for a publisher that is not named; raises NotPossible."""
    if application.publisher_confirmed and not application.publisher:
        says = f"{application.name} names no publisher: there is nothing to confirm"
        raise NotPossible("publisher-missing", says)


def _check_tried(application: Application) -> None:
    """Refuse an address of an application that nobody answers for, but one on the own machine; raises NotPossible.

    Whoever is sent there by our pages would take it for one that somebody registered.
    """
    addresses = (
        *application.redirect_uris,
        *application.post_logout_redirect_uris,
        *application.web_origins,
    )
    for address in addresses:
        try:
            is_own = parse_web_url(address).name in loopback.NAMES
        except BadUrl:
            is_own = False
        if not is_own:
            says = (
                f"{address} is elsewhere, and this application is only tried: until you sign up and keep it, it has "
                "addresses on your own machine alone, such as http://localhost:8080/callback"
            )
            raise NotPossible("sandbox-elsewhere", says)


def _unconfirmed(found: Application, now: Application, edits: Edits) -> Application:
    """What an operator vouched for is confirmed no more where any of it is another."""
    same = all(getattr(now, name) == getattr(found, name) for name in _VOUCHED)
    return (
        now if same or "publisher_confirmed" in edits else replace(now, publisher_confirmed=False)
    )


async def _apis_of(context: ManagementContext, client: Client) -> list[Api]:
    approved = {each.api_id for each in client.subscriptions if each.state == "approved"}
    return [api for api in await list_apis(context) if api.api_id in approved]
