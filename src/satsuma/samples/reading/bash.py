"""The words of a command as bash has them: quotes, variables, documents that stand below it.

Nothing is expanded that a shell would have to run for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from satsuma.samples.reading.marks import mark
from satsuma.samples.reading.unreadable import Unreadable, unreadable_at

_VARIABLE: Final = re.compile(
    r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?::?-[^}$`]*)?\})"
)
_SHORT: Final = dict(zip("abefnrtvE\\'\"?", "\a\b\x1b\f\n\r\t\v\x1b\\'\"?", strict=True))
_ANSI: Final = re.compile(
    r"x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})"
)
_REDIRECT: Final = re.compile(r"(?:\d*|&)(<<<|<<-?|<>|<&|<|>>|>\||>&|>)")
_ENDS: Final = "|&;\n()"


@dataclass(slots=True)
class Command:
    """The words of a simple command with their places, and what it reads: a document's text, a file's name, a pipe."""

    words: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    document: str | None = None
    file: str | None = None
    piped: bool = False


def split(text: str) -> list[Command]:
    """Every simple command of a text; raises Unreadable."""
    return _Splitter(text.replace("\r\n", "\n")).split()


class _Splitter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.commands = [Command()]
        self.waiting: list[tuple[Command, str, bool, bool]] = []

    def split(self) -> list[Command]:
        while self.at < len(self.text):
            self._step()
        if self.waiting:
            raise self._fault("A document (<<) has no text below the command")
        return [command for command in self.commands if command.words]

    def _fault(self, sentence: str, at: int | None = None) -> Unreadable:
        return unreadable_at(self.text, self.at if at is None else at, sentence)

    def _step(self) -> None:
        text, at = self.text, self.at
        redirect = _REDIRECT.match(text, at)
        if text[at] in " \t":
            self.at += 1
        elif text.startswith("\\\n", at):
            self.at += 2
        elif text[at] == "#":
            end = text.find("\n", at)
            self.at = len(text) if end < 0 else end
        elif redirect is not None:
            self.at = redirect.end()
            self._redirect(redirect[1])
        elif text[at] in _ENDS:
            self._end()
        else:
            self.commands[-1].places.append(at)
            self.commands[-1].words.append(self._word()[0])

    def _end(self) -> None:
        sign = self.text[self.at]
        self.at += 1
        if sign == "\n":
            self._documents()
        follows = self.text[self.at : self.at + 1] if sign in "|&" else ""
        piped = sign == "|" and follows != "|"
        if follows in ("|", "&") and follows:
            self.at += 1
        self.commands.append(Command(piped=piped))

    def _documents(self) -> None:
        for command, end, strips, quoted in self.waiting:
            lines = []
            while True:
                if self.at >= len(self.text):
                    raise self._fault("A document (<<) does not end")
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                line, self.at = self.text[self.at : stop], stop + 1
                line = line.lstrip("\t") if strips else line
                if line == end:
                    break
                lines.append(line + "\n")
            document = "".join(lines)
            command.document = document if quoted else self._expanded(document)
        self.waiting = []

    def _expanded(self, document: str) -> str:
        inner = _Splitter(document)
        found = []
        while inner.at < len(document):
            found.append(inner._in_double('"'))
        return "".join(found)

    def _redirect(self, kind: str) -> None:
        while self.text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        if self.text[self.at : self.at + 1] == "(":
            raise self._fault("What <( ) would run is not run here: put its result in a file")
        word, quoted = self._word()
        command = self.commands[-1]
        if kind.startswith("<<") and kind != "<<<":
            self.waiting.append((command, word, kind == "<<-", quoted))
        elif kind == "<<<":
            command.document = word + "\n"
        elif kind == "<":
            command.file = word

    def _word(self) -> tuple[str, bool]:
        """The next word, and whether any of it was quoted."""
        parts, quoted, began = [], False, self.at
        while self.at < len(self.text) and self.text[self.at] not in " \t<>" + _ENDS:
            sign = self.text[self.at]
            quoted = quoted or sign in "'\"\\"
            parts.append(self._part(sign))
        try:
            word = "".join(parts).encode("utf-8", "surrogateescape").decode()
        except UnicodeError:
            raise self._fault("A word is not text in UTF-8", began) from None
        return word, quoted

    def _part(self, sign: str) -> str:
        text, at = self.text, self.at
        if sign == "'":
            return self._single()
        if sign == '"':
            return self._double()
        if text.startswith("$'", at):
            return self._ansi()
        if text.startswith('$"', at):
            self.at += 1
            return self._double()
        if sign == "\\":
            self.at += 2
            return "" if text[at + 1 : at + 2] == "\n" else text[at + 1 : at + 2]
        return self._in_double("")

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise self._fault("A quote (') does not end")
        part, self.at = self.text[self.at + 1 : end], end + 1
        return part

    def _double(self) -> str:
        began, parts = self.at, []
        self.at += 1
        while self.text[self.at : self.at + 1] != '"':
            if self.at >= len(self.text):
                raise self._fault('A quote (") does not end', began)
            parts.append(self._in_double('"'))
        self.at += 1
        return "".join(parts)

    def _in_double(self, quote: str) -> str:
        """One sign where variables are still variables."""
        text, at = self.text, self.at
        sign = text[at]
        if quote and sign == "\\" and text[at + 1 : at + 2] in ("$", "`", '"', "\\", "\n"):
            self.at += 2
            return "" if text[at + 1] == "\n" else text[at + 1]
        if sign == "`" or text.startswith("$(", at):
            raise self._fault("A command inside the command is not run here: put a variable there")
        if sign == "$":
            found = _VARIABLE.match(text, at)
            if found is not None:
                self.at = found.end()
                return mark(found[1] or found[2])
            if re.match(r"[{0-9@*#?!$-]", text[at + 1 : at + 2]):
                raise self._fault("Only $NAME and ${NAME} are read of the shell's variables")
        self.at += 1
        return sign

    def _ansi(self) -> str:
        began, parts = self.at, []
        self.at += 2
        while self.text[self.at : self.at + 1] != "'":
            if self.at >= len(self.text):
                raise self._fault("A quote ($') does not end", began)
            parts.append(self._escape() if self.text[self.at] == "\\" else self.text[self.at])
            self.at += 1
        self.at += 1
        return "".join(parts)

    def _escape(self) -> str:
        """What a backslash stands for; leaves off at its last sign."""
        follows = self.text[self.at + 1 : self.at + 2]
        found = _ANSI.match(self.text, self.at + 1)
        if found is None:
            self.at += 1
            return _SHORT.get(follows, "\\" + follows)
        self.at = found.end() - 1
        byte = int(found[1] or "0", 16) if found[1] else int(found[4] or "0", 8) & 0xFF
        point = int(found[2] or found[3] or "0", 16)
        if found[2] or found[3]:
            if point > 0x10FFFF or 0xD800 <= point < 0xE000:
                raise self._fault("An escape stands for no character")
            return chr(point)
        return chr(byte) if byte < 0x80 else chr(0xDC00 + byte)
