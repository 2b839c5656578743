"""Measuring: the contestants of a group take turns for some rounds; what each answered is entered into the books."""

from __future__ import annotations

import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bench import load as loading
from bench.figures import Books, Round, Series, Verdict, answers_in
from bench.load import Load
from bench.processes import LOAD_CORE, Running
from bench.satsuma import PROGRAM, TOKEN, Satsuma
from bench.scenarios import ASIDE, CONTESTANTS, SCENARIOS, Contestant
from bench.yard import Yard

_REVOKE_AFTER = 1.0
_REVOKING_ROUND = 4.0


@dataclass(frozen=True)
class Pace:
    """How many rounds of how many seconds, after a warm-up."""

    rounds: int = 5
    seconds: float = 2.0
    warm_up: float = 2.0


@dataclass
class Entry:
    """What the load tool got from one endpoint of one server."""

    answered: int = 0
    failed: int = 0
    cut: int = 0


@dataclass
class Results:
    """Everything that a run measured."""

    series: dict[str, Series] = field(default_factory=dict)
    entries: dict[tuple[str, str], Entry] = field(default_factory=lambda: defaultdict(Entry))
    verdicts: list[Verdict] = field(default_factory=list)
    """Figures that are no ratio of two series."""
    notes: list[str] = field(default_factory=list)


def members(group: str) -> list[str]:
    """Give the contestants of a group, each once, in the order of the table."""
    names: dict[str, None] = {}
    for scenario in SCENARIOS:
        if scenario.group == group:
            names[scenario.ours] = None
            names.update(dict.fromkeys(bar.against for bar in scenario.bars))
    return [*names, *ASIDE.get(group, ())]


def measure(yard: Yard, names: Iterable[str], pace: Pace, results: Results) -> None:
    """Warm every contestant up, then let them take turns, the order turned round every other round."""
    ready: list[tuple[str, Contestant, Running, Load]] = []
    for name in names:
        contestant = CONTESTANTS[name]
        ready.append((name, contestant, *contestant.set_up(yard)))
    for _, contestant, running, load in ready:
        fresh = contestant.renewed(yard, load, pace.warm_up)
        one_round(contestant, running, fresh, pace.warm_up, results)
    rounds: dict[str, list[Round]] = {name: [] for name, *_ in ready}
    for at in range(pace.rounds):
        for name, contestant, running, load in ready if at % 2 == 0 else reversed(ready):
            last = at == pace.rounds - 1
            if contestant.revokes and last:
                done = _round_with_revocation(yard, contestant, running, load, results)
            else:
                fresh = contestant.renewed(yard, load, pace.seconds)
                done = one_round(contestant, running, fresh, pace.seconds, results)
            rounds[name].append(done)
    for name, done_rounds in rounds.items():
        results.series[name] = Series(tuple(done_rounds))


def one_round(
    contestant: Contestant,
    running: Running,
    load: Load,
    seconds: float,
    results: Results,
    may_fail: bool = False,
) -> Round:
    """Load one server once its predecessors' work is done; raises LoadFailed for an answer that is no success."""
    running.rest()
    before = running.cpu()
    done = loading.run(load, running.port, seconds, LOAD_CORE)
    done = replace(done, cpu=running.cpu() - before)
    if contestant.satsuma:
        entry = results.entries[contestant.satsuma, contestant.endpoint(load)]
        entry.answered += done.requests
        entry.failed += done.failed
        entry.cut += load.connections
    if done.failed and not may_fail:
        raise loading.LoadFailed(f"{contestant.title}: {done.failed} answers were not 2xx")
    return done


def _round_with_revocation(
    yard: Yard, contestant: Contestant, running: Running, load: Load, results: Results
) -> Round:
    """Revoke one client of the mix by the command line while all of them are asking for tokens."""
    satsuma = yard.satsuma(contestant.satsuma)
    watching = threading.Thread(target=_revoke, args=(yard, satsuma, results))
    watching.start()
    try:
        return one_round(contestant, running, load, _REVOKING_ROUND, results, may_fail=True)
    finally:
        watching.join()


def _revoke(yard: Yard, satsuma: Satsuma, results: Results) -> None:
    application_id, authorization = yard.mix[len(yard.mix) // 2]
    time.sleep(_REVOKE_AFTER)
    command = [PROGRAM, "apps", "revoke", application_id, "--database", satsuma.database]
    started = time.monotonic()
    subprocess.run(
        ["taskset", "-c", str(LOAD_CORE), *command], check=True, capture_output=True, timeout=30
    )
    ended = time.monotonic()
    while satsuma.ask(TOKEN, authorization)[0] == 200 and time.monotonic() < ended + 10:
        time.sleep(0.005)
    now = time.monotonic()
    results.verdicts.append(
        Verdict(
            "seconds from the end of `satsuma apps revoke` to the client's first 401, under load",
            now - ended,
            1.0,
            1.0,
            unit="s",
            less=True,
            aside=f"{now - started:.2f} s from its start",
        )
    )


def balance_books(yard: Yard, results: Results) -> list[tuple[str, Books]]:
    """Compare every server's own counters with what the load and the bench itself were answered."""
    books = []
    for name, satsuma in yard.satsumas.items():
        counters = answers_in(satsuma.exposition())
        for (server, endpoint), entry in sorted(results.entries.items()):
            if server != name or not endpoint:
                continue
            counts = counters.get(endpoint, {})
            books.append(
                (
                    name,
                    Books(
                        endpoint=endpoint,
                        counted=sum(counts.values()),
                        answered=entry.answered + satsuma.asked.get(endpoint, 0),
                        cut=entry.cut,
                        counted_failed=sum(n for status, n in counts.items() if status >= 400),
                        answered_failed=entry.failed + satsuma.refused.get(endpoint, 0),
                    ),
                )
            )
    return books
