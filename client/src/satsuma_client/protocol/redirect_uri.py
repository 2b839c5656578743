"""Redirect URIs: exact, but for the port of a native client's loopback address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlencode

from satsuma_client.protocol import loopback

_LITERALS: Final = "|".join(
    re.escape(f"[{each}]" if ":" in each else each) for each in loopback.LITERALS
)
_LOOPBACK: Final = re.compile(rf"(http://(?:{_LITERALS}))(?::([1-9][0-9]{{0,4}}))?([/?][!-~]*)?\Z")


def matches(given: str, registered: str, native: bool) -> bool:
    """Say whether a redirect URI is the registered one.

    Only for a public native client may the port differ, and only for plain http on a loopback literal: every other
    character is the same.

    Spec: RFC 9700 §2.1; RFC 8252 §7.3.
    """
    if given == registered:
        return True
    if not native:
        return False
    return _without_port(given) == _without_port(registered) is not None


def _without_port(uri: str) -> tuple[str, str] | None:
    found = _LOOPBACK.match(uri)
    if found is None or (found[2] and int(found[2]) > 65535):
        return None
    return found[1], found[3]


def registered_match(given: str, registered: tuple[str, ...], native: bool) -> bool:
    """Say whether a redirect URI matches any of those registered."""
    return any(matches(given, each, native) for each in registered)


def with_parameters(uri: str, parameters: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """Add parameters to the query of a URI, keeping every character that stands there.

    Spec: RFC 6749 §3.1.2, §4.1.2.
    """
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    bare, hash_, fragment = uri.partition("#")
    if "?" not in bare:
        bare += "?"
    elif not bare.endswith(("?", "&")):
        bare += "&"
    return bare + urlencode(list(pairs)) + hash_ + fragment
