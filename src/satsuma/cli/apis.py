"""`satsuma apis`: protected APIs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from satsuma.cli.context import CommandContext, database_options
from satsuma.cli.output import json_option, show_change, show_listing, show_record
from satsuma.cli.parameters import change_options, edits_of, field_options
from satsuma.management.api_fields import API
from satsuma.management.fields import record_of
from satsuma.management.limit_fields import RATE_NAMES, limits_given
from satsuma_client.cli.whole import Whole

if TYPE_CHECKING:
    from satsuma.domain.apis import Access, Api, LifeCycle, ScopeRule
    from satsuma.management.api_documents import Packed
    from satsuma.management.apis import NewApi
    from satsuma.management.scope_texts import ScopeText

_COLUMNS = ("name", "version", "life_cycle", "upstream", "scopes", "issuers")


@click.group()
def apis() -> None:
    """Manage the APIs behind the gateway."""


@apis.command()
@click.argument("name")
@field_options(
    API,
    "upstream",
    "version",
    "title",
    "scopes",
    "scope_texts",
    "issuers",
    "timeout",
    "forward_authorization",
    *RATE_NAMES,
    "concurrency",
    "max_body",
    "access",
    "description",
    "sandbox",
    "openapi",
    required="upstream",
    says={"title": "What people call it; default is the name."},
)
@json_option
@database_options
def create(
    command: CommandContext,
    name: str,
    upstream: str,
    version: int,
    title: str | None,
    scopes: tuple[ScopeRule, ...],
    scope_texts: tuple[ScopeText, ...],
    issuers: tuple[str, ...],
    timeout: int,
    forward_authorization: bool,
    max_body: int,
    access: Access,
    description: str,
    sandbox: bool,
    openapi: Packed,
    as_json: bool,
    **limits: Any,
) -> None:
    """Create a live API; prints its own credentials, for introspection and the feed."""
    from satsuma.domain.apis import RequestPolicy
    from satsuma.management.apis import NewApi

    new = NewApi(
        name,
        version,
        title or name,
        upstream,
        scopes,
        _known_issuers(command, issuers, is_new=True),
        policy=RequestPolicy(max_body=max_body),
        limits=limits_given(limits),
        timeout=timeout,
        forward_authorization=forward_authorization,
        scope_texts=scope_texts,
        access=access,
        description=description,
        sandbox=sandbox,
        openapi=openapi,
    )
    _create(command, new, as_json)


@apis.command("list")
@json_option
@database_options
def list_(command: CommandContext, as_json: bool) -> None:
    """List APIs by name and version."""
    from satsuma.management.apis import list_apis

    rows = [_record(api) for api in command.run(list_apis)]
    show_listing(rows, _COLUMNS, as_json, "There are no APIs: satsuma apis create")


@apis.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", required=True, help="The name in the API's address.")
@click.option("--version", type=Whole(0, 9999), help="Default: of info.version.")
@click.option("--upstream", metavar="URL", help="Default: the document's first server.")
@field_options(API, "issuers")
@click.option("--replace", is_flag=True, help="Bring an API that exists up to the document.")
@json_option
@database_options
def import_(
    command: CommandContext,
    file: Path,
    name: str,
    version: int | None,
    upstream: str | None,
    issuers: tuple[str, ...],
    replace: bool,
    as_json: bool,
) -> None:
    """Create an API from an OpenAPI 3 document: its scopes and what the gateway asks of a call."""
    from satsuma.gateway.headers import InboundFields
    from satsuma.management.openapi_import import read_document, read_openapi

    inbound = InboundFields(command.settings().withheld_fields)
    imported = read_openapi(
        read_document(file),
        name,
        version,
        upstream,
        _known_issuers(command, issuers, not replace),
        lambda header: bool(inbound.reaching([(header.lower().encode(), b"")])),
    )
    for note in imported.notes:
        click.echo(f"satsuma: left to the API itself: {note}", err=True)
    for bound in imported.bounds:
        click.echo(f"satsuma: refused by the gateway: {bound}", err=True)
    if replace:
        _replace(command, imported.api, as_json)
    else:
        _create(command, imported.api, as_json)


@apis.command()
@click.argument("api", metavar="NAME[:VERSION]")
@change_options(API)
@json_option
@database_options
def change(command: CommandContext, api: str, dry_run: bool, as_json: bool, **asked: Any) -> None:
    """Change an API; what is not named stays. Prints what stops working."""
    from satsuma.management.apis import change_api

    edits = edits_of(API, asked)
    if "issuers" in edits:
        _known_issuers(command, asked["issuers"] + asked["add_issuers"])
    changed, what = command.run(lambda context: change_api(context, api, edits, dry_run))
    _warn_of_forwarding(changed)
    show_change(_record(changed), what, dry_run, as_json)


@apis.command("life-cycle")
@click.argument("api", metavar="NAME[:VERSION]")
@click.argument("state", type=click.Choice(["live", "deprecated", "retired"]))
@json_option
@database_options
def life_cycle(command: CommandContext, api: str, state: LifeCycle, as_json: bool) -> None:
    """Move an API to live, deprecated or retired."""
    from satsuma.management.apis import set_life_cycle

    moved = command.run(lambda context: set_life_cycle(context, api, state))
    show_record(_record(moved) | {"life_cycle": state}, as_json)


def _create(command: CommandContext, new: NewApi, as_json: bool) -> None:
    from satsuma.management.apis import create_api

    api, secret = command.run(lambda context: create_api(context, new), may_create=True)
    _warn_of_forwarding(api)
    show_record(_record(api) | {"resource_secret": secret.reveal()}, as_json)


def _replace(command: CommandContext, new: NewApi, as_json: bool) -> None:
    from satsuma.management.apis import renew_api

    show_record(_record(command.run(lambda context: renew_api(context, new))), as_json)


def _warn_of_forwarding(api: Api) -> None:
    from satsuma.diagnostics.doctor import forwards

    if api.forward_authorization:
        click.echo(f"satsuma: loosened: {forwards(api)}", err=True)


def _known_issuers(
    command: CommandContext, issuers: tuple[str, ...], is_new: bool = False
) -> tuple[str, ...] | None:
    """The issuers that were named, each one that is served; None where none was: a new API trusts the standard one."""
    from satsuma.domain.issuers import STANDARD

    known = [policy.name for policy in command.settings().policies()]
    if is_new and not issuers and STANDARD.name not in known:
        says = f"the standard issuer is not served: name one of {', '.join(known)}"
        raise click.BadParameter(says, None, None, "--issuer")
    for issuer in issuers:
        if issuer not in known:
            raise click.BadParameter(
                f"{issuer!r} is not one of {', '.join(known)}", None, None, "--issuer"
            )
    return issuers or None


def _record(api: Api) -> dict[str, Any]:
    return record_of(API, api)
