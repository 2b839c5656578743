"""What could not be read, and where."""

from __future__ import annotations


class Unreadable(ValueError):
    """A text that is not read: a sentence, and its place. It never holds what was pasted."""

    def __init__(self, sentence: str, line: int = 0, sign: int = 0) -> None:
        place = f" (line {line}, sign {sign})" if line else ""
        super().__init__(sentence + place)
        self.sentence = sentence
        self.line = line
        self.sign = sign


def unreadable_at(text: str, offset: int, sentence: str) -> Unreadable:
    """A fault at an offset of a text."""
    before = text[: max(offset, 0)]
    return Unreadable(sentence, before.count("\n") + 1, offset - before.rfind("\n"))
