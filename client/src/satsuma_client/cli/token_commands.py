"""The commands that use a profile's token: get it, show it, call with it, ask about it, end it."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from satsuma_client.cli import profiles
from satsuma_client.cli.built_in import built_in_profile, is_url
from satsuma_client.cli.curl_words import config_line, urls_of
from satsuma_client.cli.working import (
    auth_of,
    is_terminal,
    json_option,
    person_of,
    profile_argument,
    profile_names,
    show,
    told,
    trace_option,
)

_QUIET = click.option("--quiet", is_flag=True, help="Say nothing but what was asked for.")


@click.command()
@click.argument("profile", metavar="[PROFILE|URL]", required=False, shell_complete=profile_names)
@click.option("--no-browser", is_flag=True, help="Open no browser: the address is printed.")
@click.option("--prompt", help="What the server is to ask, such as `login` or `consent`.")
@json_option
@_QUIET
@trace_option
def login(
    profile: str | None,
    no_browser: bool,
    prompt: str | None,
    as_json: bool,
    quiet: bool,
    trace: bool,
) -> None:
    """Log in, in the browser; over SSH the address at which it ends is pasted here.

    The URL of a Satsuma server needs no profile before: it has a client for this program, and the
    profile is made when the login has come to its end.
    """
    with told():
        found = built_in_profile(profile) if is_url(profile) else profiles.find(profile)
        auth = person_of(found, trace=trace)
        more: dict[str, Any] = {"prompt": tuple(prompt.split())} if prompt else {}
        paste = sys.stdin if is_terminal() or no_browser else None
        done = auth.login(
            open_browser=not no_browser and not _is_remote(),
            paste=paste,
            say=lambda text: click.echo(text, err=True),
            **more,
        )
        if is_url(profile):
            profiles.put(found)
            click.echo(f"Kept as the profile {found.name}", err=True)
    if as_json:
        click.echo(json.dumps({"issuer": done.issuer, "claims": dict(done.claims)}, indent=2))
    elif not quiet:
        who = done.claims.get("email") or done.subject or "somebody"
        click.echo(f"Logged in as {who} at {done.issuer}", err=True)


@click.command()
@profile_argument
@trace_option
def logout(profile: str | None, trace: bool) -> None:
    """End the login: its tokens are revoked at the server, and forgotten here."""
    found = profiles.find(profile)
    with told():
        person_of(found, trace=trace).revoke()
    click.echo("Logged out", err=True)


@click.command()
@profile_argument
@json_option
@trace_option
def token(profile: str | None, as_json: bool, trace: bool) -> None:
    """Print a good access token, got if there is none."""
    with told():
        got = auth_of(profiles.find(profile), trace=trace).token()
    if not as_json:
        click.echo(got.access_token.reveal())
        return
    click.echo(
        json.dumps(
            {
                "access_token": got.access_token.reveal(),
                "token_type": got.token_type,
                "expires_at": None if got.expires_at is None else got.expires_at.isoformat(),
                "scope": None if got.scope is None else " ".join(got.scope),
            },
            indent=2,
        )
    )


@click.command()
@profile_argument
@trace_option
def header(profile: str | None, trace: bool) -> None:
    """Print the Authorization field, as other programs take it."""
    with told():
        got = auth_of(profiles.find(profile), trace=trace).token()
    click.echo(f"Authorization: {got.authorization()}")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("profile")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, required=True)
def curl(profile: str, arguments: tuple[str, ...]) -> None:
    """Call with curl and the token, which is not on its command line: satsuma curl PROFILE -- https://..."""
    with told():
        auth = auth_of(profiles.find(profile))
        for url in urls_of(arguments):
            auth.check_origin(url)
        config = config_line(auth.token().authorization())
        import subprocess

        fixed = ["--disable", "--proto", "=https,http", "--noproxy", _no_proxy(), "--config", "-"]
        command = ["curl", *fixed, *arguments]
        try:
            done = subprocess.run(command, input=config, text=True, check=False)  # noqa: S603
        except FileNotFoundError:
            raise ValueError("curl is not installed") from None
    raise SystemExit(done.returncode)


def _no_proxy() -> str:
    """Where no proxy is asked: as the environment says, and never for this machine, where a token goes in clear."""
    said = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    return ",".join([*filter(None, [said]), "localhost", "127.0.0.1", "::1"])


@click.command()
@profile_argument
@json_option
@trace_option
def info(profile: str | None, as_json: bool, trace: bool) -> None:
    """Show what the present token is, and for how long; nothing of it that is secret."""
    found = profiles.find(profile)
    with told():
        got = auth_of(found, trace=trace).token()
        show(
            {
                "profile": found.name,
                "issuer": found.issuer,
                "client_id": found.client_id,
                "expires_at": "not told" if got.expires_at is None else got.expires_at.isoformat(),
                "scope": "as asked for" if got.scope is None else list(got.scope),
                "kind": "JWT" if got.access_token.reveal().count(".") == 2 else "opaque",
            },
            as_json,
        )


@click.command()
@profile_argument
@trace_option
def refresh(profile: str | None, trace: bool) -> None:
    """Get a new token now, in the place of the present one."""
    with told():
        auth = auth_of(profiles.find(profile), trace=trace)
        held = auth.held()
        auth.drop(held)
        got = auth.token()
    until = "not told" if got.expires_at is None else got.expires_at.isoformat()
    click.echo(f"Got a new token, good until {until}", err=True)


@click.command()
@profile_argument
@trace_option
def revoke(profile: str | None, trace: bool) -> None:
    """Revoke the present token, and with a person's its login."""
    with told():
        auth_of(profiles.find(profile), trace=trace).revoke()
    click.echo("Revoked", err=True)


@click.command()
@profile_argument
@json_option
@trace_option
def introspect(profile: str | None, as_json: bool, trace: bool) -> None:
    """Ask the server what it says of the present token."""
    with told():
        show(auth_of(profiles.find(profile), trace=trace).introspect(), as_json)


def _is_remote() -> bool:
    """Over SSH a browser would open where nobody sits."""
    return "SSH_CONNECTION" in os.environ and "DISPLAY" not in os.environ
