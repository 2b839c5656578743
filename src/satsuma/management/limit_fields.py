"""The limits of an API and of a plan, each field declared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from satsuma.domain.limits import DAY, HOUR, MINUTE, MONTH, Limits
from satsuma.management.fields import Field
from satsuma.management.stops import fewer, fewer_calls

MOST: Final = 1_000_000_000
_MOST_ROLLING: Final = 100_000
"""Each call of a rolling window is remembered by itself."""


def _quota(name: str, says: str, seconds: int, most: int) -> Field:
    return Field(
        name,
        f"--{name.replace('_', '-')}",
        f"Calls of one application {says}; none: as many as come.",
        "quota",
        "CALLS|none",
        bounds=(0, most),
        shown=_or_none,
        inside="limits",
        seconds=seconds,
        changes=True,
        ends=fewer_calls(says),
    )


def _or_none(calls: int) -> int | None:
    return calls or None


RATES: Final = (
    Field(
        "spike_per_second",
        "--spike-per-second",
        "Calls of one application in any second.",
        "whole",
        bounds=(1, _MOST_ROLLING),
        default=25,
        inside="limits",
        changes=True,
        ends=fewer("An application that makes more than {} calls in a second is refused"),
    ),
    _quota("per_minute", "in any minute", MINUTE, _MOST_ROLLING),
    _quota("per_hour", "in an hour, from each full one", HOUR, MOST),
    _quota("per_day", "in a day (UTC)", DAY, MOST),
    _quota("per_month", "in a calendar month (UTC)", MONTH, MOST),
)
RATE_NAMES: Final = tuple(field.name for field in RATES)
CONCURRENCY: Final = Field(
    "concurrency",
    "--concurrency",
    "Calls under way at once in one process, of all applications together.",
    "whole",
    bounds=(1, 100_000),
    default=1000,
    inside="limits",
    changes=True,
    ends=fewer("While more than {} calls are under way, further ones get 503"),
)


def limits_given(given: Mapping[str, Any]) -> Limits:
    """The limits that the options of these fields ask for; a quota that none names is none."""
    limits = Limits(given["spike_per_second"], concurrency=given["concurrency"])
    for field in RATES:
        if field.seconds and given[field.name]:
            limits = limits.with_quota(field.seconds, given[field.name])
    return limits
