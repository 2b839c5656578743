"""A whole number as an option takes it."""

from __future__ import annotations

import re
from typing import Any, Final

import click

DIGITS: Final = re.compile(r"[0-9]{1,10}\Z")


class Whole(click.IntRange):
    """A whole number in the digits 0 to 9, within bounds."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read the number: no sign, no blank and no digit of another script."""
        if isinstance(value, str) and not DIGITS.match(value):
            self.fail(f"{value!r} is not a whole number in the digits 0 to 9", param, ctx)
        number: int = super().convert(value, param, ctx)
        return number
