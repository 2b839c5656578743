"""Templates of programs: holes that are filled once, so that no value is ever read as a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_HOLE: Final = re.compile(r"^([ \t]*)«(\w+)»\n|«(\w+)»", re.MULTILINE)

Filling = str | Sequence[str]


def fill(template: str, **holes: Filling) -> str:
    """The template with its holes filled.

    A hole alone on its line takes lines, each indented as the hole is, and leaves no line where there is none; a hole
    within a line takes a text.
    """

    def filling(found: re.Match[str]) -> str:
        if found[3]:
            inline = holes[found[3]]
            return inline if isinstance(inline, str) else "".join(inline)
        block = holes[found[2]]
        lines = [block] if isinstance(block, str) else block
        return "".join(f"{found[1]}{line}\n" if line else "\n" for line in lines)

    return _HOLE.sub(filling, template)
