"""`satsuma apps`: applications, their credentials and subscriptions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options, now
from satsuma.cli.output import json_option, show_change, show_listing, show_record
from satsuma.cli.parameters import DURATION, change_options, edits_of, field_options
from satsuma.management.fields import APPLICATION, record_of

if TYPE_CHECKING:
    from satsuma.domain.apis import Api
    from satsuma.domain.applications import Application, Client
    from satsuma.management.applications import Credentials
    from satsuma.management.context import ManagementContext


@click.group()
def apps() -> None:
    """Manage applications; APPLICATION is an Application ID or a client_id."""


@apps.command()
@click.argument("name")
@click.option("--owner", metavar="EMAIL", required=True, help="The account that owns it.")
@click.option(
    "--api", "apis", metavar="NAME[:VERSION]", multiple=True, help="Subscribe it, approved."
)
@field_options(
    APPLICATION,
    "redirect_uris",
    "web_origins",
    "public",
    "id_token_signed_response_alg",
    "description",
    "default_scopes",
    "pkce",
    "access_token_format",
    "access_token_signing_alg",
    "post_logout_redirect_uris",
)
@json_option
@database_options
def create(command: CommandContext, as_json: bool, **asked: Any) -> None:
    """Create an application and print its credentials."""
    from satsuma.management.applications import create_application

    made = command.run(lambda context: create_application(context, **asked))
    show_record(credentials_record(made), as_json)
    _warn_of_origins(asked["public"], asked["web_origins"])
    _warn_of_pkce(made.application)


@apps.command()
@click.argument("application")
@change_options(APPLICATION)
@json_option
@database_options
def change(
    command: CommandContext, application: str, dry_run: bool, as_json: bool, **asked: Any
) -> None:
    """Change an application; what is not named stays. Prints what stops working."""
    from satsuma.management.application_changes import change_application

    edits = edits_of(APPLICATION, asked)
    changed, what = command.run(
        lambda context: change_application(context, application, edits, dry_run)
    )
    show_change(_application_record(changed), what, dry_run, as_json)
    _warn_of_origins(changed.public, "web_origins" in what.fields and changed.web_origins)
    if "pkce" in what.fields:
        _warn_of_pkce(changed)


@apps.command("list")
@click.option("--owner", metavar="EMAIL", help="Only those of this account.")
@json_option
@database_options
def list_(command: CommandContext, owner: str | None, as_json: bool) -> None:
    """List applications."""
    from satsuma.management.applications import list_applications

    found = command.run(lambda context: list_applications(context, owner))
    rows = [_application_record(application) for application in found]
    columns = ("application_id", "name", "client_id", "state", "public", "created_at")
    show_listing(rows, columns, as_json, "There are no applications: satsuma apps create")


@apps.command()
@click.argument("application")
@click.option("--secret", is_flag=True, help="Also print the client_secret; this is audited.")
@json_option
@database_options
def show(command: CommandContext, application: str, secret: bool, as_json: bool) -> None:
    """Show an application, its secrets' lives and its subscriptions."""
    from satsuma.management.apis import list_apis
    from satsuma.management.applications import find_client, show_credentials
    from satsuma.management.plans import list_plans

    async def read(context: ManagementContext) -> dict[str, Any]:
        client = await find_client(context, application)
        apis = {api.api_id: api for api in await list_apis(context)}
        plans = {plan.plan_id: plan.name for plan in await list_plans(context)}
        record = _client_record(client, apis, plans)
        if secret:
            record |= credentials_record(await show_credentials(context, application))
        return record

    show_record(command.run(read), as_json)


@apps.command()
@click.argument("application")
@click.option(
    "--overlap",
    type=DURATION,
    default="0s",
    show_default=True,
    help="How long the present secret still works, such as 7d.",
)
@click.option("--tokens", is_flag=True, help="Also end every token made so far.")
@json_option
@database_options
def renew(
    command: CommandContext, application: str, overlap: timedelta, tokens: bool, as_json: bool
) -> None:
    """Give an application a new secret and print it."""
    from satsuma.management.applications import renew_secret

    renewed = command.run(lambda context: renew_secret(context, application, overlap, tokens))
    if not as_json:
        ends = f"until {now() + overlap:%Y-%m-%d %H:%M:%S} UTC" if overlap else "no more"
        click.echo(f"The former secret works {ends}.", err=True)
    show_record(credentials_record(renewed), as_json)


