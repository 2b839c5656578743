"""curl's -F: the parts of a form with files, and the body that they make."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.unreadable import Unreadable

_TYPES: Final = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "htm": "text/html",
    "html": "text/html",
    "pdf": "application/pdf",
    "xml": "application/xml",
}
_TEXT_IN_QUOTES: Final = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_QUOTED: Final = re.compile(r'\s*+"((?:[^"\\]|\\.)*+)"\s*+(?=[;,]|\Z)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A field of the form, or a file in it."""

    name: str
    content: str
    filename: str | None = None
    kind: str | None = None
    headers: tuple[str, ...] = ()


def parts_of_option(value: str, ledger: Ledger) -> list[Part]:
    """The parts of one -F; raises Unreadable."""
    name, equals, rest = value.partition("=")
    if not equals:
        raise Unreadable("A part of -F has no name: -F name=content")
    if rest.startswith(("(", ")")) or not name:
        raise Unreadable("Parts within parts (-F '=(...') are not supported")
    if rest[:1] not in ("@", "<"):
        content, options = _content(rest, ";")
        return [_part(name, content, None, _options(options))]
    sign, rest = rest[0], rest[1:]
    found = []
    while True:
        file, rest = _content(rest, ";,")
        options, comma, more = _until_comma(rest)
        given = _options(options)
        content = ledger.file(file)
        base = None if sign == "<" else file.rpartition("/")[2]
        found.append(_part(name, content, base, given))
        if not comma:
            return found
        rest = more


def _part(name: str, content: str, base: str | None, given: dict[str, list[str]]) -> Part:
    filename = given.get("filename", [base])[0]
    kind = given.get("type", [None])[0]
    if kind is None and filename is not None:
        kind = _TYPES.get(filename.rpartition(".")[2].lower(), "application/octet-stream")
    return Part(name, content, filename, kind, tuple(given.get("headers", [])))


def _content(text: str, ends: str) -> tuple[str, str]:
    """A value, in quotes or up to a sign that ends it."""
    quoted = _QUOTED.match(text)
    if quoted is not None and (text[quoted.end() : quoted.end() + 1] in (*ends, "")):
        return re.sub(r'\\(["\\])', r"\1", quoted[1]), text[quoted.end() :]
    end = min((at for at in map(text.find, ends) if at >= 0), default=len(text))
    return text[:end], text[end:]


def _until_comma(rest: str) -> tuple[str, bool, str]:
    at, ends = 0, True
    while at < len(rest):
        quoted = _TEXT_IN_QUOTES.match(rest, at) if ends and rest[at] == '"' else None
        # Where one quote does not end, none behind it does.
        ends = ends and (quoted is not None or rest[at] != '"')
        if quoted is not None:
            at = quoted.end()
        elif rest[at] == ",":
            return rest[:at], True, rest[at + 1 :]
        else:
            at += 1
    return rest, False, ""


def _options(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    while text.startswith(";"):
        name, equals, text = text[1:].partition("=")
        name = name.strip()
        if not equals or name not in ("type", "filename", "headers"):
            raise Unreadable("Of a part's own options type=, filename= and headers= are read")
        value, text = _content(text, ";")
        while name == "type" and text.startswith(";") and not _begins_option(text):
            more, text = _content(text[1:], ";")
            value += ";" + more
        if value.startswith(("@", "<")) and name == "headers":
            raise Unreadable("Headers of a part that stand in a file are not known here")
        found.setdefault(name, []).append(value)
    return found


def _begins_option(text: str) -> bool:
    return re.match(r";\s*(?:type|filename|headers|encoder)=", text) is not None


def body_of(parts: list[Part], backslashes: bool) -> tuple[str, str]:
    """The body and its boundary, which is the same each time.

    Spec: RFC 7578 §4.
    """
    boundary = "satsuma" + hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
    lines = []
    for part in parts:
        head = f'Content-Disposition: form-data; name="{_escaped(part.name, backslashes)}"'
        if part.filename is not None:
            head += f'; filename="{_escaped(part.filename, backslashes)}"'
        head += f"\r\nContent-Type: {part.kind}" if part.kind else ""
        head += "".join(f"\r\n{header}" for header in part.headers)
        lines.append(f"--{boundary}\r\n{head}\r\n\r\n{part.content}\r\n")
    return "".join(lines) + f"--{boundary}--\r\n", boundary


def _escaped(text: str, backslashes: bool) -> str:
    if backslashes:
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
