"""A race: what eight processes commit at the same moment, and the condition that decides it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from satsuma.domain.effects import Effect
from tests.store.racers import Mutation

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class Race:
    """What each racer commits in round `n`, after `before(n)`, and the condition that lets few of them win."""

    name: str
    slug: str
    effect: Callable[[int, int], Effect]
    without: Mutation | tuple[str, str]
    before: Callable[[int], Sequence[Effect]] = lambda n: ()
    winners: int = 1
    only_on: str | None = None

    def __str__(self) -> str:
        return self.name
