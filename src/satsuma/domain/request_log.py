"""The request log: what explains a refused request to its caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from satsuma.domain.effects import Effect

GUIDE_MARK: Final = "guide-"
"""What the id begins with that the guide supplies: by it the guide's requests are told from a program's."""


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A row of the request log; `detail` is JSON: classes and names, never a secret."""

    request_id: str
    supplied_id: str | None
    at: datetime
    endpoint: str
    status: int
    slug: str
    client_id: str | None
    source: str
    detail: str
    repeated: int = 1


@dataclass(frozen=True, slots=True)
class LogRequests(Effect):
    """Write rows of the request log; a row with a known `request_id` replaces it. Announces nothing."""

    rows: tuple[LoggedRequest, ...]
