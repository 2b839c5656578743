"""What a reading finds beside the request: values for the environment, and what must be said of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from satsuma.samples.reading.marks import has_mark, mark, pieces
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.request import CODE, SECRET, TOKEN, VERIFIER, Env

Kind = Literal["whole", "stripped", "encoded"]
_HOW: Final[dict[Kind, str]] = {
    "whole": '{name} is the text of a file: export {name}="$(cat{file})"',
    "stripped": "{name} is the text of a file, without the ends of its lines: "
    "export {name}=\"$(tr -d '\\r\\n'{file})\"",
    "encoded": "{name} is the text of a file, percent-encoded: "
    'export {name}="$(jq -sRr @uri{file})"',
}
_KNOWN: Final = {each.name: each for each in (SECRET, CODE, TOKEN, VERIFIER)}
MOST: Final = 50
_LONGEST_NAME: Final = 1024


@dataclass(frozen=True, slots=True)
class Named:
    """A value that the program takes from its environment, and where it stood. The value itself is gone."""

    env: Env
    where: str


@dataclass(slots=True)
class Ledger:
    """The book of one reading: it alone knows what was pasted, and it is thrown away with it."""

    known: dict[str, Env] = field(default_factory=dict)
    named: list[Named] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict, repr=False)
    files: dict[str, str] = field(default_factory=dict, repr=False)
    done: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def note(self, sentence: str) -> None:
        """Say a sentence once."""
        self.notes[sentence] = None

    def hide(self, value: str, name: str, where: str) -> str:
        """The mark in a secret's place; a value that is the environment's already, or none, stays."""
        if not value or has_mark(value):
            return value
        return mark(self._name(value, name, where, self.values))

    def once(self, kind: str, text: str, hidden: Callable[[str], str]) -> str:
        """What hiding makes of a text: each distinct text is looked through once, however many requests have it."""
        if (kind, text) not in self.done:
            self.done[kind, text] = hidden(text)
        return self.done[kind, text]

    def file(self, file: str, kind: Kind = "whole") -> str:
        """The mark of a file's content, as curl makes it."""
        shown = _shown(file)
        where = f"The content of {'standard input' if file == '-' else shown[:60]}"
        name = self._name(f"{kind} {file}", "FILE", where, self.files)
        quoted = "" if file == "-" else f" < {_quoted(file)}"
        self.note(_HOW[kind].format(name=name, file=quoted))
        return mark(name)

    def variable(self, name: str) -> None:
        """A variable of the shell that the command was written in."""
        if name not in {each.env.name for each in self.named}:
            self._room()
            env = self.known.get(name) or Env(name, _variable(name), name)
            self.known[name] = env
            self.named.append(Named(env, "A variable of the command"))

    def _room(self) -> None:
        if len(self.named) >= MOST:
            raise Unreadable(f"More than {MOST} values would come from the environment")

    def _name(self, value: str, name: str, where: str, kept: dict[str, str]) -> str:
        full = "SATSUMA_CLIENT_" + re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:40]
        number = 1
        found = full
        while found in self.values or found in self.files:
            if found in kept and kept[found] == value:
                return found
            number += 1
            found = f"{full}_{number}"
        self._room()
        kept[found] = value
        env = _KNOWN.get(found) or Env(found, _variable(found), where)
        self.known[found] = env
        self.named.append(Named(env, where))
        return found


def _shown(file: str) -> str:
    """The name of a file as it is read; raises Unreadable for one that no line shows as it is."""
    shown = "".join(f"${piece}" if is_name else piece for piece, is_name in pieces(file))
    if not shown.isprintable() or len(shown) > _LONGEST_NAME:
        raise Unreadable("The name of a file is too long, or has signs that cannot be shown")
    return shown


def _quoted(file: str) -> str:
    """The name of a file as a word of bash, which runs nothing whatever the name is."""
    return "".join(
        f'"${piece}"' if is_name else shlex.quote(piece) for piece, is_name in pieces(file)
    )


def _variable(name: str) -> str:
    plain = name.lower().removeprefix("satsuma_client_").strip("_")
    return plain if plain[:1].isalpha() else f"value_{plain}"
