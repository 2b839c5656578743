"""What may stand on the command line of `satsuma curl`: options that say what is sent, none that says where to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_ALONE: Final = frozenset(
    [
        "--compressed",
        "--fail",
        "--fail-with-body",
        "--get",
        "--globoff",
        "--head",
        "--include",
        "--location",
        "--no-buffer",
        "--remote-name",
        "--show-error",
        "--silent",
        "--verbose",
        "-f",
        "-fsS",
        "-g",
        "-G",
        "-i",
        "-I",
        "-is",
        "-L",
        "-N",
        "-O",
        "-s",
        "-S",
        "-si",
        "-sS",
        "-sSf",
        "-v",
    ]
)
_WITH_VALUE: Final = frozenset(
    [
        "--cacert",
        "--connect-timeout",
        "--data",
        "--data-binary",
        "--data-raw",
        "--data-urlencode",
        "--form",
        "--header",
        "--json",
        "--max-time",
        "--output",
        "--range",
        "--request",
        "--retry",
        "--upload-file",
        "--user-agent",
        "--write-out",
        "-A",
        "-d",
        "-F",
        "-H",
        "-m",
        "-o",
        "-r",
        "-T",
        "-w",
        "-X",
    ]
)
_URL: Final = re.compile(r"https?://[^/\\@\s]+(?:[/?#]\S*)?\Z")


class NotAllowed(ValueError):
    """A word that could lead the token elsewhere, or that we do not know."""


def urls_of(words: Sequence[str]) -> list[str]:
    """The URLs that a command line calls, each written whole; raises NotAllowed."""
    found = list(_urls(iter(words)))
    if not found:
        raise NotAllowed("name a URL, written whole: https://...")
    return found


def _urls(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        if word in _ALONE:
            continue
        if word in _WITH_VALUE:
            next(words, None)
        elif word.partition("=")[0] in _WITH_VALUE and word.startswith("--"):
            raise NotAllowed(f"write {word.partition('=')[0]} and its value as two words")
        elif word.startswith("-"):
            raise NotAllowed(
                f"{word} is not among the options known to leave the token where it belongs;"
                " use the field of `satsuma header` with curl itself"
            )
        elif _URL.match(word):
            yield word
        else:
            raise NotAllowed(f"{word} is no URL written whole: https://...")


def config_line(authorization: str) -> str:
    """The line of a curl config with the field, quoted as curl reads it; raises NotAllowed."""
    if not authorization.isascii() or not authorization.isprintable():
        raise NotAllowed("the token has characters that no header field can hold")
    quoted = authorization.replace("\\", "\\\\").replace('"', '\\"')
    return f'header = "Authorization: {quoted}"\n'
