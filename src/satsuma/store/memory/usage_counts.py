"""What applications used, in memory: what counts, lists, rolls and forgets it."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from datetime import UTC, datetime, timedelta
from typing import Final

from satsuma.domain.limits import MINUTE
from satsuma.domain.usage_counts import CountUsage, UsagePoint, add_up
from satsuma.store import retention
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables, UsageKey
from satsuma.store.memory.writer import Writers

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _count_usage(t: Tables, effect: CountUsage, changes: Changes) -> None:
    for each in effect.counts:
        application_id = t.by_client_id.get(each.client_id) if each.client_id else ""
        if application_id is not None:
            key = (application_id, each.minute, MINUTE, each.api, each.status)
            _add(t, key, each.latencies)


def _add(t: Tables, key: UsageKey, latencies: tuple[int, ...]) -> None:
    application = t.application.get(key[0])
    if key[0] and (application is None or application.state == "revoked"):
        return
    before = t.usage_count.get(key)
    t.put(t.usage_count, key, latencies if before is None else add_up(before, latencies))


WRITERS: Writers = {CountUsage: _count_usage}


class UsageCountQueries(Query):
    def list_usage(
        self, application_id: str, since: datetime, until: datetime, step: timedelta
    ) -> Sequence[UsagePoint]:
        """What an application used from an instant to another, summed by stretches of time, oldest first.

        A row that is summed up already stands where it began. `OTHER` has no application: its id is empty.
        """
        sums: dict[tuple[datetime, str, int], tuple[int, ...]] = {}
        for (owner, at, _, api, status), latencies in self._tables.usage_count.items():
            if owner == application_id and since <= at < until:
                key = (_start(at, step), api, status)
                sums[key] = add_up(sums[key], latencies) if key in sums else latencies
        return [
            UsagePoint(api, status, at, latencies)
            for (at, api, status), latencies in sorted(sums.items())
        ]


def forget_usage(t: Tables, application_id: str) -> None:
    """Delete what an application used."""
    for key in [key for key in t.usage_count if key[0] == application_id]:
        t.remove(t.usage_count, key)


def prune_usage_counts(t: Tables, now: datetime, limit: int) -> Sized:
    """Sum up minutes as hours and hours as days where they are old enough, and delete days that nobody looks at."""
    gone: list[UsageKey] = []
    for seconds, (longer, kept) in retention.USAGE_COUNTS.items():
        past = [key for key in t.usage_count if key[2] == seconds and key[1] < now - kept]
        past.sort(key=lambda key: (key[1], key))
        for key in past[: limit - len(gone)]:
            latencies = t.usage_count.pop(key)
            gone.append(key)
            if longer is not None:
                start = _start(key[1], timedelta(seconds=longer))
                _add(t, (key[0], start, longer, *key[3:]), latencies)
    return gone


def _start(at: datetime, step: timedelta) -> datetime:
    """The beginning of the stretch of time that holds an instant."""
    return _EPOCH + (at - _EPOCH) // step * step
