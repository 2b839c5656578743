"""Which commands of a text are curl's, where their arguments begin, and what stands on their standard input."""

from __future__ import annotations

from typing import Final

from satsuma.samples.reading.bash import Command

_BEFORE: Final = ("$", "%", ">", "sudo", "time", "exec", "command", "!", "&", "PS", "PS>")


def begin_of(command: Command) -> int | None:
    """Where the arguments begin; None for another command."""
    for number, word in enumerate(command.words):
        name = word.replace("\\", "/").rpartition("/")[2].lower()
        if name in ("curl", "curl.exe"):
            return number + 1
        assigns = word.partition("=")[0].isidentifier() and "=" in word
        if word not in _BEFORE and not assigns:
            return None
    return None


def document_of(command: Command, before: Command | None) -> str | None:
    """What stands on standard input, where the text says it."""
    if command.document is not None or before is None:
        return command.document
    if before.words == ["cat"]:
        return before.document
    if before.words[:1] == ["echo"] and len(before.words) == 2 and before.words[1][:1] != "-":
        return before.words[1] + "\n"
    return None
