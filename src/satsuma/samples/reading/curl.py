"""A curl command, read as curl reads it: what it would send, and nothing of it is sent or run."""

from __future__ import annotations

import datetime
import email.utils
import itertools
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from satsuma.samples.reading import bash, windows
from satsuma.samples.reading.address import read_address, with_query
from satsuma.samples.reading.arguments import Given, given_options
from satsuma.samples.reading.bash import Command
from satsuma.samples.reading.bounds import MOST_GIVEN, Bounds
from satsuma.samples.reading.commands import begin_of, document_of
from satsuma.samples.reading.globbing import MOST, expanded
from satsuma.samples.reading.ledger import Kind, Ledger
from satsuma.samples.reading.marks import has_mark, mark, pieces
from satsuma.samples.reading.multipart import Part, body_of, parts_of_option
from satsuma.samples.reading.reading import Reading, reading_of
from satsuma.samples.reading.unreadable import Unreadable, unreadable_at
from satsuma.samples.reading.wire import FORM, Wire

Shell = Literal["bash", "cmd", "powershell"]
LONGEST: Final = 16 * 1024
UNTYPED: Final = (
    "curl names no type of what it uploads; clients would say a form, so the program says a stream."
)
_SPLIT: Final[dict[Shell, Callable[[str], list[Command]]]] = {
    "bash": bash.split,
    "cmd": windows.split_cmd,
    "powershell": windows.split_powershell,
}


def read_curl(text: str, shell: Shell = "bash") -> Reading:
    """What the curl commands of a text send; raises Unreadable, a ValueError with a sentence and its place.

    The text is not run, kept or logged, and what is secret in it is in the reading by name alone.
    """
    return read_with_ledger(text, shell)[0]


def read_with_ledger(text: str, shell: Shell = "bash") -> tuple[Reading, Ledger]:
    """The reading with the book that knows what was pasted; for tests, which compare it with what curl sends."""
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Unreadable(f"A command of more than {LONGEST // 1024} KB is not read")
    if has_mark(text) or "\0" in text or any(0xD800 <= ord(sign) < 0xE000 for sign in text):
        raise Unreadable("The text has signs that stand for no character")
    ledger = Ledger()
    commands = _SPLIT[shell](text)
    senders: list[_Sender] = []
    read = 0
    for number, command in enumerate(commands):
        begin = begin_of(command)
        if begin is None:
            continue
        read += 1
        before = commands[number - 1] if command.piped and number else None
        senders += _senders(text, command, begin, document_of(command, before), ledger)
        _count(senders)
    if not read:
        raise Unreadable("There is no curl command in the text")
    bounds = Bounds()
    wires = [bounds.take(wire) for sender in senders for wire in sender.all(bounds)]
    return reading_of(wires, ledger), ledger


def _count(senders: list[_Sender]) -> None:
    """Refuse what would be too many requests, before one of them is built."""
    count = 0
    for sender in senders:
        for url, upload in sender.pairs():
            count += len(sender.globbed(url)) * len(sender.globbed(upload))
            if count > MOST:
                raise Unreadable(f"More than {MOST} requests in one text")


@dataclass(slots=True)
class _Group:
    """The options between two --next."""

    urls: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    method: str | None = None
    data: list[str] = field(default_factory=list)
    is_json: bool = False
    has_data: bool = False
    parts: list[Part] = field(default_factory=list)
    has_parts: bool = False
    headers: list[str] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)
    query: list[str] = field(default_factory=list)
    text: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def _senders(
    text: str, command: Command, begin: int, document: str | None, ledger: Ledger
) -> list[_Sender]:
    def fault(sentence: str, word: int) -> Unreadable:
        at = begin + word
        if at < len(command.places):
            return unreadable_at(text, command.places[at], sentence)
        return Unreadable(f"{sentence} (word {at + 1})")

    words = command.words[begin:]
    reader = _Reader(ledger, document, command.file)
    options = list(given_options(words, fault, document))
    # Where -G stands does not matter to curl.
    reader.flags_to_come = {given.option.name for given in options}
    for given in options:
        try:
            reader.take(given)
        except Unreadable as problem:
            raise problem if problem.line else fault(problem.sentence, given.word) from None
    return [_Sender(group, ledger, reader.content) for group in reader.groups if group.urls]


