"""The request log: why a request was refused, for the owner of its client. Bounded per client and source."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from satsuma.domain.api_names import NAME_PATTERN
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.request_log import LoggedRequest
from satsuma.http.messages import Request
from satsuma.http.sources import network
from satsuma.telemetry.budget import Budget, Kind

_PENDING = 5_000
_KINDS = 2_000
_LOOKED_UP = 100
_RECOUNT = timedelta(seconds=5)

# A client_id of another form may be a secret that was pasted into its place.
_CLIENT_ID = re.compile(r"[A-Za-z0-9]{32}")
_METHOD = re.compile(rb"[A-Z]{1,16}")
_ADDRESS = re.compile(rb"/(" + NAME_PATTERN.encode() + rb"/v[0-9]{1,4})(?:/|\Z)")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_~+/=-]{24,}")


class RequestLog:
    """Collects refusals to be written in batches; what passes a bound is counted on the last row of its kind.

    At most 20 rows a minute of one client, source and cause, 200 of one source, so that no caller
    fills the database and no cause hides another. Detail is names, classes and lengths: never a
    secret, a token, a code, not even a wrong one.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Date rows by `clock`."""
        self._clock = clock
        self._pending: OrderedDict[str, LoggedRequest] = OrderedDict()
        self._budget = Budget()
        self._last: OrderedDict[Kind, LoggedRequest] = OrderedDict()
        self._recounted: dict[str, LoggedRequest] = {}
        self._recount_at = clock()
        self._presented: dict[str, bytes] = {}
        self.dropped = 0

    def note(
        self,
        request: Request,
        endpoint: str,
        row: ErrorRow,
        client_id: str | None,
        detail: dict[str, str | int | None],
        presented: bytes | None = None,
    ) -> None:
        """Note that `request` to `endpoint` was refused by `row`; `presented` is the digest of a wrong secret."""
        now = self._clock()
        known = client_id if client_id and _CLIENT_ID.fullmatch(client_id) else None
        request.client_id, request.slug = known, row.slug
        kind = (known or "-", network(request.source), row.slug)
        if not self._budget.allows(kind, int(now.timestamp()) // 60):
            self._count_on(kind)
            return
        if len(self._pending) >= _PENDING:
            self.dropped += 1
            return
        entry = LoggedRequest(
            request_id=request.request_id,
            supplied_id=request.supplied_id,
            at=now,
            endpoint=endpoint,
            status=row.status,
            slug=row.slug,
            client_id=known,
            source=request.source,
            detail=json.dumps(_line_of(request) | _harmless(detail)),
        )
        self._pending[request.request_id] = self._last[kind] = entry
        if presented is not None and known is not None and len(self._presented) < _LOOKED_UP:
            self._presented[request.request_id] = presented
        if len(self._last) > _KINDS:
            self._last.popitem(last=False)

    def _count_on(self, kind: Kind) -> None:
        last = self._last.get(kind)
        if last is None:
            self.dropped += 1
            return
        last = self._last[kind] = replace(last, repeated=last.repeated + 1)
        waiting = self._pending if last.request_id in self._pending else self._recounted
        waiting[last.request_id] = last

    def take(self) -> tuple[LoggedRequest, ...]:
        """Hand over and forget what waits to be written; rows written before come again, at most every
        five seconds, with the count that they have grown to.
        """
        taken = tuple(self._pending.values())
        self._pending.clear()
        now = self._clock()
        if self._recounted and now - self._recount_at >= _RECOUNT:
            taken += tuple(self._recounted.values())
            self._recounted.clear()
            self._recount_at = now
        return taken

    def take_presented(self) -> dict[str, bytes]:
        """Hand over and forget the digests of wrong secrets, by the request id of their row."""
        taken, self._presented = self._presented, {}
        return taken

    def put_back(self, rows: tuple[LoggedRequest, ...]) -> None:
        """Take rows back that could not be written; those past the bound are counted as dropped."""
        for row in rows:
            if len(self._pending) >= _PENDING:
                self.dropped += 1
            else:
                self._pending.setdefault(row.request_id, row)


def _line_of(request: Request) -> dict[str, str | int]:
    """The method and the API's address, where they have their form; a path may hold anything."""
    found: dict[str, str | int] = {}
    if _METHOD.fullmatch(request.method):
        found["method"] = request.method.decode()
    address = _ADDRESS.match(request.path)
    if address is not None:
        found["address"] = address[1].decode()
    return found


def _harmless(detail: dict[str, str | int | None]) -> dict[str, str | int]:
    """Keep what was compared, but nothing that could be a credential in the wrong place."""
    return {
        name: _CREDENTIAL.sub(lambda found: f"({len(found[0])} characters)", value)
        if isinstance(value, str)
        else value
        for name, value in detail.items()
        if value is not None
    }
