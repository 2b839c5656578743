"""The system's clock: the one module that reads the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

from satsuma.domain.clock import Clock


def utc_now() -> datetime:
    """The wall time."""
    return datetime.now(UTC)


SYSTEM: Final = Clock(utc_now, time.time, time.monotonic)
