"""How many calls applications made at APIs, by the hour and by the day: what quotas are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class CountCalls(Effect):
    """Add to an application's calls at an API in the hour and the day (UTC) that begin so. Announces nothing."""

    application_id: str
    api_id: str
    hour: datetime
    day: datetime
    calls: int
