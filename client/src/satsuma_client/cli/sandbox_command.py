"""`satsuma sandbox URL`: an application for a day, without an account."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, Final

import click

from satsuma_client.cli.working import json_option, printable, told, trace_option

_PATH: Final = "/satsuma/v1/sandbox"
_SHOWN: Final = (
    "application_id",
    "client_id",
    "client_secret",
    "authorization_header",
    "expires_at",
)


@click.command()
@click.argument("url")
@json_option
@trace_option
def sandbox(url: str, as_json: bool, trace: bool) -> None:
    """Try a platform without an account: an application for a day, and how to call an API with it.

    URL is the platform's address, such as http://127.0.0.1:8400. The secret is shown once. Whoever
    wants to keep an application signs up there.
    """
    with told():
        made = _opened(url, trace=trace)
    if as_json:
        click.echo(json.dumps(made, indent=2))
        return
    width = max(map(len, _SHOWN))
    for name in _SHOWN:
        click.echo(f"{name.ljust(width)}  {printable(str(made.get(name)))}")
    for api in made.get("apis") or ():
        told_api = {str(name): printable(str(text)) for name, text in api.items()}
        click.echo(f"\n# {told_api.get('title') or told_api.get('api')}")
        header = f"Authorization: {printable(str(made.get('authorization_header')))}"
        # Pasted into a shell: what a server sent stays one word of it.
        asking = ["curl", "-d", "grant_type=client_credentials", "-H", header, "--"]
        click.echo(shlex.join([*asking, told_api.get("token_url", "")]))
        calling = ["curl", "-H", "Authorization: Bearer ACCESS_TOKEN", "--"]
        click.echo(shlex.join([*calling, told_api.get("example", "")]))


def _opened(url: str, *, trace: bool) -> Mapping[str, Any]:
    """Ask for a sandbox; raises OAuthError, ValueError."""
    from satsuma_client.cli.working import Traced
    from satsuma_client.http.error_reading import error_of
    from satsuma_client.http.errors import NotOAuth
    from satsuma_client.http.exchange import exchange
    from satsuma_client.http.transport import ByUrllib, HttpRequest
    from satsuma_client.protocol.errors import Malformed
    from satsuma_client.protocol.json_object import parse_object

    request = HttpRequest("POST", _address(url), (("Accept", "application/json"),), b"")
    answer = exchange(Traced() if trace else ByUrllib(), request)
    if answer.status == 404 and not answer.body.startswith(b"{"):
        raise ValueError(f"{url} is no Satsuma platform")
    if answer.status != 201:
        raise error_of(answer, request)
    try:
        return parse_object(answer.body)
    except Malformed as why:
        raise NotOAuth("", f"the answer of the platform cannot be read: {why.slug}") from None


def _address(url: str) -> str:
    """Where sandboxes are opened at a platform; raises ValueError where a secret may not travel."""
    from urllib.parse import urlsplit

    from satsuma_client.http.transport import check_url

    parts = urlsplit(url)
    address = f"{parts.scheme}://{parts.netloc}{_PATH}"
    check_url(address)
    return address
