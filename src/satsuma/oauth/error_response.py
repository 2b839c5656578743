"""The one door by which every "no" of the authorization server leaves."""

from __future__ import annotations

import json
from functools import lru_cache

from satsuma.domain.errors.refusal import Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import IssuerPolicy
from satsuma.http.messages import Answer, Block, Field, Request
from satsuma.oauth.client_authentication import WrongSecret
from satsuma.telemetry.request_log import RequestLog

_JSON: Field = (b"content-type", b"application/json")
_NO_STORE: tuple[Field, ...] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))
_BASIC: Field = (b"www-authenticate", b'Basic realm="Authorization Required"')


class Refusals:
    """Renders a refusal in its issuer's style, and notes it for the client's owner."""

    def __init__(self, policy: IssuerPolicy, log: RequestLog, pages_url: str) -> None:
        """Refuse for one issuer; `pages_url` is where `/errors/<slug>` stands."""
        self._links = f"{pages_url}/errors/" if policy.style == "standard" else ""
        self._log = log

    def answer(
        self, request: Request, endpoint: str, refused: Refused, client_id: str | None
    ) -> Answer:
        """The answer for a refusal; the log keeps the true slug, the wire the outward one."""
        row = refused.row
        presented = refused.presented if isinstance(refused, WrongSecret) else None
        self._log.note(request, endpoint, row, client_id, refused.detail, presented)
        block, body = _rendered(row, self._links)
        extra: tuple[Field, ...] = ()
        wait = refused.detail.get("retry_after")
        if wait is not None:
            extra = ((b"retry-after", str(wait).encode()),)
        return Answer(block, body, extra)


@lru_cache(maxsize=256)
def _rendered(row: ErrorRow, links: str) -> tuple[Block, bytes]:
    fields: list[Field] = [_JSON, *_NO_STORE]
    if row.status == 401:
        fields.append(_BASIC)
    if row.status == 405:
        fields.append((b"allow", b"GET, HEAD" if "document" in row.slug else b"POST"))
    return Block(row.status, *fields), _body(row, links)


def _body(row: ErrorRow, links: str) -> bytes:
    if row.code:
        body: dict[str, str | int] = {
            "code": row.code,
            "message": row.message,
            "description": row.says,
        }
    else:
        body = {"error": row.error, "error_description": row.says}
        if links:
            body["error_uri"] = links + (row.shown_as or row.slug)
    return json.dumps(body, separators=(",", ":")).encode()
