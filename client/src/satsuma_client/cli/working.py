"""What the client's commands share: the auth object of a profile, errors in lines, the wire where it is asked for."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from satsuma_client.cli.profiles import Profile

if TYPE_CHECKING:
    from satsuma_client.client.authorization_code import AuthorizationCode
    from satsuma_client.client.client_credentials import ClientCredentials
    from satsuma_client.http.transport import HttpRequest, HttpResponse

    Auth = AuthorizationCode | ClientCredentials


def profile_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The names of profiles that begin so, for a shell that completes them."""
    from satsuma_client.cli.profiles import all_profiles

    try:
        return [name for name in all_profiles() if name.startswith(incomplete)]
    except click.ClickException:
        return []


profile_argument = click.argument("profile", required=False, shell_complete=profile_names)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
trace_option = click.option(
    "--trace", is_flag=True, help="Show each request and answer, without secrets."
)


class Traced:
    """Exchanges, and shows them on standard error, what is secret left out."""

    def __init__(self) -> None:
        from satsuma_client.http.transport import ByUrllib

        self._sending = ByUrllib()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send; raises Unreachable."""
        from satsuma_client.http.curl import as_curl

        click.echo(as_curl(request), err=True)
        answer = self._sending(request)
        kind = (answer.header("content-type") or "no content type").partition(";")[0]
        click.echo(f"-> {answer.status}, {kind}, {len(answer.body)} bytes\n", err=True)
        return answer


def auth_of(profile: Profile, *, trace: bool = False) -> Auth:
    """The auth object of a profile; raises OAuthError, ValueError."""
    from satsuma_client.client.authorization_code import AuthorizationCode
    from satsuma_client.client.client_credentials import ClientCredentials

    more: dict[str, Any] = {"cache": _cache(profile), "transport": Traced() if trace else None}
    if profile.resource:
        more["resource"] = profile.resource
    if (
        profile.api_url or not profile.resource
    ):  # what is said of neither is for the platform itself
        more["api_url"] = profile.api_url or origin_of(profile.issuer)
    told = profile.issuer, profile.client_id, profile.client_secret
    if profile.grant == "client_credentials":
        return ClientCredentials.discover(*told, scope=profile.scope or None, **more)
    if profile.client_secret is None:
        more["token_endpoint_auth_method"] = "none"
    return AuthorizationCode.discover(*told, scope=profile.scope or "openid", **more)


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def person_of(profile: Profile, *, trace: bool = False) -> AuthorizationCode:
    """The auth object of a profile by which a person logs in; raises ClickException for another."""
    from satsuma_client.client.authorization_code import AuthorizationCode

    auth = auth_of(profile, trace=trace)
    if not isinstance(auth, AuthorizationCode):
        raise click.ClickException(
            f"The profile {profile.name} is for an application itself (client_credentials): nobody logs in"
        )
    return auth


def _cache(profile: Profile) -> Any:
    if profile.cache == "keyring":
        from satsuma_client.client.caches.in_keyring import KeyringCache

        return KeyringCache()
    from satsuma_client.client.caches.files import FileCache

    return FileCache()


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Tell what goes wrong in lines, and end with 1."""
    try:
        yield
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.strerror or error}") from None
    except ImportError as error:  # an extra that was not installed: the text says which
        raise click.ClickException(str(error)) from None
    except Exception as error:
        from satsuma_client.http.errors import OAuthError

        if isinstance(error, OAuthError):
            lines = [printable(line) for line in str(error).splitlines()]
            raise click.ClickException("\n".join(lines)) from None
        raise


def show(members: Mapping[str, Any], as_json: bool) -> None:
    """Print the members of one thing."""
    if as_json:
        click.echo(json.dumps(dict(members), indent=2))
        return
    width = max((len(name) for name in members), default=0)
    for name, value in members.items():
        text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        click.echo(f"{name.ljust(width)}  {text}")


def printable(text: str) -> str:
    """A text in which nothing moves the terminal or begins another line, whoever wrote it."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_terminal() -> bool:
    """Say whether a person types at standard input."""
    return sys.stdin is not None and sys.stdin.isatty()
