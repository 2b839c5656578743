"""The form body of a request, read strictly."""

from __future__ import annotations

import re

from satsuma_client.protocol.errors import Malformed

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = {f"{n:02x}".encode(): bytes([n]) for n in range(256)}
_MAX_PARAMETERS = 50


def parse_form(body: bytes) -> dict[str, str]:
    """Read `application/x-www-form-urlencoded` into a dictionary; parameters without a value are left out.

    Raises Malformed for a repeated parameter, a bad percent escape, what is not UTF-8, a NUL, or over 50 parameters.

    Spec: RFC 6749 §3.2, App. B.
    """
    form: dict[str, str] = {}
    if not body:
        return form
    if b"%" in body and _BAD_ESCAPE.search(body):
        raise Malformed("bad-escape")
    pairs = _text(body).split("&")
    if len(pairs) > _MAX_PARAMETERS:
        raise Malformed("too-many-parameters")
    seen: set[str] = set()
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = _decoded(name), _decoded(value)
        if name in seen:
            raise Malformed("repeated-parameter", parameter=name[:40])
        if name:
            seen.add(name)
        if value:
            form[name] = value
    return form


def _decoded(text: str) -> str:
    if "%" not in text:
        return text.replace("+", " ")
    return _text(_unquote(text.encode()))


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
        raise Malformed("nul-character")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Malformed("bad-encoding") from None
