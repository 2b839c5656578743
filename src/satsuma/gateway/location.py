"""Redirections: an upstream's own address never leaves the gateway."""

from __future__ import annotations

from typing import Final

from satsuma.http.messages import Field

_REDIRECTS: Final = frozenset({201, 300, 301, 302, 303, 307, 308})
_NAMES: Final = (b"location", b"content-location")


def relocate(fields: list[Field], status: int, upstream: str, public: str) -> list[Field]:
    """Let a Location that names the upstream name the API instead.

    Spec: RFC 9110 §10.2.2.
    """
    if status not in _REDIRECTS:
        return fields
    return [
        (name, _public(value, upstream, public)) if name.lower() in _NAMES else (name, value)
        for name, value in fields
    ]


def _public(value: bytes, upstream: str, public: str) -> bytes:
    start = upstream.rstrip("/")
    path = start.partition("://")[2].partition("/")[2]
    text = value.decode("latin-1")
    for inside in (start, f"/{path}" if path else ""):
        rest = text[len(inside) :]
        if text.startswith(inside) and not rest.startswith("//") and rest[:1] in ("", "/", "?"):
            return (public + rest).encode("latin-1")
    return value
