"""Several addresses in one: curl's {a,b} and [1-3]."""

from __future__ import annotations

import itertools
import re
from typing import Final

from satsuma.samples.reading.unreadable import Unreadable

MOST: Final = 50
_RANGE: Final = re.compile(r"\[(?:(\d+)-(\d+)|([a-z])-([a-z])|([A-Z])-([A-Z]))(?::(\d+))?\]")
_IPV6: Final = re.compile(r"\[[0-9A-Fa-f.%]*+:[0-9A-Za-z:.%]*+\]")
_LITERAL: Final = re.compile(r"\\([{}\[\]])|\[\]|[^{}\[\]]")


def expanded(url: str) -> list[str]:
    """The addresses that a glob stands for, in the order in which curl asks for them; raises Unreadable."""
    parts: list[list[str]] = []
    at = 0
    while at < len(url):
        literal = _LITERAL.match(url, at) or _IPV6.match(url, at)
        if literal is not None:
            parts.append([literal[1] if literal.re is _LITERAL and literal[1] else literal[0]])
            at = literal.end()
        elif url[at] == "{":
            end = url.find("}", at)
            choices = url[at + 1 : end].split(",")
            if end < 0 or "" in choices or "{" in url[at + 1 : end]:
                raise Unreadable(
                    "A set {a,b} in an address does not end, or is empty: -g takes it as it is"
                )
            parts.append(choices)
            at = end + 1
        else:
            found = _RANGE.match(url, at)
            if found is None:
                raise Unreadable("A range [1-3] in an address is none: -g takes it as it is")
            parts.append(_range(found))
            at = found.end()
    count = 1
    for choices in parts:
        count *= len(choices)
        if count > MOST:
            raise Unreadable(f"More than {MOST} requests in one text")
    return ["".join(each) for each in itertools.product(*parts)]


def _range(found: re.Match[str]) -> list[str]:
    step = int((found[7] or "1")[:9])
    if found[1]:
        first, last, width = int(found[1][:9]), int(found[2][:9]), len(found[1])
        width = width if found[1].startswith("0") else 0
    else:
        first, last, width = ord(found[3] or found[5]), ord(found[4] or found[6]), -1
    if last < first or step < 1 or (last - first) // step >= MOST:
        raise Unreadable(f"A range in an address counts down, or past {MOST}")
    numbers = range(first, last + 1, step)
    return [chr(n) if width < 0 else str(n).zfill(width) for n in numbers]
