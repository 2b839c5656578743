"""The arguments of a curl command as its options have them, each group of --next apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from satsuma.samples.reading.marks import has_mark
from satsuma.samples.reading.options import OPTIONS, SHORT, Option, find_option
from satsuma.samples.reading.unreadable import Unreadable

_LINE: Final = re.compile(r"\s*(-{0,2})([A-Za-z0-9.#:-]+)(?:\s*[=:]\s*|\s+|\Z)(.*)\Z", re.DOTALL)
_CONFIG_SIGNS: Final = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}
Fault = Callable[[str, int], Unreadable]


@dataclass(frozen=True, slots=True)
class Given:
    """An option with its value, and which word it was."""

    option: Option
    value: str
    word: int


def given_options(words: list[str], fault: Fault, config: str | None) -> Iterator[Given]:
    """Each option and address in turn; raises Unreadable."""
    url = OPTIONS["url"]
    number = 0
    options_end = False
    configs = iter(() if config is None else (config,))
    while number < len(words):
        word, at = words[number], number
        number += 1
        if options_end or not word.startswith("-") or word == "-":
            yield Given(url, word, at)
        elif word == "--":
            options_end = True
        elif word.startswith("--"):
            option = _long(word[2:], at, fault)
            value = ""
            if option.takes:
                value, number = _next(words, number, at, fault)
            yield from _with_config(option, value, at, fault, configs)
        else:
            for option, rest in _shorts(word, at, fault):
                value = rest
                if option.takes and not rest:
                    value, number = _next(words, number, at, fault)
                yield from _with_config(option, value, at, fault, configs)


def _next(words: list[str], number: int, at: int, fault: Fault) -> tuple[str, int]:
    if number >= len(words):
        raise fault("The last option has no value", at)
    return words[number], number + 1


def _long(name: str, at: int, fault: Fault) -> Option:
    option = None if has_mark(name) else find_option(name)
    if option is None:
        # Its name is not said: it may be a password that stands where curl takes an option.
        raise fault("curl has no such option, or it is cut short and means several", at)
    return option


def _shorts(word: str, at: int, fault: Fault) -> Iterator[tuple[Option, str]]:
    place = 1
    while place < len(word):
        name = SHORT.get(word[place])
        option = find_option(name) if name else None
        if option is None:
            raise fault("curl has no such option", at)
        place += 1
        if option.takes:
            yield option, word[place:]
            return
        yield option, ""


def _with_config(
    option: Option, value: str, at: int, fault: Fault, configs: Iterator[str]
) -> Iterator[Given]:
    """What is on standard input is read once, and is then at its end."""
    if option.name != "config":
        yield Given(option, value, at)
        return
    config = next(configs, None) if value == "-" else None
    if config is None:
        raise fault("What stands in the file of -K is not known here: put it into the command", at)
    yield from given_options(list(_config_words(config)), lambda text, _: fault(text, at), None)


def _config_words(text: str) -> Iterator[str]:
    """The words of a file of -K."""
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = _LINE.match(stripped)
        if found is None:
            raise Unreadable("A line of -K is none")
        dashes, name, value = found.groups()
        option = find_option(name) if dashes != "-" else find_option(SHORT.get(name, ""))
        if option is None:
            raise Unreadable("A line of -K has an option that curl has not")
        yield f"--{option.name}"
        if option.takes:
            yield _config_value(value)


def _config_value(value: str) -> str:
    quoted = re.match(r'"((?:[^"\\]|\\.)*)"', value)
    if quoted is None:
        return value.split(maxsplit=1)[0] if value.split() else ""
    return re.sub(r"\\(.)", lambda found: _CONFIG_SIGNS.get(found[1], found[1]), quoted[1])
