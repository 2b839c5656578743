"""What an application used, and whether it wastes tokens, as its owner is told: on pages, and at the terminal."""

from __future__ import annotations

from datetime import datetime

from satsuma.domain.usage_report import STRETCHES, Stretch, UsageReport, tokens_wasted
from satsuma.store.port import Reader


def read_usage(reader: Reader, application_id: str, stretch: Stretch, now: datetime) -> UsageReport:
    """What an application used in the stretch of time that ends now."""
    since, until = stretch.bounds(now)
    points = reader.list_usage(application_id, since, until, stretch.step)
    others = reader.list_usage("", since, until, stretch.step)
    return UsageReport(stretch, since, until, tuple(points), is_whole=not others)


def count_wasted(reader: Reader, application_id: str, now: datetime) -> int:
    """How many tokens an application got for itself in the last hour, where one would have done; else 0."""
    stretch = STRETCHES["hour"]
    since, until = stretch.bounds(now)
    points = reader.list_usage(application_id, since - stretch.step, until, stretch.step)
    return tokens_wasted(points, now)