@apps.command()
@click.argument("application")
@json_option
@database_options
def revoke(command: CommandContext, application: str, as_json: bool) -> None:
    """Revoke an application for good, with every token it has."""
    from satsuma.management.applications import revoke_application

    revoked = command.run(lambda context: revoke_application(context, application))
    show_record(_application_record(revoked) | {"state": "revoked"}, as_json)


@apps.command()
@click.argument("application")
@json_option
@database_options
def block(command: CommandContext, application: str, as_json: bool) -> None:
    """Block an application until `unblock`."""
    _set_state(command, application, "blocked", as_json)


@apps.command()
@click.argument("application")
@json_option
@database_options
def unblock(command: CommandContext, application: str, as_json: bool) -> None:
    """Make a blocked or pending application active."""
    _set_state(command, application, "active", as_json)


@apps.command()
@click.argument("application")
@click.argument("api", metavar="NAME[:VERSION]")
@click.option(
    "--plan",
    metavar="PLAN",
    help="By whose limits; none: the API's own. Default: as it has them.",
)
@click.option(
    "--approved/--pending",
    default=None,
    help="Default: approved, unless its plan needs approval; `subscriptions approve` ends the waiting.",
)
@json_option
@database_options
def subscribe(
    command: CommandContext,
    application: str,
    api: str,
    plan: str | None,
    approved: bool | None,
    as_json: bool,
) -> None:
    """Subscribe an application to an API; also takes back an `unsubscribe`, or gives another plan."""
    from satsuma.management.subscriptions import put_subscription

    made = command.run(
        lambda context: put_subscription(context, application, api, plan, approved=approved)
    )
    if made.is_cut:
        click.echo("stops: its calls are refused until the subscription is approved", err=True)
    record = {"application": application, "api": api, "state": made.subscription.state}
    show_record(record | {"plan": None if made.plan is None else made.plan.name}, as_json)


@apps.command()
@click.argument("application")
@click.argument("api", metavar="NAME[:VERSION]")
@json_option
@database_options
def unsubscribe(command: CommandContext, application: str, api: str, as_json: bool) -> None:
    """Revoke an application's subscription to an API."""
    from satsuma.management.subscriptions import set_subscription

    command.run(lambda context: set_subscription(context, application, api, "revoked"))
    show_record({"application": application, "api": api, "state": "revoked"}, as_json)


def _warn_of_origins(public: bool, web_origins: Any) -> None:
    if web_origins and not public:
        click.echo(
            "satsuma: loosened: pages of this confidential application's origins may use its secret; "
            "an application that runs in a browser should be --public.",
            err=True,
        )


def _warn_of_pkce(application: Application) -> None:
    from satsuma.diagnostics.doctor_stored import leaves_pkce_out
    from satsuma.domain.applications import LOOSE_PKCE

    if application.pkce in LOOSE_PKCE:
        click.echo(f"satsuma: loosened: {leaves_pkce_out(application)}", err=True)


def _set_state(command: CommandContext, application: str, state: Any, as_json: bool) -> None:
    from satsuma.management.applications import set_state

    changed = command.run(lambda context: set_state(context, application, state))
    show_record(_application_record(changed) | {"state": state}, as_json)


def credentials_record(credentials: Credentials) -> dict[str, Any]:
    """What an owner needs to use an application; holds secrets."""
    secret, header = credentials.client_secret, credentials.authorization_header
    return _application_record(credentials.application) | {
        "client_secret": secret.reveal() if secret else None,
        "authorization_header": header.reveal() if header else None,
    }


def _application_record(application: Application) -> dict[str, Any]:
    return record_of(APPLICATION, application)


def _client_record(client: Client, apis: dict[str, Api], plans: dict[str, str]) -> dict[str, Any]:
    return _application_record(client.application) | {
        "secrets": [
            {
                "secret_id": secret.secret_id,
                "created_at": secret.created_at,
                "expires_at": secret.expires_at,
                "last_used_at": secret.last_used_at,
                "last_used_from": secret.last_used_from,
            }
            for secret in client.secrets
        ],
        "subscriptions": [
            {
                "api": f"{api.name}:{api.version}",
                "state": subscription.state,
                "plan": plans.get(subscription.plan_id or ""),
                "reason": subscription.reason or None,
            }
            for subscription in client.subscriptions
            if (api := apis.get(subscription.api_id))
        ],
    }
