"""Calls made, in memory: what counts and sums them."""

from __future__ import annotations

from datetime import datetime

from satsuma.domain.limits import DAY, HOUR
from satsuma.domain.usage import CountCalls
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _count_calls(t: Tables, effect: CountCalls, changes: Changes) -> None:
    for seconds, start in ((HOUR, effect.hour), (DAY, effect.day)):
        key = (effect.application_id, effect.api_id, seconds, start)
        t.put(t.usage, key, t.usage.get(key, 0) + effect.calls)


WRITERS: Writers = {CountCalls: _count_calls}


class UsageQueries(Query):
    def sum_calls(self, application_id: str, api_id: str, since: datetime, *, by_days: bool) -> int:
        """Sum the calls in the hours, or the days, that began at or after an instant."""
        wanted = (application_id, api_id, DAY if by_days else HOUR)
        return sum(
            n for key, n in self._tables.usage.items() if key[:3] == wanted and key[3] >= since
        )
