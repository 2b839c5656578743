"""The request log in memory: what writes and finds its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from satsuma.domain.request_log import LoggedRequest, LogRequests
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _log_requests(t: Tables, effect: LogRequests, changes: Changes) -> None:
    for row in effect.rows:
        t.put(t.request_log, row.request_id, row)


WRITERS: Writers = {
    LogRequests: _log_requests,
}


class RequestLogQueries(Query):
    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        log = self._tables.request_log
        supplied = (r for r in log.values() if r.supplied_id == request_id)
        return log.get(request_id) or max(
            supplied, key=lambda r: (r.at, r.request_id), default=None
        )

    def list_logged_requests(
        self, since: datetime, client_id: str | None, statuses: tuple[int, int], limit: int
    ) -> Sequence[LoggedRequest]:
        """The newest `limit` rows at or after an instant, oldest first.

        Of one client or of all; with a status from the first of `statuses` to the second.
        """
        lowest, highest = statuses
        found = [
            row
            for row in self._tables.request_log.values()
            if row.at >= since
            and lowest <= row.status <= highest
            and client_id in (None, row.client_id)
        ]
        return sorted(found, key=lambda r: (r.at, r.request_id))[-limit:]
