"""The words of a command as cmd and PowerShell have them, and then as a program of Windows splits what it is given."""

from __future__ import annotations

import re
from typing import Final

from satsuma.samples.reading.bash import Command
from satsuma.samples.reading.marks import mark
from satsuma.samples.reading.unreadable import unreadable_at

_PERCENT: Final = re.compile(r"%([A-Za-z_][A-Za-z0-9_]*)%")
_DOLLAR: Final = re.compile(
    r"\$(?:\{?env:([A-Za-z_][A-Za-z0-9_]*)\}?|\{?([A-Za-z_][A-Za-z0-9_]*)\}?)"
)
_TICKS: Final = dict(zip("0abefnrtv", "\0\a\b\x1b\f\n\r\t\v", strict=True))


def split_cmd(text: str) -> list[Command]:
    """Every command of a text of cmd; raises Unreadable."""
    text = text.replace("\r\n", "\n")
    lines, current, at, quoted = [], [], 0, False
    while at < len(text):
        sign = text[at]
        if sign == "^" and not quoted:
            at += 1
            if text[at : at + 1] == "\n":
                at += 1
                if text[at : at + 1] != "\n":
                    continue
            current.append(text[at : at + 1])
            at += 1
            continue
        found = _PERCENT.match(text, at)
        if found is not None:
            current.append(mark(found[1]))
            at = found.end()
            continue
        if sign == '"':
            quoted = not quoted
        if sign == "\n" or (sign in "&|<>" and not quoted):
            lines.append("".join(current))
            current, quoted = [], False
        else:
            current.append(sign)
        at += 1
    lines.append("".join(current))
    found_commands = [Command(words=arguments(line)) for line in lines]
    return [command for command in found_commands if command.words]


def arguments(line: str) -> list[str]:
    """The arguments of a line: backslashes are signs of their own but before a quote."""
    words: list[str] = []
    word: list[str] | None = None
    quoted, at = False, 0
    while at < len(line):
        if line[at] in " \t\n" and not quoted:
            words += [] if word is None else ["".join(word)]
            word, at = None, at + 1
            continue
        word = [] if word is None else word
        slashes = len(line) - at - len(line[at:].lstrip("\\")) if line[at] == "\\" else 0
        if slashes and line[at + slashes : at + slashes + 1] == '"':
            word.append("\\" * (slashes // 2) + ('"' if slashes % 2 else ""))
            at += slashes + slashes % 2
        elif slashes:
            word.append("\\" * slashes)
            at += slashes
        elif line[at] == '"' and quoted and line[at + 1 : at + 2] == '"':
            word.append('"')
            at += 2
        elif line[at] == '"':
            quoted, at = not quoted, at + 1
        else:
            word.append(line[at])
            at += 1
    return words + ([] if word is None else ["".join(word)])


def split_powershell(text: str) -> list[Command]:
    """Every command of a text of PowerShell; raises Unreadable."""
    text = text.replace("\r\n", "\n")
    commands, at = [Command()], 0
    word: list[str] | None = None

    def end_word() -> None:
        nonlocal word
        if word is not None:
            commands[-1].words.append("".join(word))
        word = None

    while at < len(text):
        sign = text[at]
        if sign in " \t" or text.startswith("`\n", at):
            end_word()
            at += 1 if sign in " \t" else 2
        elif sign in "\n;|&<>" and not (sign == "&" and not commands[-1].words and word is None):
            end_word()
            commands.append(Command())
            at += 1
        elif sign == "#" and word is None:
            stop = text.find("\n", at)
            at = len(text) if stop < 0 else stop
        else:
            part, at = _powershell_part(text, at)
            word = [] if word is None else word
            word.append(part)
    end_word()
    return [command for command in commands if command.words]


def _powershell_part(text: str, at: int) -> tuple[str, int]:
    sign = text[at]
    if text.startswith(("@'\n", '@"\n'), at):
        return _here_string(text, at)
    if sign == "'":
        return _single(text, at)
    if sign == '"':
        return _double(text, at)
    return _expanded(text, at)


def _here_string(text: str, at: int) -> tuple[str, int]:
    end = text.find(f"\n{text[at + 1]}@", at + 2)
    if end < 0:
        raise unreadable_at(text, at, "A text of many lines (@' or @\") does not end")
    inner = text[at + 3 : max(end, at + 3)]
    if text[at + 1] == "'":
        return inner, end + 3
    parts, inside = [], 0
    while inside < len(inner):
        part, inside = _expanded(inner, inside)
        parts.append(part)
    return "".join(parts), end + 3


def _single(text: str, at: int) -> tuple[str, int]:
    found = re.compile(r"'((?:[^']|'')*)'").match(text, at)
    if found is None:
        raise unreadable_at(text, at, "A quote (') does not end")
    part = found[1].replace("''", "'")
    bare = len(re.findall(r'(?<!\\)"', part))
    # Before 7.3 a quote inside had to be written \" to arrive.
    return (part.replace('\\"', '"') if '\\"' in part and not bare else part), found.end()


def _double(text: str, at: int) -> tuple[str, int]:
    began, parts, at = at, [], at + 1
    while text[at : at + 1] != '"' or text[at + 1 : at + 2] == '"':
        if at >= len(text):
            raise unreadable_at(text, began, 'A quote (") does not end')
        if text[at] == '"':
            parts.append('"')
            at += 2
            continue
        part, at = _expanded(text, at)
        parts.append(part)
    return "".join(parts), at + 1


def _expanded(text: str, at: int) -> tuple[str, int]:
    """One sign where variables are still variables."""
    if text[at] == "`":
        follows = text[at + 1 : at + 2]
        return _TICKS.get(follows, "" if follows == "\n" else follows), at + 2
    if text.startswith("$(", at):
        raise unreadable_at(
            text, at, "A command inside the command is not run here: put a variable there"
        )
    found = _DOLLAR.match(text, at)
    if found is not None:
        return mark(found[1] or found[2]), found.end()
    return text[at], at + 1
