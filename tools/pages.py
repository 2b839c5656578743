"""What the generated pages share: where they stand, the note at their head, and tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
NOTE: Final = "<!-- Written by `make docs` from the code: change it there. -->\n"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Give a table; a bar in a cell is escaped."""
    lines = [names := tuple(head), tuple("---" for _ in names), *rows]
    cells = (" | ".join(cell.replace("|", "&#124;") for cell in row) for row in lines)
    return "".join(f"| {row} |\n" for row in cells)


def headed(head: str) -> str:
    """Put the note under the title of a page's head."""
    return head.replace("\n", f"\n\n{NOTE}", 1).replace("\n\n\n", "\n\n")
