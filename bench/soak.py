"""`python -m bench.soak [NAME=VALUE ...]`, the names being those of `Options`: what must not grow or be lost.

1. Tokens, really made through the wire by a `satsuma serve`; rows, database size and resident memory at ten points.
2. Revocations for some minutes while the clock runs thirty days: the store, the feed's follower and the pruning of a
   server, in this process with a clock of ours. A server's process takes its clock from the system, and a library that
   bends that bends the timers of its event loop too; here only the wall clock runs fast, as it would in thirty days.
3. Kills of a writing process, on SQLite and on PostgreSQL: everything acknowledged must be found.
4. Mutants of the pure rooms: a test notices each, or bench/mutants.toml says why none can (`bench.mutants`).
5. Hostile bytes on the socket of each front, five million requests or an hour, and the fuzzer's own mutants, each of
   which it must find (`tests.fuzz`).

6. SIGTERM at any moment of a server's start and of its first second: it ends within its drain, and leaves nobody
   (`bench.terminations`).

It ends with an error where something that must stay flat grew, something acknowledged was lost, a mutant lives, bytes
broke a front, or a process was left.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bench import load, satsuma
from bench.document import table
from bench.figures import answers_in
from bench.options import with_words
from bench.processes import LOAD_CORE
from bench.terminations import terminate
from satsuma.app.master_key import load_master_key
from satsuma.app.settings import load_settings
from satsuma.domain.audit import Audit
from satsuma.domain.revocations import Revoke
from satsuma.keys.ring import KeyRing
from satsuma.management.keys import open_vault
from satsuma.replica.follower import Follower
from satsuma.replica.replica import Replica
from satsuma.store.opening import open_store
from satsuma.store.port import Store
from tests.servers import running_postgresql, running_redis
from tests.store.kill import campaign

POINTS = 10
DAYS = 30
TOKEN_LIFE = timedelta(hours=1, seconds=30)
_RATE = 400
_LOOKS = 24
"""How often rows are counted for each point, which takes the most of them: between two prunings rows gather."""
_WRITERS = 8
_PRUNE_ROWS = 2000
_BARS = "▁▂▃▄▅▆▇█"
_START = datetime(2027, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Options:
    """How much of each; `tokens_within` bounds the first part in seconds, `fuzz_seconds` the last."""

    tokens: int = 1_000_000
    seconds: int = 600
    kills: int = 50
    tokens_within: int = 240
    fuzz_requests: int = 5_000_000
    fuzz_seconds: int = 3600
    terminations: int = 500


@dataclass(frozen=True)
class Point:
    """What stood at one moment."""

    at: str
    rows: dict[str, int]
    megabytes: float
    rss: float

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def rows_in(file: Path) -> dict[str, int]:
    """Count the rows of every table of a SQLite file."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in names
        }
    connection.close()
    return counts


def size_of(file: Path) -> float:
    """Give the size of a SQLite file with what waits beside it, in MB."""
    beside = [file, file.with_name(file.name + "-wal")]
    return sum(each.stat().st_size for each in beside if each.exists()) / 1_000_000


def sparkline(values: Sequence[float]) -> str:
    """Draw values from zero to the greatest as bars of text."""
    most = max(values, default=0) or 1
    return "".join(_BARS[min(7, int(8 * value / most))] for value in values)


