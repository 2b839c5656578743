"""The one door by which every "no" of the resource side leaves."""

from __future__ import annotations

import json
import math
from functools import lru_cache

from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.challenge import bearer_challenge
from satsuma.http.envelope import envelope
from satsuma.http.messages import Answer, Block, Field, Request
from satsuma.http.rate_limit import rate_limit_fields
from satsuma.telemetry.request_log import RequestLog

_JSON: Field = (b"content-type", b"application/json")
_NO_STORE: Field = (b"cache-control", b"no-store")


class Refusals:
    """Renders a refusal as the envelope with its challenge, and notes it for the client's owner."""

    def __init__(self, log: RequestLog, realm: str) -> None:
        """Refuse in `realm`, into `log`; raises ValueError for a realm that a quoted string cannot hold."""
        if not realm.isascii() or not realm.isprintable() or '"' in realm or "\\" in realm:
            raise ValueError("a realm is printable ASCII without quotation marks and backslashes")
        self._log = log
        self._realm = realm

    def answer(self, request: Request, endpoint: str, refusal: Refusal) -> Answer:
        """The answer for a refusal; the log keeps the true slug."""
        self.note(request, endpoint, refusal)
        block, body = _rendered(refusal.row, refusal.row.status, self._realm, refusal.scope)
        return Answer(block, body, _extra(refusal))

    def answer_as(self, request: Request, endpoint: str, refusal: Refusal, status: int) -> Answer:
        """As `answer`, under another status, for a gateway that knows two of them only."""
        self.note(request, endpoint, refusal)
        block, body = _rendered(refusal.row, status, self._realm, refusal.scope)
        return Answer(block, body, _extra(refusal))

    def note(self, request: Request, endpoint: str, refusal: Refusal) -> None:
        """Note a refusal that has no answer of its own, such as an answer cut off half way."""
        self._log.note(request, endpoint, refusal.row, refusal.client_id, dict(refusal.detail))


def _extra(refusal: Refusal) -> tuple[Field, ...]:
    fields: tuple[Field, ...] = ()
    if refusal.retry_after:
        fields += ((b"retry-after", b"%d" % math.ceil(refusal.retry_after)),)
    fields += rate_limit_fields(refusal.rate)
    allow = refusal.allow or refusal.row.allow
    if allow:
        fields += ((b"allow", allow.encode("ascii")),)
    return fields


@lru_cache(maxsize=1024)
def _rendered(row: ErrorRow, status: int, realm: str, scope: str) -> tuple[Block, bytes]:
    fields = [_JSON]
    if status in (401, 403):
        fields += [_NO_STORE, bearer_challenge(realm, row, scope)]
    elif row.error:
        fields.append(bearer_challenge(realm, row, scope))
    spaced = json.dumps(envelope(row).members())  # as the guides print it
    return Block(status, *fields), spaced.encode()
