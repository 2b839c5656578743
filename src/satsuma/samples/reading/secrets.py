"""What must not stand in a program: found in a request, named, and moved to the environment."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from typing import Final

from satsuma.samples.reading.known_forms import forms_hidden, has_form
from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.marks import has_mark, mark, only_mark, pieces
from satsuma.samples.reading.members import json_hidden, quoted_hidden, xml_hidden
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.reading.wire import Wire

_EXACT: Final = frozenset(
    (
        "key",
        "sig",
        "pwd",
        "pass",
        "pin",
        "otp",
        "code",
        "appid",
        "hash",
        "assertion",
        "sid",
        "jwt",
        "auth",
    )
)
_PART: Final = re.compile(
    r"token|secret|passw|passphrase|signature|api[-_]?key|app[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key|credential|session|csrf"
    r"|xsrf|cookie|code_verifier|client_assertion"
)
_COUNT: Final = re.compile(r"(?:max|min)[a-z_]{0,40}tokens\Z")
_HEADER: Final = re.compile(r"authorization|auth|api-?key|-key\Z|^key\Z|dsn")
_NO_HEADER: Final = frozenset(("sec-websocket-key", "idempotency-key"))
_PAIR: Final = re.compile(r"(?:\A|(?<=[?&;,\s]))([^=&?;#,\s]++)=")
_OF_PATH: Final = re.compile(r"(?<=;)([^=;/]++)=([^;/]++)")
_PART_NAME: Final = re.compile(
    r'^Content-Disposition:[^\r\n]*?;[ ]?name="((?:[^"\\\r\n]|\\.)*+)"',
    re.MULTILINE | re.IGNORECASE,
)
_LIMIT: Final = re.compile(r"^--[^\r\n]+", re.MULTILINE)
_BLANK: Final = re.compile(r"\r?\n\r?\n")
_SHORT: Final = {
    "client_secret": "SECRET",
    "authorization_code": "CODE",
    "code_verifier": "VERIFIER",
}


def is_secret(name: str) -> bool:
    """Whether what a name stands for is for nobody's eyes."""
    plain = name.lower()
    if plain.endswith("_type") or _COUNT.match(plain):
        return False
    return plain in _EXACT or _PART.search(plain) is not None


def hide(wire: Wire, ledger: Ledger) -> None:
    """Move every secret of a request to the environment; raises Unreadable."""
    _check_names(wire)
    _who_asks(wire, ledger)
    wire.headers = [(name, _once_header(name, value, ledger)) for name, value in wire.headers]
    wire.url = ledger.once("address", wire.url, lambda text: _address(text, ledger))
    if wire.form is not None:
        wire.form = [(name, _value(name, value, ledger, "form")) for name, value in wire.form]
    if wire.body is not None:
        wire.body = ledger.once("body", wire.body, lambda text: _body(text, ledger))


def hide_forms(wire: Wire, ledger: Ledger) -> None:
    """Move what has the form of a secret to the environment, whatever it is called; raises Unreadable."""
    _check_names(wire)
    wire.headers = [(name, _looking(value, ledger)) for name, value in wire.headers]
    wire.url = _looking(wire.url, ledger)
    if wire.form is not None:
        wire.form = [(name, _looking(value, ledger)) for name, value in wire.form]
    if wire.body is not None:
        wire.body = _looking(wire.body, ledger)


def _check_names(wire: Wire) -> None:
    """A name is written into the program, so that one which has the form of a secret is refused."""
    names = [
        wire.method,
        *(name for name, _ in wire.headers),
        *(name for name, _ in wire.form or ()),
    ]
    if any(has_form(name) for name in names):
        raise Unreadable("The name of a header or of a field has the form of a secret")


def _who_asks(wire: Wire, ledger: Ledger) -> None:
    value = wire.named("authorization")
    if value is not None:
        scheme, _, rest = value.partition(" ")
        rest = rest.strip()
        if scheme.lower() == "bearer" and rest and (not has_mark(rest) or only_mark(rest)):
            wire.drop("authorization")
            wire.bearer, wire.basic = rest, None
        elif scheme.lower() == "basic" and (pair := _decoded(rest)) is not None:
            wire.drop("authorization")
            wire.basic, wire.bearer = pair, None
    if wire.basic is not None:
        user, password = wire.basic
        if password:
            password = ledger.hide(password, "SECRET", "The password of the user")
        else:
            user = ledger.hide(user, "KEY", "The user, which has no password: it is a key")
        user = _known(user, ledger)
        wire.basic = (user, password)
    if wire.bearer is not None:
        wire.bearer = ledger.hide(wire.bearer, "TOKEN", "The Bearer token")


