"""Redirect URIs: exact, but for the port of a native client's loopback address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit

from satsuma_client.protocol import loopback


def matches(given: str, registered: str, native: bool) -> bool:
    """Say whether a redirect URI is the registered one.

    Only for a public native client may the port differ, and only for plain http on a loopback literal.

    Spec: RFC 9700 §2.1; RFC 8252 §7.3.
    """
    if given == registered:
        return True
    if not native:
        return False
    return _without_port(given) == _without_port(registered) is not None


def _without_port(uri: str) -> tuple[str, str, str, str] | None:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or parts.hostname not in loopback.LITERALS:
        return None
    bare = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    if parts.netloc not in (bare, f"{bare}:{port}"):
        return None
    return bare, parts.path, parts.query, parts.fragment


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
