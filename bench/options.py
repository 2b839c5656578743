"""What a run is told on its command line: `NAME=VALUE` words over a dataclass of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

Options = TypeVar("Options", bound=Any)


def with_words(options: Options, words: Sequence[str]) -> Options:
    """The options with what the words say; raises ValueError for a word that names none of them."""
    known = {field.name for field in fields(options)}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name.lower() not in known:
            raise ValueError(f"not one of {', '.join(sorted(known))}: {word}")
        options = replace(options, **{name.lower(): int(value)})
    return options
