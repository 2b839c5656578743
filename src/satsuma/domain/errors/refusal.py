"""A refusal as a value, and the one exception that carries it where a function has another result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from satsuma.domain.effects import Effect
from satsuma.domain.errors.row import ErrorRow

Detail = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, by a row of the table, with what must be committed all the same.

    `detail` names what was compared, for the owner's explanation: never a secret, never sent on the wire.
    """

    row: ErrorRow
    detail: Detail = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()


class Refused(Exception):
    """Leave the straight line with a row of the catalogue.

    `detail` names what was compared, for the owner's explanation: never a secret, never sent on the wire.
    """

    def __init__(self, row: ErrorRow, **detail: str | int | None) -> None:
        """Refuse by `row`, with `detail` for the request log."""
        super().__init__(row.slug)
        self.row = row
        self.detail = detail
