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

    def find_request_of_space(self, space_id: str, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log as `find_logged_request` does, among those of a space's applications alone."""
        own = [row for row in self._tables.request_log.values() if self._is_of(row, space_id)]
        ours = [row for row in own if row.request_id == request_id]
        supplied = ours or [row for row in own if row.supplied_id == request_id]
        return max(supplied, key=lambda r: (r.at, r.request_id), default=None)

    def list_requests_of_space(
        self,
        space_id: str,
        client_id: str | None,
        since: datetime,
        before: tuple[datetime, str],
        statuses: tuple[int, int],
        limit: int,
    ) -> Sequence[LoggedRequest]:
        """The newest `limit` rows of a space's applications, or of one of them, newest first.

        At or after an instant, and before another one and the request id at it.
        """
        lowest, highest = statuses
        found = [
            row
            for row in self._tables.request_log.values()
            if self._is_of(row, space_id)
            and client_id in (None, row.client_id)
            and lowest <= row.status <= highest
            and row.at >= since
            and (row.at, row.request_id) < before
        ]
        return sorted(found, key=lambda r: (r.at, r.request_id), reverse=True)[:limit]

    def _is_of(self, row: LoggedRequest, space_id: str) -> bool:
        t = self._tables
        application_id = t.by_client_id.get(row.client_id or "")
        return application_id is not None and t.application[application_id].space_id == space_id
