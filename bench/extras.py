"""What is measured once rather than in rounds: the cost of a password, memory and start-up."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import satsuma
from bench.document import table
from bench.figures import Verdict
from bench.measuring import Results
from bench.people import ES256, RS256, hashing_cost, signing_cost
from bench.processes import SERVER_CORE, Running, on_core, started
from bench.satsuma import TOKEN
from bench.scenarios import CONTESTANTS, SCENARIOS
from bench.yard import NODE, PEERS
from satsuma.accounts.policy import AccountPolicy
from tests.servers.process import free_port

_TOKENS = 1000


def measure(folder: Path, results: Results, quick: bool) -> None:
    """Add memory and start-up to the results."""
    results.verdicts.append(memory(folder))
    results.notes.append(start_up(folder, 2 if quick else 7))


def memory(folder: Path) -> Verdict:
    """Start on a database that stands, so that nothing of a first run is in memory; make tokens; read the PSS."""
    with satsuma.serving("memory", folder) as first:
        known = first
    again = satsuma.restarted("memory", folder, known.database, known.config, known.environment)
    with again as second:
        for _ in range(_TOKENS):
            status, body = second.ask(TOKEN, known.authorization)
            if status != 200:
                raise RuntimeError(f"no token: {status} {body!r}")
        pss = second.running.pss()
    what = f"PSS of `satsuma serve`, one worker, after {_TOKENS:,} tokens"
    return Verdict(what, pss, 100, 60, unit="MB", less=True)


def hashing(results: Results, times: int = 10) -> None:
    """Judge the logins, and say what of one is its password's hash, compared on the servers' core with no load."""
    login = results.series.get("login")
    if login is None:
        return
    aside = f"{login.per_cpu:.1f} a CPU-second"
    what = "POSTs of the login form that one core answers"
    results.verdicts.append(Verdict(what, login.rate, 25, 35, unit="/s", aside=aside))
    policy = AccountPolicy()
    with on_core(SERVER_CORE):
        taken, parameters = hashing_cost(times, policy.password_cost)
    rows = [
        (
            f"Argon2id, {parameters}",
            f"{1000 * taken:.0f}",
            f"{1000 / login.per_cpu:.0f}" if login.per_cpu else "-",
            f"{taken * login.per_cpu:.0%}",
            f"one a core, at most {policy.hashing_threads} at once, {policy.hashing_queue} wait",
        )
    ]
    head = ("password", "ms of CPU a hash", "ms of CPU a login", "the hash's share", "pool")
    results.notes.append("### The cost of a password\n\n" + table(head, rows))


def signing(results: Results, times: int = 500) -> None:
    """Say what of a redemption and a refresh is the ID token's signature, and what a floor leaves for all the rest."""
    rows = []
    with on_core(SERVER_CORE):
        costs = {alg: signing_cost(alg, times) for alg in (RS256, ES256)}
    for scenario in SCENARIOS:
        alg = CONTESTANTS[scenario.ours].signed
        if not alg or scenario.ours not in results.series:
            continue
        (bar,) = scenario.bars
        cost, ours = 1e6 * costs[alg], results.series[scenario.ours].per_cpu
        peer = results.series[bar.against].per_cpu
        if not (ours and peer):
            continue
        left = 1e6 / peer / bar.floor - cost
        micros = (cost, 1e6 / ours - cost, 1e6 / peer, left)
        rows.append((scenario.title, *(f"{each:,.0f}" for each in micros)))
    if rows:
        head = (
            "",
            "the signature",
            "Satsuma, the rest",
            "oidc-provider in all",
            "left at the floor",
        )
        title = "### What the signature of an ID token takes, microseconds of CPU a request"
        results.notes.append(f"{title}\n\n" + table(head, rows))


def start_up(folder: Path, times: int) -> str:
    """Time from exec to the first answer, pinned to one core; the first start is not counted."""
    with satsuma.serving("start", folder) as first:
        known = first
    rows = []
    for title in ("Satsuma", "empty ASGI callable", "oidc-provider"):
        if title == "oidc-provider" and not NODE.exists():
            continue
        taken = [_one_start(title, folder, known) for _ in range(times + 1)][1:]
        rows.append((title, *(f"{1000 * f(taken):,.0f}" for f in (median, min, max))))
    return "### Start-up, exec to the first answer, ms\n\n" + table(
        ("server", "median", "least", "most"), rows
    )


def _one_start(title: str, folder: Path, known: satsuma.Satsuma) -> float:
    port, before = free_port(), time.monotonic()
    with ExitStack() as stack:
        running: Running
        if title == "Satsuma":
            again = satsuma.restarted(
                "start", folder, known.database, known.config, known.environment
            )
            running = stack.enter_context(again).running
        elif title == "empty ASGI callable":
            command = [sys.executable, PEERS / "empty/app.py", str(port)]
            running = stack.enter_context(started("start-empty", command, port, folder))
        else:
            command = [str(NODE), PEERS / "oidc/server.mjs", str(port), "opaque"]
            where = "/.well-known/openid-configuration"
            running = stack.enter_context(started("start-oidc", command, port, folder, where))
        assert running.port
        return time.monotonic() - before
