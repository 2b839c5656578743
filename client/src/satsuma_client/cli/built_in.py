"""`satsuma login URL`: the profile of a server that has a public client for this very program."""

from __future__ import annotations

import re
from typing import Final, TypeGuard
from urllib.parse import urlsplit

from satsuma_client.cli import profiles
from satsuma_client.cli.profiles import Profile

SCOPE: Final = "openid email offline_access satsuma:applications"
"""What our own commands ask for: who logged in, that it lasts, and the person's own applications."""
_NOT_A_NAME: Final = re.compile(r"[^A-Za-z0-9.-]+")


def is_url(said: str | None) -> TypeGuard[str]:
    """Say whether a URL was said in the place of a profile's name, which has no colon."""
    return said is not None and "://" in said


def built_in_profile(url: str) -> Profile:
    """The profile of the server at a URL, kept already or to be kept; raises OAuthError, ValueError.

    The server says by its metadata which client it has for us.
    """
    from satsuma_client.http.discovery import discover
    from satsuma_client.http.transport import ByUrllib
    from satsuma_client.protocol.metadata import COMMAND_LINE_CLIENT

    issuer = url.rstrip("/")
    client_id = discover(issuer, ByUrllib()).more.get(COMMAND_LINE_CLIENT)
    if not isinstance(client_id, str) or not client_id:
        raise ValueError(
            f"{issuer} has no client for this program: its operator switched it off, or it is no Satsuma server. "
            f"Register an application there, then: satsuma profiles add NAME --issuer {issuer} --client-id ID --public"
        )
    known = profiles.all_profiles()
    for each in known.values():
        if (each.issuer, each.client_id) == (issuer, client_id):
            return each
    return Profile(_free_name(issuer, known), issuer, client_id, scope=SCOPE)


def _free_name(issuer: str, taken: dict[str, Profile]) -> str:
    """The server's host as a name, with a number behind it where another profile has that."""
    parts = urlsplit(issuer)
    host = _NOT_A_NAME.sub("-", parts.netloc + parts.path).strip("-.")[:56] or "server"
    return next(
        name for n in range(1, 1000) if (name := host if n == 1 else f"{host}-{n}") not in taken
    )
