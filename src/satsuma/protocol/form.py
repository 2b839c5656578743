"""The form body of a request, read strictly."""

from __future__ import annotations

import re

from satsuma.protocol import names
from satsuma.protocol.errors import Refused

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = {f"{n:02x}".encode(): bytes([n]) for n in range(256)}
_MAX_PARAMETERS = 50


def parse_form(body: bytes) -> dict[str, str]:
    """Read `application/x-www-form-urlencoded` into a dictionary; parameters without a value are left out.

    Raises Refused for a repeated parameter, a bad percent escape, what is not UTF-8, a NUL, or over 50 parameters.

    Spec: RFC 6749 §3.2, App. B.
    """
    form: dict[str, str] = {}
    if not body:
        return form
    pairs = body.split(b"&")
    if len(pairs) > _MAX_PARAMETERS:
        raise Refused(names.TOO_MANY_PARAMETERS)
    plain = b"%" not in body and b"+" not in body
    if not plain and _BAD_ESCAPE.search(body):
        raise Refused(names.BAD_ESCAPE)
    seen: set[str] = set()
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        if not plain:
            name, value = _unquote(name), _unquote(value)
        key = _text(name)
        if key in seen:
            raise Refused(names.REPEATED_PARAMETER, parameter=key[:40])
        if key:
            seen.add(key)
        if value:
            form[key] = _text(value)
    return form


def unquote_plus(text: bytes) -> bytes:
    """Undo form encoding of one value; a bad escape is left as it stands.

    Spec: RFC 6749 App. B.
    """
    return _unquote(text)


def _unquote(text: bytes) -> bytes:
    text = text.replace(b"+", b" ")
    if b"%" not in text:
        return text
    return _ESCAPE.sub(lambda found: _BYTES[found[1].lower()], text)


def _text(value: bytes) -> str:
    if b"\x00" in value:
        raise Refused(names.NUL_CHARACTER)
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Refused(names.BAD_ENCODING) from None
