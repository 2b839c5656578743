"""The bench's machinery: what it reads from the load tool and makes of rounds, and whether its books find a fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import load, soak
from bench.document import BEGIN, END, table
from bench.figures import Books, Round, Series, Verdict, answers_in, cpu_ratio, ratio
from bench.measuring import members
from bench.processes import started
from bench.scenarios import CONTESTANTS, GROUPS, SCENARIOS
from tests.servers.process import free_port

ROOT = Path(__file__).parents[2]
OUTPUT = """Running 1s test @ http://127.0.0.1:1/token
  1 threads and 32 connections
BENCH {"requests":20500,"micros":1025000,"status":3,"lost":0,"p50":1500,"p99":4250}
"""
EXPOSITION = """# TYPE satsuma_requests_total counter
satsuma_requests_total{endpoint="orange-m2m/token",status="200"} 20510.0
satsuma_requests_total{endpoint="orange-m2m/token",status="401"} 3.0
satsuma_requests_total{endpoint="auth-check",status="204"} 7.0
satsuma_request_seconds_count{endpoint="auth-check"} 7.0
"""


def a_round(requests: int, cpu: float = 1.0) -> Round:
    return Round(requests, 0, 1.0, cpu, 1.0, 2.0)


def test_the_line_of_the_load_tool_is_read() -> None:
    found = load.parse(OUTPUT)
    assert (found.requests, found.failed, found.rate) == (20500, 3, 20000.0)
    assert (found.p50_ms, found.p99_ms) == (1.5, 4.25)


@pytest.mark.parametrize(
    "output", [OUTPUT.replace('"lost":0', '"lost":2'), "", "unable to connect"]
)
def test_a_load_that_broke_is_no_figure(output: str) -> None:
    with pytest.raises(load.LoadFailed):
        load.parse(output)


def test_median_and_spread() -> None:
    series = Series(tuple(a_round(n) for n in (80, 100, 120, 90, 110)))
    assert (series.rate, series.spread) == (100.0, 0.4)


def test_a_ratio_is_taken_round_by_round() -> None:
    """The machine halves its speed in the third round: the ratio does not see it, one of medians would."""
    ours = Series((a_round(90), a_round(90), a_round(45)))
    theirs = Series((a_round(100), a_round(100), a_round(50)))
    assert ratio(ours, theirs) == 0.9
    assert cpu_ratio(Series((a_round(90, cpu=0.5),)), Series((a_round(100),))) == 1.8


@pytest.mark.parametrize(
    ("figure", "less", "word"),
    [
        (0.59, False, "MISS"),
        (0.7, False, "PASS, aim not met"),
        (0.9, False, "PASS, aim met"),
        (0.95, True, "MISS"),
        (0.5, True, "PASS, aim met"),
    ],
)
def test_a_verdict_names_floor_and_aim(figure: float, less: bool, word: str) -> None:
    assert Verdict("x", figure, 0.6, 0.6 if less else 0.9, less=less).word == word


@pytest.mark.parametrize(
    ("counted", "answered", "counted_failed", "answered_failed", "balance"),
    [
        (100, 100, 2, 2, True),
        (131, 100, 2, 2, True),
        (133, 100, 0, 0, False),
        (99, 100, 0, 0, False),
        (110, 100, 1, 2, False),
        (110, 100, 40, 2, False),
    ],
)
def test_the_books_allow_only_what_was_cut_in_flight(
    counted: int, answered: int, counted_failed: int, answered_failed: int, balance: bool
) -> None:
    books = Books("token", counted, answered, 32, counted_failed, answered_failed)
    assert books.balance is balance


def test_counters_are_read_by_endpoint_and_status() -> None:
    found = answers_in(EXPOSITION)
    assert found == {"orange-m2m/token": {200: 20510, 401: 3}, "auth-check": {204: 7}}


def test_every_scenario_names_contestants_that_there_are() -> None:
    for scenario in SCENARIOS:
        assert scenario.group in GROUPS
        assert {scenario.ours, *(bar.against for bar in scenario.bars)} <= set(CONTESTANTS)
        assert CONTESTANTS[scenario.ours].satsuma or scenario.group == "gateway"
        assert all(bar.floor <= bar.aim for bar in scenario.bars)
    assert {name for group in GROUPS for name in members(group)} == set(CONTESTANTS)


def test_the_page_has_its_marks_once() -> None:
    page = (ROOT / "docs/performance.md").read_text()
    assert (page.count(BEGIN), page.count(END)) == (1, 1)
    assert page.index(BEGIN) < page.index(END)


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_a_server_is_pinned_measured_loaded_and_ended(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, ROOT / "bench/peers/empty/app.py", str(port)]
    with started("empty", command, port, tmp_path) as running:
        before = running.cpu()
        done = load.run(load.Load("POST", "/token", {"X": "y"}, "a=b", connections=4), port, 1, 0)
        assert done.requests > 100
        assert done.failed == 0
        assert running.cpu() > before
        assert 5 < running.pss() <= running.rss() < 200
        affinity = subprocess.run(
            ["taskset", "-cp", str(running.process.pid)], capture_output=True, text=True
        )
        assert affinity.stdout.strip().rsplit(" ", 1)[1].isdigit()
    assert running.process.poll() is not None


def test_the_soak_sees_growth_and_forgives_jitter() -> None:
    assert soak.grew([100, 110, 120, 130, 140, 150, 160, 170, 180, 190], 0.25)
    assert not soak.grew([100, 104, 97, 101, 99, 103, 98, 100, 102, 105], 0.25)
    assert soak.sparkline([0, 4, 8]) == "▁▅█"


def test_the_options_of_the_soak() -> None:
    assert soak.read_options(["TOKENS=5", "SECONDS=6"]) == soak.Options(tokens=5, seconds=6)
    with pytest.raises(ValueError, match="SPEED"):
        soak.read_options(["SPEED=1"])


def test_revocations_retire_while_thirty_days_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four seconds are thirty days: too few to judge memory, enough to see each part run and rows retire."""
    soak.revocations(tmp_path, soak.Options(seconds=4))
    told = capsys.readouterr().out
    assert "revocations: flat" in told
    assert "feed: flat" in told
