"""What is told of usage: steps of time, quantiles as far as buckets tell, and tokens that were waste."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from satsuma.domain.issuers import ORANGE_M2M, ORANGE_U2M, STANDARD
from satsuma.domain.usage_counts import LATENCIES, UsagePoint
from satsuma.domain.usage_report import (
    STRETCHES,
    UsageReport,
    is_call,
    lasts_an_hour,
    quantile,
    tokens_wasted,
)

NOW = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PRESETS = (ORANGE_M2M, ORANGE_U2M, STANDARD)


def took(*counts: int) -> tuple[int, ...]:
    return (*counts, *[0] * (len(LATENCIES) + 1 - len(counts)))


def tokens(
    *minutes_ago: int, api: str = "token:client_credentials", count: int = 1
) -> list[UsagePoint]:
    full = NOW.replace(second=0)
    return [UsagePoint(api, 2, full - ago * MINUTE, took(count)) for ago in minutes_ago]


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("hour", (2026, 3, 1, 11, 31), (2026, 3, 1, 12, 31)),
        ("day", (2026, 2, 28, 13), (2026, 3, 1, 13)),
        ("week", (2026, 2, 22, 18), (2026, 3, 1, 18)),
        ("60-days", (2026, 1, 1), (2026, 3, 2)),
    ],
)
def test_a_stretch_ends_with_the_step_that_runs(
    name: str, since: tuple[int, ...], until: tuple[int, ...]
) -> None:
    stretch = STRETCHES[name]
    bounds = datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC)  # type: ignore[misc,arg-type]
    assert stretch.bounds(NOW) == bounds
    assert bounds[0] + stretch.steps * stretch.step == bounds[1]


def test_a_report_tells_by_step_and_by_api() -> None:
    since, until = STRETCHES["day"].bounds(NOW)
    points = (
        UsagePoint("poi/v1", 2, since, took(3)),
        UsagePoint("poi/v1", 4, since, took(0, 1)),
        UsagePoint("token:refresh_token", 2, until - timedelta(hours=1), took(1)),
    )
    report = UsageReport(STRETCHES["day"], since, until, points)
    assert [sum(each) for each in report.over_time(is_call)] == [4, *[0] * 23]
    assert [(each.api, each.count, dict(each.by_status)) for each in report.by_api()] == [
        ("token:refresh_token", 1, {2: 1}),
        ("poi/v1", 4, {2: 3, 4: 1}),
    ]
    assert report.only("poi/v1", 4).points == points[1:2]
    assert report.only("", 2).points == (points[0], points[2])


@pytest.mark.parametrize(
    ("latencies", "share", "seconds"),
    [
        (took(), 0.5, None),
        (took(1), 0.5, 0.00025),
        (took(0, 0, 0, 10), 0.5, 0.00375),
        (took(0, 0, 0, 10), 1.0, 0.005),
        (took(50, 50), 0.5, 0.0005),
        ((*[0] * 11, 1), 0.95, 5.0),
    ],
)
def test_a_quantile_lies_within_its_bucket(
    latencies: tuple[int, ...], share: float, seconds: float | None
) -> None:
    assert quantile(latencies, share) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("points", "wasted"),
    [
        ([], 0),
        (tokens(5), 0),
        (tokens(5, 58), 0),  # one that was renewed early
        (tokens(5, 49), 2),
        (tokens(5, count=2), 2),
        (tokens(*range(37)), 37),
        (tokens(3, 61, 62), 0),  # an hour ago is not the last hour
        (tokens(3, 4, api="token:authorization_code"), 0),  # people's own
        (tokens(3, 4, api="token:guide"), 0),
        ([UsagePoint("token:client_credentials", 4, NOW, took(9))], 0),  # refused
    ],
)
def test_more_than_one_token_an_hour_is_waste_unless_it_was_renewed_early(
    points: list[UsagePoint], wasted: int
) -> None:
    assert tokens_wasted(points, NOW) == wasted


def test_one_an_hour_is_enough_where_every_machines_token_lasts_an_hour() -> None:
    assert lasts_an_hour(PRESETS)
    shorter = [replace(each, token_life=10 * MINUTE) for each in PRESETS]
    assert not lasts_an_hour(shorter)
    assert lasts_an_hour(each for each in shorter if "client_credentials" not in each.grants)
