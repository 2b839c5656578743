"""Values from the environment inside a text: marks of two signs that no text has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from satsuma.samples.request import Env, Text, joined

_BEGIN, _END = "\ufdd0", "\ufdd1"
_MARK: Final = re.compile(f"{_BEGIN}([A-Za-z0-9_]+){_END}")


def mark(name: str) -> str:
    """The mark of a variable."""
    return f"{_BEGIN}{name}{_END}"


def has_mark(text: str) -> bool:
    """Whether a text has one; nothing that is pasted may."""
    return _BEGIN in text or _END in text


def only_mark(text: str) -> str | None:
    """The variable of a text that is a mark and nothing else."""
    found = _MARK.fullmatch(text)
    return found[1] if found else None


def marks(text: str) -> list[str]:
    """The variables of a text."""
    return _MARK.findall(text)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is the name of a variable."""
    for number, piece in enumerate(_MARK.split(text)):
        if piece or number % 2:
            yield piece, bool(number % 2)


def text_of(text: str, known: Mapping[str, Env]) -> Text:
    """The text as samples have it."""
    return joined(_env(piece, known) if is_name else piece for piece, is_name in pieces(text))


def _env(name: str, known: Mapping[str, Env]) -> Env:
    return known.get(name) or Env(name, _variable(name), name)


def _variable(name: str) -> str:
    """A name that each language takes for a variable."""
    plain = name.lower().strip("_")
    return plain if plain[:1].isalpha() else f"value_{plain}"


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with each variable's value in its place."""
    return "".join(values[piece] if is_name else piece for piece, is_name in pieces(text))