class _Reader:
    """Takes one option after another, as curl does."""

    def __init__(self, ledger: Ledger, document: str | None, file: str | None) -> None:
        self.ledger = ledger
        self.document = document
        self.file = file
        self.groups = [_Group()]
        self.flags_to_come: set[str] = set()
        self.bounds = Bounds(MOST_GIVEN, "More than {} fields, parts and headers in one command")

    @property
    def group(self) -> _Group:
        return self.groups[-1]

    def take(self, given: Given) -> None:
        option, value, group = given.option, given.value, self.group
        if option.verdict == "refused":
            raise Unreadable(f"--{option.name} is not supported. {option.sentence}")
        if option.verdict == "left out":
            self.ledger.note(f"--{option.name}: {option.sentence}")
        elif option.verdict == "read":
            self._read(option.name, value, group)

    def _read(self, name: str, value: str, group: _Group) -> None:
        if name in ("data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json"):
            self._data(name, value, group)
        elif name == "url-query":
            added = value[1:] if value.startswith("+") else self._urlencoded(value)
            self.bounds.add(1, added)
            group.query.append(added)
        elif name == "form":
            parts = parts_of_option(value, self.ledger)
            self.bounds.add(len(parts) + sum(len(part.headers) for part in parts))
            group.parts += parts
        elif name == "form-string":
            field_name, equals, content = value.partition("=")
            if not equals:
                raise Unreadable("A part of --form-string has no name")
            self.bounds.add(1)
            group.parts.append(Part(field_name, content))
        elif name == "cookie":
            self._cookie(value, group)
        elif name == "header":
            if value.startswith("@"):
                raise Unreadable("Headers that stand in a file are not known here")
            self.bounds.add(1)
            group.headers.append(value)
        elif name == "next":
            self.groups.append(_Group())
        elif name == "compressed":
            group.flags.add(name)
            self.ledger.note(
                "--compressed: clients ask for a compressed answer by themselves, and unpack it."
            )
        else:
            self._other(name, value, group)

    def _other(self, name: str, value: str, group: _Group) -> None:
        if name == "url":
            group.urls.append(value)
        elif name == "upload-file":
            group.uploads.append(value)
        elif name == "request":
            if not value.isascii() or not value.replace("-", "").isalnum():
                raise Unreadable("The method is none")
            group.method = value
        elif name == "continue-at":
            if value == "-":
                raise Unreadable("Where a file goes on (-C -) is not known here")
            group.text["range"] = f"{value}-"
        elif name == "time-cond":
            group.text[name] = _date(value)
        elif name in ("get", "head", "globoff", "path-as-is", "form-escape", "basic"):
            group.flags.add(name)
        else:
            group.text[name] = value

    def _data(self, name: str, value: str, group: _Group) -> None:
        group.has_data = True
        if name == "data-urlencode":
            added = self._urlencoded(value, form=True)
        elif value.startswith("@") and name != "data-raw":
            kind: Kind = "stripped" if name in ("data", "data-ascii") else "whole"
            added = self.content(value[1:], kind)
        else:
            added = value
        self.bounds.add(1, added)
        if name == "json":
            group.is_json = True
            group.data = [group.data[-1] + added] if group.data else [added]
        else:
            group.data.append(added)

    def content(self, file: str, kind: Kind) -> str:
        """What stands in a file, where the text says it, or its mark."""
        if file == "-" and self.document is not None:
            content = self.document
            if kind == "stripped":
                return content.replace("\r", "").replace("\n", "")
            return content
        if file == "-" and self.file is not None:
            file = self.file
        return self.ledger.file(file, kind)

    def _urlencoded(self, value: str, form: bool = False) -> str:
        name, equals, content = value.partition("=")
        if not equals:
            name, at, file = value.partition("@")
            # A program encodes the value of a pair by itself, and nothing else.
            paired = form and at and name and "get" not in self.flags_to_come
            content = self.content(file, "whole" if paired else "encoded") if at else value
            name = name if at else ""
        if has_mark(content) and (not form or "get" in self.flags_to_come) and equals:
            self.ledger.note("A variable stands in the address: set it percent-encoded.")
        encoded = _encoded(content)
        return f"{name}={encoded}" if name else encoded

    def _cookie(self, value: str, group: _Group) -> None:
        if "=" in value or has_mark(value):
            self.bounds.add(1)
            group.cookies.append(value)
        else:
            self.ledger.note("-b: the cookies of a file are not known here, and are left out.")


def _encoded(content: str) -> str:
    return "".join(
        mark(piece) if is_name else urllib.parse.quote_plus(piece, safe="~")
        for piece, is_name in pieces(content)
    )


def _date(value: str) -> str:
    sign = "-" if value.startswith("-") else ""
    try:
        when = email.utils.parsedate_to_datetime(value.removeprefix("-"))
    except (ValueError, TypeError):
        raise Unreadable("The time of -z is none that is known here") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return sign + email.utils.format_datetime(when.astimezone(datetime.UTC), usegmt=True)


