"""The one door by which every "no" of the authorization server leaves."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import IssuerPolicy
from satsuma.http.challenge import challenge_field
from satsuma.http.envelope import envelope
from satsuma.http.messages import Answer, Block, Field, Request
from satsuma.telemetry.request_log import RequestLog
from satsuma_client.protocol.messages.challenge import basic_challenge
from satsuma_client.protocol.messages.error_response import ErrorResponse

_JSON: Final[Field] = (b"content-type", b"application/json")
_NO_STORE: Final[tuple[Field, ...]] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_BASIC: Final[Field] = challenge_field(basic_challenge("Authorization Required"))


class Refusals:
    """Renders a refusal in its issuer's style, and notes it for the client's owner."""

    def __init__(self, policy: IssuerPolicy, log: RequestLog, pages_url: str) -> None:
        """Refuse for one issuer; `pages_url` is where `/errors/<slug>` stands."""
        self._links = f"{pages_url}/errors/" if policy.style == "standard" else ""
        self._issuer = policy.name
        self._log = log

    def answer(
        self,
        request: Request,
        endpoint: str,
        refusal: Refusal,
        client_id: str | None,
        challenge: Field | None = None,
    ) -> Answer:
        """The answer for a refusal; the log keeps the true slug, the wire the outward one.

        A 401 challenges for a client's Basic credentials where no other `challenge` is given.

        Spec: RFC 6749 §5.2.
        """
        row = refusal.row
        detail = {"issuer": self._issuer, **refusal.detail}
        self._log.note(request, endpoint, row, client_id, detail, refusal.presented)
        if challenge is None and row.status == 401:
            challenge = _BASIC
        block, body = _rendered(row, self._links, challenge)
        extra: tuple[Field, ...] = ()
        if refusal.retry_after:
            extra = ((b"retry-after", b"%d" % math.ceil(refusal.retry_after)),)
        return Answer(block, body, extra)


@lru_cache(maxsize=256)
def _rendered(row: ErrorRow, links: str, challenge: Field | None) -> tuple[Block, bytes]:
    fields: list[Field] = [_JSON, *_NO_STORE]
    if challenge is not None:
        fields.append(challenge)
    if row.allow:
        fields.append((b"allow", row.allow.encode()))
    return Block(row.status, *fields), _body(row, links)


def _body(row: ErrorRow, links: str) -> bytes:
    if row.code:
        return envelope(row).render()
    error_uri = links + (row.shown_as or row.slug) if links else None
    return ErrorResponse(row.error, row.says, error_uri).render()