def _decoded(text: str) -> tuple[str, str] | None:
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    good = bool(colon) and (user + password).isprintable()
    return (user, password) if good else None


def _once_header(name: str, value: str, ledger: Ledger) -> str:
    return ledger.once(f"header {name}", value, lambda text: _header(name, text, ledger))


def _header(name: str, value: str, ledger: Ledger) -> str:
    plain = name.lower()
    if plain == "authorization":
        scheme, space, rest = value.partition(" ")
        if not space:
            return ledger.hide(value, "AUTHORIZATION", "The header Authorization")
        return f"{scheme} {ledger.hide(rest, 'AUTHORIZATION', 'The header Authorization')}"
    if (_HEADER.search(plain) or is_secret(plain)) and plain not in _NO_HEADER:
        return ledger.hide(value, name, f"The header {name.title()}"[:80])
    return _known(_pairs(value, ledger, f"header {name.title()}"[:80]), ledger)


def _secret(name: str, value: str, ledger: Ledger, where: str) -> str:
    name = name[:80]
    label = "".join(sign for sign in name if sign.isprintable())[:40]
    return ledger.hide(value, _SHORT.get(name.lower(), name), f"{label} in the {where}")


def _value(name: str, value: str, ledger: Ledger, where: str) -> str:
    if is_secret(name):
        return _secret(name, value, ledger, where)
    return ledger.once(f"value in {where}", value, lambda text: _text(text, ledger, where))


def _address(text: str, ledger: Ledger) -> str:
    def hidden(found: re.Match[str]) -> str:
        name = urllib.parse.unquote_plus(found[1])
        return (
            f"{found[1]}={_value(name, found[2], ledger, 'address')}"
            if is_secret(name)
            else found[0]
        )

    path, question, query = text.partition("?")
    return _known(_OF_PATH.sub(hidden, path) + question + _pairs(query, ledger, "address"), ledger)


def _pairs(text: str, ledger: Ledger, where: str, ends: str = "&") -> str:
    """The text with the values of telling names hidden, each up to the next pair that is beyond doubt another."""
    found, at = [], 0
    for pair in _PAIR.finditer(text):
        name = urllib.parse.unquote_plus(pair[1])
        if pair.start() >= at and is_secret(name):
            end = text.find(ends, pair.end()) if ends else -1
            end = len(text) if end < 0 else end
            found += [text[at : pair.end()], _value(name, text[pair.end() : end], ledger, where)]
            at = end
    return "".join(found) + text[at:]


def _body(text: str, ledger: Ledger) -> str:
    limit = _LIMIT.search(text) if "content-disposition: form-data" in text.lower() else None
    if limit is None:
        return _text(text, ledger, "body", "&")
    first, *parts = text.split(limit[0])
    return limit[0].join([_known(first, ledger), *(_part(part, ledger) for part in parts)])


def _part(text: str, ledger: Ledger) -> str:
    blank = _BLANK.search(text)
    if blank is None:
        return _known(text, ledger)
    head, rest = text[: blank.start()], text[blank.end() :]
    content = rest.removesuffix("\n").removesuffix("\r")
    named = _PART_NAME.search(head)
    hidden = _value(named[1] if named else "", content, ledger, "body")
    return _known(head, ledger) + blank[0] + hidden + rest[len(content) :]


def _text(text: str, ledger: Ledger, where: str, ends: str = "") -> str:
    """A text as what it looks like: JSON, XML, or pairs; and what is a token by its looks."""

    def hidden(name: str, value: str) -> str:
        return _secret(name, value, ledger, where)

    begins = text.lstrip()[:1]
    if begins in ("{", "["):
        return _known(json_hidden(text, is_secret, hidden), ledger)
    if begins == "<":
        return _known(xml_hidden(text, is_secret, hidden), ledger)
    return _known(_pairs(text, ledger, where, ends), ledger)


def _known(text: str, ledger: Ledger) -> str:
    """What is a secret by its looks, or stands in quotes behind a telling name, wherever in a text that is."""

    def member(name: str, value: str) -> str:
        return _secret(name, value, ledger, "text")

    return _looking(quoted_hidden(text, is_secret, member), ledger)


def _looking(text: str, ledger: Ledger) -> str:
    """What is a secret by its looks alone, wherever it stands."""

    def looks(value: str) -> str:
        return ledger.hide(value, "VALUE", "What looks like a token")

    return "".join(
        mark(piece) if is_name else forms_hidden(piece, looks) for piece, is_name in pieces(text)
    )
