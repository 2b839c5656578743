"""An authorization request on its way through the pages: sealed, so that nobody changes or reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from satsuma.domain.authorization import CheckedRequest
from satsuma.keys.opaque import Opaque

LIFE: Final = timedelta(hours=1)
_TUPLES: Final = ("scope", "prompt", "acr_values", "ui_locales")


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request and when it came in: a login after that instant answers `prompt=login`."""

    request: CheckedRequest
    received_at: datetime


def seal_request(opaque: Opaque, sealed: SealedRequest) -> str:
    """Seal a request into text for a URL."""
    body = {"at": sealed.received_at.timestamp(), "request": asdict(sealed.request)}
    return opaque.seal(json.dumps(body, separators=(",", ":")).encode())


def open_request(opaque: Opaque, text: str | None, now: datetime) -> SealedRequest | None:
    """Open what `seal_request` gave; None where it is not ours, or older than an hour."""
    opened = None if text is None else opaque.open(text)
    if opened is None:
        return None
    body: dict[str, Any] = json.loads(opened)
    received_at = datetime.fromtimestamp(body["at"], UTC)
    if now - received_at > LIFE:
        return None
    members = body["request"]
    members.update({name: tuple(members[name]) for name in _TUPLES})
    return SealedRequest(CheckedRequest(**members), received_at)
