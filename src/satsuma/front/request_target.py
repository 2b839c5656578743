"""What a request's target asks for: a path of the host that it names, in one form, or refused."""

from __future__ import annotations

import re
from typing import Final

from satsuma.domain.errors.connection import BAD_REQUEST
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.messages import Field

_ABSOLUTE: Final = re.compile(rb"https?://([^/?#@\\]+)([/?].*)?\Z", re.IGNORECASE | re.DOTALL)
_ASTERISK: Final = b"*"


def is_ordinary(target: bytes) -> bool:
    """Say whether a target is a path and a query and nothing else, as nearly every one is.

    Spec: RFC 9112 §3.2.1.
    """
    return target[:1] == b"/" and b"#" not in target


def in_origin_form(target: bytes, headers: list[Field]) -> tuple[bytes, list[Field]] | ErrorRow:
    """Bring a target that names a host into the ordinary form, with that host in the one Host field.

    What Host says beside it is ignored; where it is missing or repeated, it is left to be refused. A fragment is no
    part of a target, nor is a user of its host.

    Spec: RFC 9112 §3.2, §3.2.2; RFC 9110 §4.2.4.
    """
    if target == _ASTERISK:
        return target, headers
    absolute = _ABSOLUTE.match(target)
    if absolute is None or b"#" in target:
        return BAD_REQUEST
    host, rest = absolute[1], absolute[2] or b"/"
    if rest[:1] == b"?":
        rest = b"/" + rest
    if sum(name == b"host" for name, _ in headers) != 1:
        return rest, headers
    return rest, [(name, host if name == b"host" else value) for name, value in headers]
