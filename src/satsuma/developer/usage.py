"""What one of a person's own applications used, step by step, and whether it wastes tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from satsuma.developer.operations import (
    Asked,
    BadParameter,
    Operation,
    Parameter,
    find_own,
    matching,
    one_of,
)
from satsuma.diagnostics.usage import count_wasted, read_usage
from satsuma.domain.usage_counts import LATENCIES, UsagePoint
from satsuma.domain.usage_report import STRETCHES, UsageReport, quantile
from satsuma.store.port import Reader

_ID: Final = r"[A-Za-z0-9._-]{1,64}"
_API: Final = r"[a-z0-9:_/-]{1,80}"


class UsedInAStep(msgspec.Struct, frozen=True):
    """How many answers there were in a step that begins at `at`, and in each bucket of latency."""

    at: datetime
    count: int
    latencies: tuple[int, ...]


class UsedSeries(msgspec.Struct, frozen=True):
    """What came of one API in one class of statuses; `api` of token requests is `token:` and the grant type."""

    api: str
    status: str
    count: int
    median_ms: float
    p95_ms: float
    steps: list[UsedInAStep]


class Usage(msgspec.Struct, frozen=True):
    """What an application used; steps in which nothing was are left out.

    `latency_bounds_ms` are the buckets' bounds, the last bucket has none. `complete` is false where there was more than
    can be told apart. `tokens_wasted` is how many tokens it got in the last hour where one would have done, else 0.
    """

    application_id: str
    since: datetime
    until: datetime
    step_seconds: int
    latency_bounds_ms: tuple[float, ...]
    complete: bool
    tokens_wasted: int
    series: list[UsedSeries]


def _read(reader: Reader, asked: Asked) -> Usage:
    application = find_own(reader, asked.spaces, asked.values["application"] or "")
    if application is None:
        raise BadParameter("application")
    status = asked.values["status"]
    report = read_usage(
        reader, application.application_id, STRETCHES[asked.values["over"]], asked.now
    ).only(asked.values["api"] or "", int(status[0]) if status else 0)
    wasted = 0
    if asked.lasts_an_hour:
        wasted = count_wasted(reader, application.application_id, asked.now)
    return Usage(
        application.application_id,
        report.since,
        report.until,
        int(report.stretch.step.total_seconds()),
        tuple(bound * 1000 for bound in LATENCIES),
        report.is_whole,
        wasted,
        _series(report),
    )


def _series(report: UsageReport) -> list[UsedSeries]:
    grouped: dict[tuple[str, int], list[UsagePoint]] = {}
    for each in report.points:
        grouped.setdefault((each.api, each.status), []).append(each)
    return [_one(api, status, points) for (api, status), points in sorted(grouped.items())]


def _one(api: str, status: int, points: list[UsagePoint]) -> UsedSeries:
    whole = [sum(bucket) for bucket in zip(*(each.latencies for each in points), strict=True)]
    return UsedSeries(
        api,
        f"{status}xx",
        sum(whole),
        round((quantile(whole, 0.5) or 0) * 1000, 2),
        round((quantile(whole, 0.95) or 0) * 1000, 2),
        [UsedInAStep(each.at, each.count, each.latencies) for each in points],
    )


OPERATIONS: Final = (
    Operation(
        "/usage",
        "readUsage",
        "What one of your applications used: tokens, calls, errors and latency over time.",
        Usage,
        _read,
        (
            Parameter(
                "application", "Whose usage, by either of its ids.", *matching(_ID), required=True
            ),
            Parameter(
                "over", "The stretch of time that ends now.", *one_of(*STRETCHES), default="day"
            ),
            Parameter("api", "Only of this API, such as NAME/v1.", *matching(_API)),
            Parameter("status", "Only answers of this class.", *one_of("2xx", "3xx", "4xx", "5xx")),
        ),
    ),
)
