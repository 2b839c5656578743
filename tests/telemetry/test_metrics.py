"""Counters in their file: true over every restart of their worker, and empty rather than wrong."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satsuma.telemetry import metrics as module
from satsuma.telemetry.metrics import OVERFLOW, Metrics, render_key

RESTART = None
LABELS = st.dictionaries(
    st.sampled_from(["endpoint", "status", "worker"]), st.text(max_size=90), max_size=2
)
ADDS = st.tuples(
    st.sampled_from(["a_total", "ab_total", "abc_total"]), LABELS, st.integers(0, 2**32)
)
HAPPENINGS = st.lists(ADDS | st.just(RESTART), max_size=30)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "0.metrics"


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Give a new folder's file for each example."""
    folder, numbers = tmp_path_factory.mktemp("metrics"), count()
    return lambda: folder / str(next(numbers)) / "0.metrics"


@given(happenings=HAPPENINGS)
def test_counters_are_a_dictionary_over_every_restart(
    paths: Callable[[], Path], happenings: list[tuple[str, dict[str, str], int] | None]
) -> None:
    path, expected = paths(), dict[str, int]()
    metrics = Metrics(path)
    for happening in happenings:
        if happening is RESTART:
            metrics = Metrics(path)
            continue
        name, labels, amount = happening
        metrics.add(name, amount, **labels)
        key = render_key(name, labels)
        fits = len(key.encode()) <= 248 and not any(
            sign in "".join(labels.values()) for sign in '"\\\n\0'
        )
        key = key if fits else OVERFLOW
        expected[key] = expected.get(key, 0) + amount
    assert metrics.siblings() == Metrics(path).siblings() == expected


def test_a_restarted_worker_counts_on_under_the_same_names(path: Path) -> None:
    first = Metrics(path)
    first.add("requests_total", 100, endpoint="a", status="200")
    first.add("requests_total", 7, endpoint="gateway/poi/v1", status="502")
    again = Metrics(path)
    again.add("requests_total", endpoint="b", status="200")
    again.add("requests_total", endpoint="a", status="200")
    assert again.siblings() == {
        'requests_total{endpoint="a",status="200"}': 101,
        'requests_total{endpoint="gateway/poi/v1",status="502"}': 7,
        'requests_total{endpoint="b",status="200"}': 1,
    }


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"a_total", id="cut"),
        pytest.param(b'a_total{b="c"'.ljust(248, b"\0") + b"\1" * 8, id="half a name"),
        pytest.param(b'a_total{b="c"}d="e"}'.ljust(248, b"\0") + b"\1" * 8, id="tail of another"),
        pytest.param(b"\xff\xfe".ljust(248, b"\0") + b"\1" * 8, id="no text"),
        pytest.param(b'a_total{b="\xff"}'.ljust(248, b"\0") + b"\1" * 8, id="half a letter"),
        pytest.param(b"a\0b".ljust(248, b"\0") + b"\1" * 8, id="a gap in a name"),
        pytest.param((b"a".ljust(248, b"\0") + b"\1" * 8) * 2, id="a name twice"),
    ],
)
def test_a_file_that_is_not_whole_starts_empty(path: Path, content: bytes) -> None:
    Metrics(path)
    size = len(content) if content == b"a_total" else path.stat().st_size
    path.write_bytes(content.ljust(size, b"\0"))
    beside = Metrics(path.with_name("1.metrics"))
    beside.add("b_total", 3)
    assert beside.siblings() == {"b_total": 3}, "and is nothing to whoever reads it meanwhile"
    metrics = Metrics(path)
    metrics.add("c_total", 2)
    assert metrics.siblings() == {"b_total": 3, "c_total": 2}


def test_a_worker_that_ended_between_a_slot_and_its_name_leaves_nothing(path: Path) -> None:
    Metrics(path).add("a_total", 1)
    torn = bytearray(path.read_bytes())
    torn[257:261], torn[504] = b"rest", 9  # all of a name but its first letter, and a number
    path.write_bytes(torn)
    metrics = Metrics(path)
    metrics.add("b", 1)
    assert metrics.siblings() == {"a_total": 1, "b": 1}


def test_names_beyond_the_last_slot_and_names_too_long_are_counted_together(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SLOTS", 4)
    for _ in range(2):
        metrics = Metrics(path)
        for number in range(6):
            metrics.add(f"a{number}_total", 1)
        metrics.add("b_total", 1, label="x" * 248)
    assert metrics.siblings() == {"a0_total": 2, "a1_total": 2, "a2_total": 2, OVERFLOW: 8}
