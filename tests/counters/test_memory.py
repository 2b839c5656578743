"""Windows in memory: swept when they are empty, and not before, however long they are."""

import pytest

from satsuma.counters.memory import MemoryCounter

WINDOWS = (1.0, 60.0, 3600.0, 86_400.0, 2_678_400.0)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("limit", [1, 10, 2001, 5000])
def test_sweeping_changes_no_answer(limit: int, window: float) -> None:
    """A used-up quota of a day is used up after an hour's housekeeping, too: the judge is one that is never swept."""
    swept, kept = MemoryCounter(), MemoryCounter()
    for _ in range(limit):
        assert swept.hit("a", limit, window, 0.0) == kept.hit("a", limit, window, 0.0) == 0.0
    for part in (0.0, 0.1, 0.5, 0.99, 0.9999, 1.0, 1.001, 1.01, 2.0):
        now = part * window
        swept.sweep(now)
        assert swept.wait("a", limit, window, now) == kept.wait("a", limit, window, now), part


@pytest.mark.parametrize("window", WINDOWS)
def test_what_is_empty_is_forgotten(window: float) -> None:
    counter = MemoryCounter()
    for n in range(50):
        counter.hit(str(n), 10, window, 0.0)
    counter.sweep(window * 0.9)
    assert len(counter) == 50
    counter.sweep(window * 1.1)
    assert len(counter) == 0


def test_a_window_that_became_longer_is_kept_as_long() -> None:
    counter = MemoryCounter()
    counter.hit("a", 1, 60.0, 0.0)
    counter.hit("a", 2, 86_400.0, 1.0)
    counter.sweep(3600.0)
    assert counter.wait("a", 2, 86_400.0, 3600.0) > 0
