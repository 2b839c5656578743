"""What applications used: tokens and calls by API, status class and minute, and how long their answers took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from satsuma.domain.effects import Effect

LATENCIES: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
"""The bounds of the histogram in seconds: an answer counts in the first that it was within, in a twelfth beyond all."""

MOST_SERIES: Final = 10_000
"""How many series a process tells apart in one minute; what comes beyond them is counted as `OTHER`, of nobody."""

OTHER: Final = "other"
_TOKENS: Final = "token:"


@dataclass(frozen=True, slots=True)
class UsageCount:
    """What a client got from one API in a minute, in one class of statuses; `client_id` is empty for `OTHER`.

    `api` is `NAME/vN`, or what `token_series` says. `latencies` are how many answers stand in each bucket of
    `LATENCIES`.
    """

    client_id: str
    api: str
    status: int
    minute: datetime
    latencies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountUsage(Effect):
    """Add to what applications used; those that are deleted have nothing added. Announces nothing."""

    counts: tuple[UsageCount, ...]


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """What an application got from one API in a stretch of time that begins at `at`, in one class of statuses."""

    api: str
    status: int
    at: datetime
    latencies: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many answers there were."""
        return sum(self.latencies)


def api_series(name: str, version: int) -> str:
    """What calls of an API are counted under."""
    return f"{name}/v{version}"


def token_series(grant_type: str) -> str:
    """What token requests of a grant type are counted under; no API can be called so."""
    return _TOKENS + grant_type


GUIDE_SERIES: Final = token_series("guide")
"""What the token requests are counted under that the guide sends for an application."""


def is_of_tokens(series: str) -> bool:
    """Say whether what is counted under this name are token requests."""
    return series.startswith(_TOKENS)


def add_up(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Two histograms as one."""
    return tuple(a + b for a, b in zip(one, other, strict=True))
