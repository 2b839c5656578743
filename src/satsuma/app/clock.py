"""Clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The wall time."""
    return datetime.now(UTC)
