"""How a refusal leaves a function that has another result."""

from __future__ import annotations

from satsuma.domain.errors.row import ErrorRow


class Refused(Exception):
    """Leave the straight line with a row of the catalogue.

    `detail` names what was compared, for the owner's explanation: never a secret, never sent on the wire.
    """

    def __init__(self, row: ErrorRow, **detail: str | int | None) -> None:
        """Refuse by `row`, with `detail` for the request log."""
        super().__init__(row.slug)
        self.row = row
        self.detail = detail