def grew(values: Sequence[float], allowed: float) -> bool:
    """Say whether the end stands more than `allowed` above the first third: a mean of each, since points jitter."""
    third = max(1, len(values) // 3)
    early, late = sum(values[:third]) / third, sum(values[-third:]) / third
    return late > early * (1 + allowed)


def tokens(folder: Path, options: Options) -> bool:
    """Make tokens through the wire; the database must not grow with them, nor memory without end."""
    points: list[Point] = []
    began = time.monotonic()
    with satsuma.serving("soak", folder) as server:
        file = folder / "soak.db"
        body = load.Load(
            "POST", satsuma.TOKEN, satsuma.token_headers(server.authorization), satsuma.GRANT
        )
        made = 0
        while made < options.tokens and time.monotonic() - began < options.tokens_within:
            load.run(body, server.running.port, 1, LOAD_CORE)
            made = answers_in(server.exposition())["orange-m2m/token"][200]
            if made >= options.tokens * (len(points) + 1) / POINTS:
                points.append(
                    Point(f"{made:,}", rows_in(file), size_of(file), server.running.rss())
                )
    print(f"\n## Tokens: {made:,} made in {time.monotonic() - began:.0f} s\n")
    _print(points, "tokens", lambda point: point.total)
    enough = made >= options.tokens
    if not enough:
        print(f"NOT ENOUGH: {options.tokens:,} were wanted within {options.tokens_within} s")
    flat = not grew([point.total for point in points], 0.1) and not grew(
        [point.rss for point in points], 0.25
    )
    print("flat" if flat else "NOT FLAT: rows or memory grew with the tokens")
    return flat and enough


class Bent:
    """A wall clock that runs `factor` times as fast as the monotonic one."""

    def __init__(self, factor: float) -> None:
        """Start at a fixed instant."""
        self._factor = factor
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return _START + timedelta(seconds=(time.monotonic() - self._began) * self._factor)


def revocations(folder: Path, options: Options) -> bool:
    """Revoke for some minutes, thirty days by the clock; rows, feed and the set in memory must stay flat.

    The audit keeps every row for good, so the database grows with it and with nothing else.
    """
    points, made = asyncio.run(_thirty_days(folder, options.seconds))
    print(f"\n## Revocations: {made:,} in {options.seconds} s, {DAYS} days by the clock\n")
    _print(points, "day", lambda point: point.rows["revocation"] + point.rows["feed"])
    flat = {
        name: not grew([values(point) for point in points], allowed)
        for name, values, allowed in (
            ("revocations", lambda point: point.rows["revocation"], 0.25),
            ("feed", lambda point: point.rows["feed"], 0.25),
            ("revocations in memory", lambda point: point.rows["held in memory"], 0.25),
            ("memory", lambda point: point.rss, 0.25),
        )
    }
    last = points[-1]
    kept = (last.megabytes - points[0].megabytes) * 1_000_000
    kept /= max(1, last.rows["audit"] - points[0].rows["audit"])
    print(f"audit: {last.rows['audit']:,} rows, kept for good, {kept:.0f} bytes each")
    print(", ".join(f"{name}: {'flat' if good else 'NOT FLAT'}" for name, good in flat.items()))
    return all(flat.values())


async def _thirty_days(folder: Path, seconds: int) -> tuple[list[Point], int]:
    file = folder / "revocations.db"
    url = f"sqlite:///{file}"
    clock = Bent(DAYS * 86_400 / seconds)
    settings = load_settings(None, {}, {"database": url})
    master = load_master_key(settings)
    store = open_store(url)
    made = [0]
    tasks: list[asyncio.Task[None]] = []
    try:
        vault = await open_vault(store, master, None, clock)
        replica = Replica(KeyRing(vault))
        follower = Follower(store, replica, clock, time.monotonic, structlog.get_logger())
        await follower.load()
        tasks = [
            asyncio.create_task(follower.run()),
            asyncio.create_task(_prune(store, clock, min(10.0, seconds / 60))),
            *(asyncio.create_task(_revoke(store, clock, made)) for _ in range(_WRITERS)),
        ]
        points = []
        for at in range(1, POINTS + 1):
            until = time.monotonic() + seconds / POINTS
            rows: dict[str, int] = {}
            while time.monotonic() < until:
                await asyncio.sleep(seconds / POINTS / _LOOKS)
                _raise_what_broke(tasks)
                seen = await asyncio.to_thread(rows_in, file)
                seen["held in memory"] = len(replica.revoked)
                rows = {name: max(count, rows.get(name, 0)) for name, count in seen.items()}
            points.append(Point(f"{at * DAYS // POINTS}", rows, size_of(file), _own_rss()))
        return points, made[0]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.close()


def _raise_what_broke(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done():
            task.result()


async def _revoke(store: Store, clock: Callable[[], datetime], made: list[int]) -> None:
    """Commit what the revocation endpoint commits, at a steady rate."""
    while True:
        jti, now = uuid.uuid4().hex, clock()
        await store.commit(
            Revoke("token", jti, now + TOKEN_LIFE),
            Audit(now, "client:soak", "token.revoke", f"token:{jti}"),
        )
        made[0] += 1
        await asyncio.sleep(_WRITERS / _RATE)


async def _prune(store: Store, clock: Callable[[], datetime], every: float) -> None:
    """Prune as a server does, but only every twelve hours by the clock, where a server does it every ten seconds."""
    while True:
        await asyncio.sleep(every)
        while await store.prune(clock(), _PRUNE_ROWS) >= _PRUNE_ROWS:
            pass


def _own_rss() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def _print(points: Sequence[Point], unit: str, counted: Callable[[Point], int]) -> None:
    rows = [
        (point.at, f"{counted(point):,}", f"{point.megabytes:.1f}", f"{point.rss:.0f}")
        for point in points
    ]
    print(table((unit, "rows", "database MB", "RSS MB"), rows))
    print(f"\nrows     {sparkline([counted(point) for point in points])}")
    print(f"database {sparkline([point.megabytes for point in points])}")
    print(f"RSS      {sparkline([point.rss for point in points])}", flush=True)


def kills(folder: Path, options: Options) -> bool:
    """Kill a writer again and again on both databases; nothing acknowledged may be lost."""
    wanted = max(1000, 20 * options.kills) if options.kills >= 50 else 20 * options.kills
    print(f"\n## Kills, at least {options.kills}, at least {wanted:,} acknowledged\n", flush=True)
    with running_postgresql() as cluster, cluster.new_database() as postgresql:
        found = []
        for name, url in (
            ("SQLite", f"sqlite:///{folder / 'kill.db'}"),
            ("PostgreSQL", postgresql),
        ):
            asyncio.run(open_store(url, upgrade=True).close())
            result = campaign(url, options.kills, wanted, seed=int(time.time()))
            found.append(result)
            print(f"{name}: {result}", flush=True)
    return all(not result.lost and not result.torn for result in found)


def mutants(folder: Path, options: Options) -> bool:
    """Change every rule, in a process of its own: each change needs the rooms as nobody has imported them."""
    print("\n## Mutants\n", flush=True)
    return subprocess.run([sys.executable, "-m", "bench.mutants"]).returncode == 0


def fuzz(folder: Path, options: Options) -> bool:
    """Send hostile bytes for long, in a process of its own, and prove that the fuzzer finds what it is for."""
    print("\n## Hostile bytes\n", flush=True)
    amount = f"REQUESTS={options.fuzz_requests}", f"SECONDS={options.fuzz_seconds}"
    return subprocess.run([sys.executable, "-m", "tests.fuzz", *amount]).returncode == 0


def terminations(folder: Path, options: Options) -> bool:
    """Tell a server to leave, again and again, at a moment that is drawn: so many times on each database."""
    seed, faults = int(time.time()), 0
    print(f"\n## Terminations: {options.terminations} on each database, seed {seed}\n", flush=True)
    with running_postgresql() as cluster, cluster.new_database() as url, running_redis() as redis:
        for name, database, counters in (
            ("SQLite", f"sqlite:///{folder / 'terminations.db'}", None),
            ("PostgreSQL, two workers", url, redis.url),
        ):
            result = terminate(database, counters, options.terminations, seed, folder)
            faults += len(result.faults)
            ended = ", ".join(f"{status}: {n}" for status, n in sorted(result.statuses.items()))
            print(f"{name}: ended with {ended}; the slowest after {result.slowest:.1f} s")
            print("".join(f"{fault}\n" for fault in result.faults), end="", flush=True)
    return not faults


def read_options(words: Sequence[str]) -> Options:
    """Read `NAME=VALUE` words; raises ValueError for any other."""
    return with_words(Options(), words)


def main(words: Sequence[str]) -> int:
    """Run the six parts; 1 where one does not hold."""
    options = read_options([word for word in words if not word.endswith("=")])
    with tempfile.TemporaryDirectory(prefix="satsuma-soak-") as name:
        folder = Path(name)
        parts = (tokens, revocations, kills, mutants, fuzz, terminations)
        held = [part(folder, options) for part in parts]
    print("\nall of it holds" if all(held) else "\nNOT ALL OF IT HOLDS")
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
