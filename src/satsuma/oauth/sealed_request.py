"""An authorization request on its way through the pages: sealed, so that nobody changes or reads it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import msgspec

from satsuma.domain.authorization import CheckedRequest
from satsuma.keys.opaque import Opaque

LIFE: Final = timedelta(hours=1)
TRIAL_LIFE: Final = timedelta(minutes=10)
"""Of a request that the guide made."""
Sealed = TypeVar("Sealed")


@dataclass(frozen=True, slots=True)
class SealedRequest:
    """A request and when it came in: a login after that instant answers `prompt=login`."""

    request: CheckedRequest
    received_at: datetime


@dataclass(frozen=True, slots=True)
class _Body:
    at: float
    request: dict[str, Any]


def seal_request(opaque: Opaque, sealed: SealedRequest) -> str:
    """Seal a request into text for a URL; what it does not say is left out, so that an older release reads the rest."""
    members = {name: value for name, value in asdict(sealed.request).items() if value is not None}
    body = {"at": sealed.received_at.timestamp(), "request": members}
    return opaque.seal(json.dumps(body, separators=(",", ":")).encode())


def open_request(opaque: Opaque, text: str | None, now: datetime) -> SealedRequest | None:
    """Open what `seal_request` gave; None where it is not ours, or past its time."""
    opened = None if text is None else opaque.open(text)
    if opened is None:
        return None
    body = as_sealed(json.loads(opened), _Body)
    if body is None:
        return None
    received_at = datetime.fromtimestamp(body.at, UTC)
    if now - received_at > LIFE:
        return None
    request = as_sealed(body.request, CheckedRequest)
    if request is None or (request.trial is not None and now - received_at > TRIAL_LIFE):
        return None
    return SealedRequest(request, received_at)


def as_sealed(members: Any, kind: type[Sealed]) -> Sealed | None:
    """What was sealed, as this release knows it; None where another release sealed what this one cannot judge.

    Two releases serve side by side. What an older one left out has its default; a member or a word that only a newer
    one knows may forbid something, so that it is not passed over.
    """
    known = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(members, dict) or not known.issuperset(members):
        return None
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError:
        return None
