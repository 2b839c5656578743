"""Whether a library sends a request as it is said; where it does not, the request has no program of it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from satsuma.samples import reasons
from satsuma.samples.request import Request, parts_of
from satsuma.samples.sample import Target

_OF_CONNECTION: Final = frozenset(
    ("connection", "content-length", "expect", "host", "keep-alive", "te", "trailer")
) | frozenset(("transfer-encoding", "upgrade", "proxy-connection"))
_OF_FETCH: Final = ("proxy-", "sec-")
_BODILESS: Final = ("GET", "HEAD")


def find_limit(request: Request, row: Target) -> str | None:
    """Why a request has no program of this target; None where it has one."""
    limits = row.limits
    names = Counter(name.lower() for name, _ in request.headers)
    if not limits.any_request:
        return reasons.FLOWS_ONLY
    if limits.methods is not None and request.method not in limits.methods:
        return reasons.METHOD
    if not limits.body_of_get and request.has_body and request.method in _BODILESS:
        return reasons.BODY_OF_GET
    if not limits.type_of_nothing and not request.has_body and "content-type" in names:
        return reasons.TYPE_OF_NOTHING
    if not limits.unknown_host and not isinstance(parts_of(request.url)[0], str):
        return reasons.UNKNOWN_HOST
    return _find_header(request, row, names)


def _find_header(request: Request, row: Target, names: Counter[str]) -> str | None:
    if row.limits.repeats:
        return None
    forbidden = row.limits.headers | _OF_CONNECTION
    if forbidden & set(names) or (row.in_browser and any(n.startswith(_OF_FETCH) for n in names)):
        return reasons.HEADER
    if max(names.values(), default=0) > 1:
        return reasons.HEADER_TWICE
    values = [part for _, value in request.headers for part in parts_of(value)]
    if not all(part.isascii() and part.isprintable() for part in values if isinstance(part, str)):
        return reasons.HEADER_SIGNS
    if "" in [value for _, value in request.headers]:
        return reasons.HEADER_EMPTY
    return None
