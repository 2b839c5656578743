"""The blocks of a document, in order, and the marks that say what a test does with each.

Above each block of commands stands one of these lines:

    <!-- run -->                run as it is written, in the reader's shell, and it must succeed
    <!-- serves -->             run, and left running while the rest is read
    <!-- browser: WORDS -->     done in a browser, which gives what the block sets
    <!-- not run: REASON -->    read only; `NOT_RUN` in tests/house/test_pasted.py counts them

and above what is printed `<!-- prints -->`, with `…` for what is different each time.
"""

import re
from typing import NamedTuple

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n)?^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
SHELL = frozenset({"bash", "sh", "shell", "console"})


class Block(NamedTuple):
    """What stands between two fences; `kind` is its mark's first words, `words` what follows their colon."""

    kind: str
    words: str
    language: str
    text: str


def read_blocks(text: str) -> list[Block]:
    """All fenced blocks of a document; `kind` is empty where no mark stands above."""
    found = []
    for match in _BLOCK.finditer(text):
        kind, _, words = (match["mark"] or "").partition(": ")
        found.append(Block(kind, words, match["language"], match["text"]))
    return found
