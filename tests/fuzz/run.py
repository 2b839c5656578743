"""A run of the fuzzer: cases from one seed against one server, watched each second, the first fault shrunk and kept."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.front.edge import Edge
from tests.fuzz.grammar import Case, make_case
from tests.fuzz.judging import Filling, Vitals, fault_of, halves_taken, shrunk
from tests.oauth.flow import authorize_url, new_client
from tests.wire.server import wait_until

KEPT = Path(__file__).with_name("kept")
WARM = 500


@dataclass
class Found:
    """What a run came to: requests sent, and the fault that ended it, with its case."""

    requests: int = 0
    fault: str = ""
    case: Case | None = None
    seconds: float = 0.0
    vitals: list[Vitals] = field(default_factory=list)


def filling_of(edge: Edge) -> Filling:
    """Fill the places of a case for a server that knows a client with a redirect URI."""
    made = new_client(edge.server)
    path = authorize_url(edge.server, made).removeprefix(edge.server.api_url)
    wait_until(lambda: edge.server.request("GET", path).status in (302, 303), 10)
    return Filling(edge, path)


def run(edge: Edge, seed: int, requests: int, seconds: float) -> Found:
    """Send cases until so many requests were sent, the time is over, or something is wrong."""
    random, filling, found = Random(seed), filling_of(edge), Found()
    began = looked = time.monotonic()
    recent: list[Case] = []
    first: Vitals | None = None
    while found.requests < requests and time.monotonic() - began < seconds:
        case = make_case(random)
        found.requests += len(case.requests)
        found.fault = fault_of(case, filling)
        if found.fault:
            found.case = shrunk(case, filling)
            break
        recent.append(case)
        now = time.monotonic()
        if now - looked < 1:
            continue
        looked = now
        found.fault, found.case = _look(edge, filling, found, first, recent)
        if found.requests >= WARM and first is None:
            first = found.vitals[-1]
        if found.fault:
            break
        recent.clear()
        edge.recorder.seen.clear()
    if not found.fault:
        found.fault, found.case = _look(edge, filling, found, first, recent)
    found.seconds = time.monotonic() - began
    return found


def _look(
    edge: Edge, filling: Filling, found: Found, first: Vitals | None, recent: list[Case]
) -> tuple[str, Case | None]:
    """Look at the server: does it live, what does it use, and did it take a half for the whole."""
    if edge.server.process.poll() is not None:
        return "the server ended", None
    now = Vitals.of(edge)
    found.vitals.append(now)
    fault = now.fault_since(first or now, found.requests)
    if fault:
        return fault, None
    fault = halves_taken(edge)
    if not fault:
        return "", None
    halves = [case for case in recent if any(each.statuses is None for each in case.requests)]
    return fault, halves[-1] if halves else None


def keep(found: Found, front: str, seed: int, folder: Path = KEPT) -> Path | None:
    """Write a failing case down, to be tried again for ever."""
    if found.case is None:
        return None
    path = folder / f"{front}-{seed}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(found.case.as_json())
    return path
