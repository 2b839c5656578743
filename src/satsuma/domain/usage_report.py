"""What is told of an application's usage: stretches of time, sums, quantiles, and which tokens were waste."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from satsuma.domain.issuers import IssuerPolicy
from satsuma.domain.usage_counts import LATENCIES, UsagePoint, add_up, is_of_tokens, token_series
from satsuma_client.protocol.names import CLIENT_CREDENTIALS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Final = (0,) * (len(LATENCIES) + 1)
_MINUTE: Final = timedelta(minutes=1)
_OF_APPLICATIONS: Final = token_series(CLIENT_CREDENTIALS)
_LASTING: Final = 45
"""Minutes for which a token must have been kept before another is no waste: who renews early is not told off."""

ERRORS: Final = (4, 5)
"""The classes of statuses that are errors."""


class Stretch(NamedTuple):
    """So many steps of time, the last of which now runs."""

    name: str
    step: timedelta
    steps: int

    def bounds(self, now: datetime) -> tuple[datetime, datetime]:
        """When the first step began, and when the last one ends; days and hours are those of UTC."""
        last = _EPOCH + (now - _EPOCH) // self.step * self.step
        return last - (self.steps - 1) * self.step, last + self.step


STRETCHES: Final[Mapping[str, Stretch]] = {
    each.name: each
    for each in (
        Stretch("hour", _MINUTE, 60),
        Stretch("day", timedelta(hours=1), 24),
        Stretch("week", timedelta(hours=6), 28),
        Stretch("60-days", timedelta(days=1), 60),
    )
}
"""What may be asked for, by name."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What came of one API: how many answers, by class of statuses, and how long they took."""

    api: str
    by_status: Mapping[int, int]
    latencies: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many answers there were."""
        return sum(self.by_status.values())


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What an application used in a stretch of time; `is_whole` says that nothing was counted as `OTHER` meanwhile."""

    stretch: Stretch
    since: datetime
    until: datetime
    points: tuple[UsagePoint, ...]
    is_whole: bool = True

    @property
    def steps(self) -> list[datetime]:
        """When each step began."""
        return [self.since + n * self.stretch.step for n in range(self.stretch.steps)]

    def only(self, api: str, status: int) -> UsageReport:
        """The part of one API and of one class of statuses; an empty name and 0 are all of them."""
        kept = (
            each
            for each in self.points
            if (not api or each.api == api) and (not status or each.status == status)
        )
        return replace(self, points=tuple(kept))

    def over_time(self, wanted: Callable[[UsagePoint], bool]) -> list[tuple[int, ...]]:
        """The histogram of each step, of the points that are wanted."""
        found = [_NOTHING] * self.stretch.steps
        for each in filter(wanted, self.points):
            at = (each.at - self.since) // self.stretch.step
            found[at] = add_up(found[at], each.latencies)
        return found

    def by_api(self) -> list[Sums]:
        """What came of each API, by name; tokens first."""
        names = sorted({each.api for each in self.points}, key=lambda api: (":" not in api, api))
        return [self._sums(api) for api in names]

    def _sums(self, api: str) -> Sums:
        by_status: dict[int, int] = {}
        latencies = _NOTHING
        for each in self.points:
            if each.api == api:
                by_status[each.status] = by_status.get(each.status, 0) + each.count
                latencies = add_up(latencies, each.latencies)
        return Sums(api, by_status, latencies)


def is_token(point: UsagePoint) -> bool:
    """Say whether these are tokens that were given."""
    return is_of_tokens(point.api) and point.status not in ERRORS


def is_call(point: UsagePoint) -> bool:
    """Say whether these are calls of an API, whatever came of them."""
    return not is_of_tokens(point.api)


def is_error(point: UsagePoint) -> bool:
    """Say whether these are refusals and failures, of calls and of token requests."""
    return point.status in ERRORS


def quantile(latencies: Sequence[int], share: float) -> float | None:
    """Within how many seconds this share of the answers came, as far as the buckets tell; None where there are none.

    Within a bucket they are taken to lie evenly; beyond the last bound it is that bound.
    """
    wanted = share * sum(latencies)
    if not wanted:
        return None
    below, passed = 0.0, 0
    for bound, count in zip(LATENCIES, latencies, strict=False):
        if passed + count >= wanted:
            return below + (bound - below) * (wanted - passed) / count
        below, passed = bound, passed + count
    return below


def lasts_an_hour(issuers: Iterable[IssuerPolicy]) -> bool:
    """Say whether the tokens that applications get for themselves last so long, at each issuer."""
    return all(
        each.token_life >= 60 * _MINUTE for each in issuers if CLIENT_CREDENTIALS in each.grants
    )


def tokens_wasted(points: Iterable[UsagePoint], now: datetime) -> int:
    """How many tokens an application got for itself in the last hour, where one would have done; else 0.

    A token lasts an hour, so the next one within three quarters of it is waste. People's tokens are each their own.
    """
    since = now - 60 * _MINUTE
    asked = sorted(
        (each.at, each.count)
        for each in points
        if each.api == _OF_APPLICATIONS and each.status == 2 and since < each.at + _MINUTE
    )
    times = [at for at, _ in asked]
    is_waste = any(count > 1 for _, count in asked) or any(
        later - earlier < _LASTING * _MINUTE for earlier, later in pairwise(times)
    )
    return sum(count for _, count in asked) if is_waste else 0
