"""Clock."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the wall time."""
    return datetime.now(UTC)
