"""What must not stand in a program: found in a request, named, and moved to the environment."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from typing import Final

from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.marks import has_mark, only_mark, pieces
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
    r"token|secret|passw|passphrase|signature|api[-_]?key|app[-_]?key|access[-_]?key|private[-_]?key|credential|session|csrf"
    r"|xsrf|cookie|code_verifier|client_assertion"
)
_HEADER: Final = re.compile(r"authorization|auth|api-?key|-key\Z|^key\Z|dsn")
_NO_HEADER: Final = frozenset(("sec-websocket-key", "idempotency-key"))
_TOKEN: Final = re.compile(
    r"eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[A-Z0-9]{16}"
    r"|(?<=/bot)\d{5,}:[A-Za-z0-9_-]{4,}|AIza[A-Za-z0-9_-]{30,}"
)
_PAIR: Final = re.compile(r"(?:(?<=[?&])|\A)([^=&?#]+)=([^&#]+)")
_MEMBER: Final = re.compile(r'"((?:[^"\\]|\\.){1,80})"(\s*:\s*)"((?:[^"\\]|\\.)*)"')
_PART_NAME: Final = re.compile(
    r'(Content-Disposition: form-data; name="([^"]*)"\r\n(?:[^\r]+\r\n)*\r\n)(.*?)(?=\r\n--)', re.S
)
_SHORT: Final = {
    "client_secret": "SECRET",
    "authorization_code": "CODE",
    "code_verifier": "VERIFIER",
}


def is_secret(name: str) -> bool:
    """Whether what a name stands for is for nobody's eyes."""
    plain = name.lower()
    return plain in _EXACT or (_PART.search(plain) is not None and not plain.endswith("_type"))


def hide(wire: Wire, ledger: Ledger) -> None:
    """Move every secret of a request to the environment."""
    _who_asks(wire, ledger)
    wire.headers = [(name, _header(name, value, ledger)) for name, value in wire.headers]
    wire.url = _known(_pairs(wire.url, ledger, "address"), ledger)
    if wire.form is not None:
        wire.form = [(name, _value(name, value, ledger, "form")) for name, value in wire.form]
    if wire.body is not None:
        wire.body = _body(wire.body, ledger)


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


def _header(name: str, value: str, ledger: Ledger) -> str:
    plain = name.lower()
    if plain == "authorization":
        scheme, space, rest = value.partition(" ")
        if not space:
            return ledger.hide(value, "AUTHORIZATION", "The header Authorization")
        return f"{scheme} {ledger.hide(rest, 'AUTHORIZATION', 'The header Authorization')}"
    if (_HEADER.search(plain) or is_secret(plain)) and plain not in _NO_HEADER:
        return ledger.hide(value, name, f"The header {name.title()}"[:80])
    return _known(value, ledger)


def _value(name: str, value: str, ledger: Ledger, where: str) -> str:
    if is_secret(name):
        label = "".join(sign for sign in name if sign.isprintable())[:40]
        return ledger.hide(value, _SHORT.get(name.lower(), name), f"{label} in the {where}")
    return _known(value, ledger)


def _pairs(text: str, ledger: Ledger, where: str) -> str:
    def hidden(found: re.Match[str]) -> str:
        name = urllib.parse.unquote_plus(found[1])
        if not is_secret(name):
            return found[0]
        return f"{found[1]}={_value(name, found[2], ledger, where)}"

    before, question, query = text.partition("?")
    return before + question + _PAIR.sub(hidden, query) if question else text


def _body(text: str, ledger: Ledger) -> str:
    if text.lstrip().startswith(("{", "[")):
        return _known(_MEMBER.sub(lambda found: _member(found, ledger), text), ledger)
    if "Content-Disposition: form-data" in text:
        return _known(_PART_NAME.sub(lambda found: _part(found, ledger), text), ledger)
    if "=" in text:
        return _known(_pairs("?" + text, ledger, "body")[1:], ledger)
    return _known(text, ledger)


def _member(found: re.Match[str], ledger: Ledger) -> str:
    if not is_secret(found[1]):
        return found[0]
    return f'"{found[1]}"{found[2]}"{_value(found[1], found[3], ledger, "body")}"'


def _part(found: re.Match[str], ledger: Ledger) -> str:
    return found[1] + _value(found[2], found[3], ledger, "body")


def _known(text: str, ledger: Ledger) -> str:
    """What is a token by its looks, wherever it stands."""
    return "".join(
        f"\ufdd0{piece}\ufdd1"
        if is_name
        else _TOKEN.sub(
            lambda found: ledger.hide(found[0], "VALUE", "What looks like a token"), piece
        )
        for piece, is_name in pieces(text)
    )
