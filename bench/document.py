"""The report: tables of what was measured, each figure beside its floor and aim; its place in docs/performance.md."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bench.figures import Books, Verdict, cpu_ratio, ratio
from bench.load import CONNECTIONS, wrk_version
from bench.measuring import Pace, Results, members
from bench.scenarios import CONTESTANTS, GROUPS, SCENARIOS
from bench.yard import BENCH_PYTHON, NODE, PEERS

PAGE = Path(__file__).parents[1] / "docs/performance.md"
BEGIN = "<!-- what follows is written by `make bench` -->"
END = "<!-- what stands above is written by `make bench` -->"
_OURS = ("uvicorn", "httptools", "uvloop", "cryptography", "msgspec", "aiohttp", "psycopg", "redis")
_PEERS = ("Authlib", "Flask", "django-oauth-toolkit", "Django", "gunicorn", "SQLAlchemy")


@dataclass(frozen=True)
class Report:
    """A run as text; `holds` where every floor is reached and every counter equals the answers."""

    results: Results
    books: Sequence[tuple[str, Books]]
    pace: Pace
    seconds: float

    @property
    def verdicts(self) -> list[Verdict]:
        series, found = self.results.series, []
        for scenario in SCENARIOS:
            for bar in scenario.bars:
                if scenario.ours not in series or bar.against not in series:
                    continue
                ours, theirs = series[scenario.ours], series[bar.against]
                what = f"{scenario.title} / {CONTESTANTS[bar.against].title}"
                aside = f"{cpu_ratio(ours, theirs):.2f}"
                found.append(Verdict(what, ratio(ours, theirs), bar.floor, bar.aim, aside=aside))
        return found + self.results.verdicts

    @property
    def holds(self) -> bool:
        return all(each.passes for each in self.verdicts) and all(b.balance for _, b in self.books)

    def text(self) -> str:
        parts = [self._how(), self._verdicts()]
        parts += [self._group(name) for name in GROUPS if self._measured(name)]
        parts += [self._books(), *self.results.notes]
        return "\n\n".join(part for part in parts if part) + "\n"

    def _measured(self, group: str) -> list[str]:
        return [name for name in members(group) if name in self.results.series]

    def _how(self) -> str:
        pace, today = self.pace, datetime.datetime.now(datetime.UTC).date()
        return (
            f"Measured on {today}: {machine()}. {pace.rounds} alternating rounds of {pace.seconds:g} s after "
            f"{pace.warm_up:g} s of warm-up, {CONNECTIONS} connections, the server on one core and the load on "
            f"another, in one run of {self.seconds / 60:.1f} minutes.\n\n"
            f"Versions: {', '.join(versions())}."
        )

    def _verdicts(self) -> str:
        rows = [
            (
                each.what,
                f"**{_figure(each.figure, each.unit)}**",
                each.aside,
                _figure(each.floor, each.unit),
                _figure(each.aim, each.unit),
                each.word,
            )
            for each in self.verdicts
        ]
        head = ("measured / against", "figure", "by CPU", "floor", "aim", "")
        return "### Floors and aims\n\n" + table(head, rows)

    def _group(self, group: str) -> str:
        rows = []
        for name in self._measured(group):
            series = self.results.series[name]
            rows.append(
                (
                    CONTESTANTS[name].title,
                    f"{series.rate:,.0f}",
                    f"{series.spread:.0%}",
                    f"{series.per_cpu:,.0f}",
                    f"{series.p50_ms:.2f}",
                    f"{series.p99_ms:.2f}",
                )
            )
        head = ("server", "req/s", "spread", "req/CPU-s", "p50 ms", "p99 ms")
        return f"### {GROUPS[group]}\n\n" + table(head, rows)

    def _books(self) -> str:
        rows = [
            (
                f"{server}: {each.endpoint}",
                f"{each.counted:,}",
                f"{each.answered:,}",
                f"{each.counted - each.answered:,} of at most {each.cut:,}",
                f"{each.counted_failed:,} / {each.answered_failed:,}",
                "equal" if each.balance else "NOT EQUAL",
            )
            for server, each in self.books
        ]
        head = (
            "endpoint",
            "/metrics",
            "answers",
            "cut in flight",
            "refused: /metrics / answers",
            "",
        )
        return "### Counters\n\n" + table(head, rows)


def _figure(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return f"{value:.3g} {unit}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """Say what the figures were measured on."""
    name = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


def versions() -> list[str]:
    """Name everything that took part, with its version."""
    found = [f"CPython {platform.python_version()}", wrk_version()]
    found += [f"{name} {metadata.version(name)}" for name in _OURS]
    if NODE.exists():
        node = subprocess.run([NODE, "--version"], capture_output=True, text=True).stdout.strip()
        found.append(f"Node {node}")
        package = (PEERS / "oidc/node_modules/oidc-provider/package.json").read_bytes()
        found.append(f"oidc-provider {json.loads(package)['version']}")
    if BENCH_PYTHON.exists():
        code = f"from importlib.metadata import version as v\nfor n in {_PEERS}: print(n, v(n))"
        done = subprocess.run([BENCH_PYTHON, "-c", code], capture_output=True, text=True)
        found += done.stdout.split("\n")[:-1]
    return found


def write(report: Report) -> None:
    """Put the report between the marks of the page; what is written by hand around them stays."""
    page = PAGE.read_text() if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{report.text()}\n{END}{after}")
    print(f"written: {PAGE}")
