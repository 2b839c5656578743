"""The table of routes: each operation by its path, with its parameters, its answer's schema and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from satsuma.domain.applications import Application
from satsuma.store.port import Reader

ROOT: Final = "/satsuma/v1"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query: what it means, its JSON schema, and what reads it; `read` raises ValueError."""

    name: str
    says: str
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what: the spaces that the person is in, what the path and the query say, and when.

    Every role may see what an operation reads.

    `lasts_an_hour` says that tokens do here.
    """

    spaces: tuple[str, ...]
    now: datetime
    item: str
    values: Mapping[str, Any]
    lasts_an_hour: bool = True


class BadParameter(Exception):
    """A value that could be read, and is none that there is."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, read alone: `path` is below the root, and ends in `/` where an id follows.

    `do` reads what is answered; None where there is nothing of this person's. It may raise BadParameter.
    """

    path: str
    name: str
    says: str
    answers: type[msgspec.Struct]
    do: Callable[[Reader, Asked], msgspec.Struct | None]
    parameters: Sequence[Parameter] = ()

    @property
    def has_item(self) -> bool:
        """Whether an id follows its path."""
        return self.path.endswith("/")


def find_own(reader: Reader, spaces: Container[str], named: str) -> Application | None:
    """An application of the spaces that this person is in, named by either of its ids; None for any other."""
    application = reader.find_application(named)
    if application is None:
        client = reader.find_client(named)
        application = None if client is None else client.application
    return None if application is None or application.space_id not in spaces else application


def whole(lowest: int, highest: int) -> tuple[Mapping[str, Any], Callable[[str], int]]:
    """The schema and the reader of a whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        if not lowest <= int(text) <= highest:
            raise ValueError(text)
        return int(text)

    return {"type": "integer", "minimum": lowest, "maximum": highest}, read


def matching(pattern: str) -> tuple[Mapping[str, Any], Callable[[str], str]]:
    """The schema and the reader of a text that matches as a whole."""
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError(text)
        return text

    return {"type": "string", "pattern": f"^{pattern}$"}, read


def one_of(*names: str) -> tuple[Mapping[str, Any], Callable[[str], str]]:
    """The schema and the reader of one of a few names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(text)
        return text

    return {"type": "string", "enum": list(names)}, read
