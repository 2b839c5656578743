"""`satsuma profiles`: what the other commands of this wheel are told by name."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from satsuma_client.cli import profiles as kept
from satsuma_client.cli.working import is_terminal, json_option, show, told


@click.group()
def profiles() -> None:
    """Names for an issuer, a client and a cache."""


@profiles.command()
@click.argument("name")
@click.option("--issuer", required=True, help="The server, as its metadata names it.")
@click.option("--client-id", required=True, help="The application.")
@click.option(
    "--grant",
    type=click.Choice(kept.GRANTS),
    default=kept.GRANTS[0],
    show_default=True,
    help="Whether a person logs in, or the application asks for itself.",
)
@click.option("--scope", default="", help="What is asked for, separated by spaces.")
@click.option("--resource", default="", help="The API that tokens are for, as it names itself.")
@click.option("--api-url", default="", help="Where tokens may go besides.")
@click.option("--cache", type=click.Choice(kept.CACHES), default="file", show_default=True)
@click.option(
    "--secret-env", metavar="NAME", help="The environment variable that holds the secret."
)
@click.option("--secret-stdin", is_flag=True, help="Read the secret from standard input.")
@click.option("--public", is_flag=True, help="The client has no secret.")
def add(name: str, secret_env: str | None, secret_stdin: bool, public: bool, **given: Any) -> None:
    """Keep a profile; the secret is asked for, or comes from standard input or the environment."""
    from satsuma_client.client.client_secret import secrets_of
    from satsuma_client.http.transport import check_url

    with told():
        check_url(given["issuer"])
        secret = None if public else _secret(secret_env, secret_stdin)
        if secret is not None:
            secrets_of(secret)
        if secret is None and given["grant"] == "client_credentials":
            raise ValueError("An application that asks for itself needs a secret")
        kept.put(kept.Profile(name=name, client_secret=secret, **given))
    click.echo(f"Kept in {kept.path()}, readable by you alone", err=True)


@profiles.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the profiles."""
    shown = [profile.shown() for profile in kept.all_profiles().values()]
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    if not shown:
        click.echo(
            "There is none yet: satsuma profiles add NAME --issuer URL --client-id ID", err=True
        )
    for each in shown:
        click.echo(f"{each['name']}  {each['issuer']}  {each['client_id']}  {each['grant']}")


@profiles.command("show")
@click.argument("name")
@json_option
def show_(name: str, as_json: bool) -> None:
    """Show a profile, but for its secret."""
    show(kept.find(name).shown(), as_json)


@profiles.command()
@click.argument("name")
@click.argument("scope")
def scope(name: str, scope: str) -> None:
    """Ask for another scope from now on; an empty one leaves it to the server."""
    from dataclasses import replace

    kept.put(replace(kept.find(name), scope=scope))
    click.echo(f"{name} asks for {scope or 'what the server gives'}", err=True)


@profiles.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a profile; its tokens stay good until `satsuma logout`."""
    kept.remove(name)
    click.echo(f"{name} is forgotten", err=True)


def _secret(variable: str | None, from_stdin: bool) -> str | None:
    """The secret; never from the command line, which others see."""
    if variable is not None:
        found = os.environ.get(variable)
        if not found:
            raise ValueError(f"the environment variable {variable} is empty")
        return found
    if from_stdin:
        return sys.stdin.read().strip() or None
    if not is_terminal():
        return None
    asked: str = click.prompt(
        "Client secret (empty for a public client)", hide_input=True, default="", show_default=False
    )
    return asked.strip() or None
