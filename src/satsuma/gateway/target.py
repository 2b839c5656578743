"""Where a call goes: `/{api}/v{n}/...`, read from the raw path and refused where two readers could differ."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from satsuma.domain.api_names import NAME_PATTERN
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.row import ErrorRow

MAX_TARGET: Final = 8192
_UNFOLDINGS = 4

# The ordinary path: no escape, no parameter, no dot segment. Everything else is read with care.
_PLAIN = re.compile(
    rb"/(" + NAME_PATTERN.encode() + rb")/v(0|[1-9][0-9]{0,3})"
    rb"((?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~!$&'()*+,=:@-]*)*)\Z"
)
_HEAD = re.compile(rb"/(" + NAME_PATTERN.encode() + rb")/v(0|[1-9][0-9]{0,3})(?=/|\Z)")
_ADDRESS_CHARACTERS = re.compile(rb"[\x21-\x5b\x5d-\x7e]*\Z")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_VISIBLE = re.compile(rb"[\x21-\x7e]*\Z")
_UNSAFE = re.compile(rb"[\x00-\x1f\x7f\\]")
_PARAMETERS = re.compile(r";[^/]*")
_SLASHES = re.compile(r"/{2,}")


class Target(NamedTuple):
    """The API that a path names, the raw rest below it, and that rest as rules read it.

    `path` is decoded once, without path parameters, and its repeated slashes are one: a rule about `/admin` holds for
    `//admin` and `/;a/admin` too.
    """

    name: str
    version: int
    rest: bytes
    path: str


def parse_target(raw_path: bytes) -> Target | ErrorRow:
    """Read a raw path; the refusing row where it is no API's or could mean another path to an upstream.

    Dot segments are refused however they are escaped, because a client or server between could remove them.

    Spec: RFC 3986 §3.3, §5.2.4; RFC 9110 §4.2.3.
    """
    plain = _PLAIN.match(raw_path)
    if plain is not None:
        name, version, rest = plain.groups()
        path = rest.decode("ascii") or "/"
        return Target(
            name.decode(), int(version), rest, _SLASHES.sub("/", path) if "//" in path else path
        )
    return _parse_with_care(raw_path)


def _parse_with_care(raw_path: bytes) -> Target | ErrorRow:
    head = _HEAD.match(raw_path)
    if head is None:
        return errors.API_UNKNOWN
    rest = raw_path[head.end() :]
    if b"\\" in rest:
        return errors.PATH_UNSAFE
    if not _ADDRESS_CHARACTERS.match(rest) or _BAD_ESCAPE.search(rest):
        return errors.PATH_MALFORMED
    unfolded = unquote_to_bytes(rest)
    try:
        path = unfolded.decode("utf-8")
    except UnicodeDecodeError:
        return errors.PATH_MALFORMED
    if not _is_safe(rest):
        return errors.PATH_UNSAFE
    path = _SLASHES.sub("/", _PARAMETERS.sub("", path)) or "/"
    return Target(head[1].decode(), int(head[2]), rest, path)


def _is_safe(rest: bytes) -> bool:
    """Say whether no reader could find a dot segment or a control character, however often it decodes."""
    for _ in range(_UNFOLDINGS):
        if _UNSAFE.search(rest) or has_dot_segment(rest):
            return False
        unfolded = unquote_to_bytes(rest)
        if unfolded == rest:
            return True
        rest = unfolded
    return False


def has_dot_segment(path: bytes) -> bool:
    """Say whether a segment is `.` or `..`, with or without path parameters behind it.

    Spec: RFC 3986 §3.3.
    """
    return any(
        segment.partition(b";")[0] in (b".", b"..") for segment in path.split(b"/") if segment
    )


def is_safe_query(query: bytes) -> bool:
    """Say whether a query string holds address characters only, so that it can be forwarded untouched.

    Spec: RFC 3986 §3.4.
    """
    return _VISIBLE.match(query) is not None