class _Sender:
    """What a group of options sends."""

    def __init__(self, group: _Group, ledger: Ledger, content: Callable[[str, Kind], str]) -> None:
        self.group = group
        self.content = content
        self.ledger = ledger
        self.removed: set[str] = set()
        self.custom: list[tuple[str, str]] = []
        self.data = "&".join(group.data)
        self.multipart = body_of(group.parts, "form-escape" in group.flags)
        for line in group.headers:
            self._header(line)

    def _header(self, line: str) -> None:
        name, colon, value = line.partition(":")
        empty, semicolon, _ = line.partition(";")
        if colon and value.strip():
            self.custom.append((name.strip(), value.strip()))
        elif colon:
            self.removed.add(name.strip().lower())
            self.ledger.note(
                "A header is taken away (-H 'Name:'): a client may still send its own of that name."
            )
        elif semicolon and not line[len(empty) + 1 :].strip():
            self.custom.append((empty.strip(), ""))

    def pairs(self) -> Iterator[tuple[str, str | None]]:
        """Each address as it was given, with what is uploaded to it."""
        return itertools.zip_longest(self.group.urls, self.group.uploads[: len(self.group.urls)])

    def globbed(self, text: str | None) -> list[str | None]:
        """What an address or a file stands for."""
        return [text] if text is None or "globoff" in self.group.flags else [*expanded(text)]

    def all(self, bounds: Bounds) -> Iterator[Wire]:
        """Each request in turn, its address measured before it is looked at."""
        for url, upload in self.pairs():
            for file in self.globbed(upload):
                for each in self.globbed(url):
                    bounds.add(0, each or "")
                    yield self._wire(each or "", file)

    def _wire(self, url: str, upload: str | None) -> Wire:
        group = self.group
        scheme = group.text.get("proto-default")
        address = read_address(url, scheme, "path-as-is" in group.flags)
        target = address.url
        in_query = "get" in group.flags
        body = self.data if group.has_data and not in_query else None
        if in_query and group.has_data:
            target = with_query(target, self.data)
        else:
            target = with_query(target, "&".join(group.query))
        if upload is not None:
            target, body = self._upload(target, upload)
        wire = Wire(self._method(body, upload), target, list(self.custom), body=body)
        if group.parts:
            self._multipart(wire)
        self._defaults(wire, upload)
        self._who_asks(wire, address.user)
        return wire

    def _method(self, body: str | None, upload: str | None) -> str:
        group = self.group
        kinds = (body is not None and upload is None, bool(group.parts), "head" in group.flags)
        if sum(kinds) > 1:
            raise Unreadable("Of -d, -F and -I a command has one")
        implied = "PUT" if upload is not None else "POST" if kinds[0] or kinds[1] else "GET"
        return group.method or ("HEAD" if kinds[2] else implied)

    def _upload(self, target: str, upload: str) -> tuple[str, str]:
        file = upload
        path, question, query = target.partition("?")
        if path.endswith("/") and file not in ("-", "."):
            path += urllib.parse.quote(file.rpartition("/")[2], safe="")
        content = self.content("-" if file == "." else file, "whole")
        return path + question + query, content

    def _multipart(self, wire: Wire) -> None:
        wire.body, boundary = self.multipart
        own = wire.named("content-type")
        kind = own if own is not None and "multipart" not in own else "multipart/form-data"
        kind = own if own is not None and "multipart/form-data" in own else kind
        wire.drop("content-type")
        wire.headers.append(("Content-Type", f"{kind}; boundary={boundary}"))

    def _defaults(self, wire: Wire, upload: str | None) -> None:
        """The headers that curl adds where nobody named them."""
        group = self.group
        json = group.is_json
        added = [("Accept", "application/json" if json else "*/*")]
        if wire.body is not None and not group.parts and upload is None:
            added.append(("Content-Type", "application/json" if json else FORM))
        if upload is not None and wire.named("content-type") is None:
            wire.headers.append(("Content-Type", "application/octet-stream"))
            self.ledger.note(UNTYPED)
        added += [("User-Agent", group.text.get("user-agent", ""))]
        added += [("Referer", group.text.get("referer", "").removesuffix(";auto"))]
        added += [("Cookie", "; ".join(cookie.strip("; ") for cookie in group.cookies))]
        if "range" in group.text and wire.method in ("GET", "HEAD"):
            added.append(("Range", f"bytes={group.text['range']}"))
        date = group.text.get("time-cond", "")
        name = "If-Unmodified-Since" if date.startswith("-") else "If-Modified-Since"
        added.append((name, date.removeprefix("-")))
        for name, value in added:
            named = wire.named(name.lower()) is not None or name.lower() in self.removed
            if value and not named:
                wire.headers.append((name, value))
        if "compressed" in group.flags:
            wire.drop("accept-encoding")

    def _who_asks(self, wire: Wire, user: tuple[str, str] | None) -> None:
        group = self.group
        if wire.named("authorization") is not None or "authorization" in self.removed:
            return
        if "oauth2-bearer" in group.text:
            wire.headers.append(("Authorization", f"Bearer {group.text['oauth2-bearer']}"))
        elif "user" in group.text:
            name, colon, password = group.text["user"].partition(":")
            if not colon:
                self.ledger.note("-u has no password: curl would ask for it.")
                password = self.ledger.hide("?", "SECRET", "The password of the user")
            wire.basic = (name, password)
        elif user is not None:
            wire.basic = user
