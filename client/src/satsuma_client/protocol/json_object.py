"""The JSON object of a message: bounded, each member once and of its type."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.scope import parse_scope
from satsuma_client.protocol.secret import Secret

MAX_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 2**53 - 1
"""The largest whole number that every JSON reader takes exactly."""


def parse_object(body: bytes, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Read one JSON object; raises Malformed for anything else.

    A name that stands twice is refused at every depth: readers differ in which of the two they take.

    Spec: RFC 8259 §4, §8.1, §9.
    """
    if len(body) > max_bytes:
        raise Malformed("message-too-large", length=len(body))
    try:
        found = json.loads(
            body.decode(),
            object_pairs_hook=_each_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise Malformed("bad-encoding") from None
    except RecursionError:
        raise Malformed("json-too-deep") from None
    except ValueError:
        raise Malformed("json-malformed", length=len(body)) from None
    if not isinstance(found, dict):
        raise Malformed("json-not-object")
    _check_depth(found)
    return found


def render_object(members: Mapping[str, Any]) -> bytes:
    """Write one JSON object, without those members that are None.

    Spec: RFC 8259 §4.
    """
    return json.dumps(members, separators=(",", ":"), allow_nan=False).encode()


def present(known: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The known members that have a value, tuples as lists and secrets revealed; then those of `more`."""
    members = {name: _wire(value) for name, value in known.items() if value is not None}
    return members | {name: value for name, value in more.items() if name not in members}


def _wire(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    return list(value) if isinstance(value, tuple) else value


class Members:
    """The members of an object, read by name and type; `others` are those that nobody read.

    A member that is null counts as absent. Each reader raises Malformed (`member-malformed`) for another type.

    Deviation: ADR-0017.
    """

    def __init__(self, members: Mapping[str, Any]) -> None:
        self._members = members
        self._read: set[str] = set()

    def value(self, name: str) -> Any:
        """The member as it stands, None where it is absent."""
        self._read.add(name)
        return self._members.get(name)

    def text(self, name: str) -> str | None:
        """A text that can be written again in UTF-8."""
        value = self.value(name)
        return None if value is None else _text(name, value)

    def required_text(self, name: str) -> str:
        """A text that must be there and say something."""
        text = self.text(name)
        if not text:
            raise Malformed("member-missing", member=name)
        return text

    def secret(self, name: str) -> Secret | None:
        """A text that must not be seen."""
        text = self.text(name)
        return None if text is None else Secret(text)

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.value(name)
        if value is not None and not isinstance(value, bool):
            raise Malformed("member-malformed", member=name)
        return value

    def whole_number(self, name: str, *, also_as_text: bool = False) -> int | None:
        """A whole number that is not negative; where told so, also as its decimal digits in a text."""
        value = self.value(name)
        if also_as_text and isinstance(value, str) and _is_digits(value):
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            raise Malformed("member-malformed", member=name)
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts."""
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise Malformed("member-malformed", member=name)
        return tuple(_text(name, each) for each in value)

    def scope(self, name: str) -> tuple[str, ...] | None:
        """Scope tokens, separated by spaces; an empty text is an empty scope.

        Spec: RFC 6749 §3.3.
        """
        text = self.text(name)
        if not text:
            return None if text is None else ()
        scope = parse_scope(text)
        if scope is None:
            raise Malformed("member-malformed", member=name)
        return scope

    def others(self) -> dict[str, Any]:
        """The members that nobody read, as they came."""
        return {name: value for name, value in self._members.items() if name not in self._read}


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Malformed("member-malformed", member=name)
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, by \u escape
        raise Malformed("member-malformed", member=name) from None
    return value


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json-member-repeated")
    return found


def _no_number(constant: str) -> float:
    raise Malformed("json-malformed", because=constant)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Malformed("json-malformed", because="a number out of range")
    return number


def _check_depth(found: dict[str, Any]) -> None:
    level: list[Any] = [found]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise Malformed("json-too-deep")


def _containers(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield each
