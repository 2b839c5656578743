"""The request log in SQL: what writes, finds and prunes its rows."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from satsuma.domain.request_log import LoggedRequest, LogRequests
from satsuma.store import retention
from satsuma.store.sql.changes import Changes
from satsuma.store.sql.clauses import marks, names, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import columns, microseconds, values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

LOG_REQUEST = (
    f"INSERT INTO request_log ({names(LoggedRequest)}) VALUES ({marks(LoggedRequest)}) "
    "ON CONFLICT (request_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in columns(LoggedRequest)[1:])
)
FIND_LOGGED_REQUEST = select("request_log", LoggedRequest) + " WHERE request_id = :request_id"
FIND_SUPPLIED_REQUEST = (
    select("request_log", LoggedRequest)
    + " WHERE supplied_id = :request_id ORDER BY at DESC, request_id DESC LIMIT 1"
)
LIST_LOGGED_REQUESTS = (
    select("request_log", LoggedRequest)
    + " WHERE at >= :since AND status BETWEEN :lowest AND :highest"
    " AND (:client_id = '' OR client_id = :client_id) ORDER BY at DESC, request_id DESC LIMIT :limit"
)
_OF_SPACE = (
    " client_id IN (SELECT a.client_id FROM application a WHERE a.space_id = :space_id"
    " AND (:client_id = '' OR a.client_id = :client_id))"
)
FIND_REQUEST_OF_SPACE = f"{FIND_LOGGED_REQUEST} AND{_OF_SPACE}"
FIND_SUPPLIED_REQUEST_OF_SPACE = (
    select("request_log", LoggedRequest)
    + f" WHERE supplied_id = :request_id AND{_OF_SPACE} ORDER BY at DESC, request_id DESC LIMIT 1"
)
LIST_REQUESTS_OF_SPACE = (
    select("request_log", LoggedRequest)
    + f" WHERE{_OF_SPACE} AND at >= :since AND status BETWEEN :lowest AND :highest"
    " AND (at < :before OR (at = :before AND request_id < :request_id))"
    " ORDER BY at DESC, request_id DESC LIMIT :limit"
)
PRUNE_REQUEST_LOG = prune("request_log", "request_id", "at")


def _log_requests(transaction: Transaction, effect: LogRequests, changes: Changes) -> None:
    for row in effect.rows:
        transaction.run(LOG_REQUEST, values_of(row))


WRITERS: Writers = {LogRequests: steps(_log_requests)}


class RequestLogQueries(Query):
    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        return self._one(LoggedRequest, FIND_LOGGED_REQUEST, request_id=request_id) or self._one(
            LoggedRequest, FIND_SUPPLIED_REQUEST, request_id=request_id
        )

    def list_logged_requests(
        self, since: datetime, client_id: str | None, statuses: tuple[int, int], limit: int
    ) -> Sequence[LoggedRequest]:
        """The newest `limit` rows at or after an instant, oldest first.

        Of one client or of all; with a status from the first of `statuses` to the second.
        """
        found = self._all(
            LoggedRequest,
            LIST_LOGGED_REQUESTS,
            since=microseconds(since),
            lowest=statuses[0],
            highest=statuses[1],
            client_id=client_id or "",
            limit=limit,
        )
        return found[::-1]

    def find_request_of_space(self, space_id: str, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log as `find_logged_request` does, among those of a space's applications alone."""
        asked = {"space_id": space_id, "client_id": "", "request_id": request_id}
        return self._one(LoggedRequest, FIND_REQUEST_OF_SPACE, **asked) or self._one(
            LoggedRequest, FIND_SUPPLIED_REQUEST_OF_SPACE, **asked
        )

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
        return self._all(
            LoggedRequest,
            LIST_REQUESTS_OF_SPACE,
            space_id=space_id,
            client_id=client_id or "",
            since=microseconds(since),
            before=microseconds(before[0]),
            request_id=before[1],
            lowest=statuses[0],
            highest=statuses[1],
            limit=limit,
        )


PRUNING = ((PRUNE_REQUEST_LOG, retention.REQUEST_LOG),)
