"""A refusal as a value, and the one exception that carries it where a function has another result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from satsuma.domain.effects import Effect
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.limits import RateLimit

Detail = Mapping[str, str | int | None]


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, by a row of the table, with what must be committed all the same.

    `detail` names what was compared, for the owner's explanation: never a secret, never sent on the wire.
    `retry_after` is in seconds; `rate` are the limits that the caller may know; `scope` is what a challenge asks for;
    `allow` are the methods of a 405 that are an API's own; `client_id` is whose owner is told; `presented` is the
    digest of a wrong secret, by which the log finds whose it is, and forgets it.
    """

    row: ErrorRow
    detail: Detail = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    retry_after: float = 0.0
    rate: tuple[RateLimit, ...] = ()
    scope: str = ""
    allow: str = ""
    client_id: str | None = None
    presented: bytes | None = field(default=None, repr=False)


def too_often(row: ErrorRow, wait: float) -> Refusal:
    """The refusal of what comes again before `wait` seconds are over: until the next whole second."""
    seconds = int(wait) + 1
    return Refusal(row, {"retry_after": seconds}, retry_after=seconds)


class Refused(Exception):
    """Leave the straight line with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.row.slug)
        self.refusal = refusal
