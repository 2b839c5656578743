"""Redirect URIs: exact, but for the port of a native client's loopback address."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

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
    if parts.scheme != "http" or parts.hostname not in loopback.LITERALS or "@" in parts.netloc:
        return None
    bare = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    if parts.netloc not in (bare, f"{bare}:{port}"):
        return None
    return parts.hostname or "", parts.path, parts.query, parts.fragment


def registered_match(given: str, registered: tuple[str, ...], native: bool) -> bool:
    """Say whether a redirect URI matches any of those registered."""
    return any(matches(given, each, native) for each in registered)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Add response parameters to a redirect URI's query, keeping what stands there.

    Spec: RFC 6749 §3.1.2, §4.1.2.
    """
    parts = urlsplit(uri)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([*kept, *parameters.items()])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, parts.fragment))
