"""`python -m bench [quick] [GROUP...]`: measure, print, and after a whole run write docs/performance.md."""

import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import document, extras, logins
from bench.measuring import Pace, Results, balance_books, measure, members
from bench.scenarios import GROUPS
from bench.yard import Yard

_QUICK = Pace(rounds=2, seconds=1, warm_up=1)


class Broken:
    """Notes a part that failed, so that the others are still measured and printed."""

    def __init__(self) -> None:
        """Start with nothing broken."""
        self.what: list[str] = []

    @contextlib.contextmanager
    def noted(self, part: str) -> Iterator[None]:
        try:
            yield
        except Exception as problem:
            self.what.append(f"{part}: {problem}")


def main(arguments: list[str]) -> int:
    """Measure every group, or those named; 1 where a floor is missed or the books do not balance."""
    quick = "quick" in arguments
    groups = [name for name in GROUPS if name in arguments] or list(GROUPS)
    pace = _QUICK if quick else Pace()
    results, started, broken = Results(), time.monotonic(), Broken()
    with tempfile.TemporaryDirectory(prefix="satsuma-bench-") as folder:
        yard = Yard(Path(folder))
        try:
            for group in groups:
                print(f"-- {group}", flush=True)
                with broken.noted(group):
                    measure(yard, members(group), pace, results)
            books = balance_books(yard, results)
            yard.close()
            with broken.noted("the cost of a password"):
                extras.hashing(results)
            with broken.noted("the cost of a signature"):
                extras.signing(results)
            if "logins" in groups:
                print("-- others beside logins, what a refusal tells", flush=True)
                with broken.noted("others beside logins, what a refusal tells"):
                    logins.measure(Path(folder), results, quick)
            if groups == list(GROUPS):
                print("-- memory, start-up", flush=True)
                with broken.noted("memory, start-up"):
                    extras.measure(Path(folder), results, quick)
        finally:
            yard.close()
    report = document.Report(results, books, pace, time.monotonic() - started)
    print(report.text())
    for what in broken.what:
        print(f"NOT MEASURED: {what}", file=sys.stderr)
    if broken.what:
        return 1
    if not quick and groups == list(GROUPS):
        document.write(report)
    return 0 if report.holds else 1


sys.exit(main([word.lower() for word in sys.argv[1:]]))
