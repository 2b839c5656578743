"""Hostile bytes on the socket, made by a grammar, on each front; and every case that ever failed."""

import os
import secrets
import sys
from pathlib import Path

import pytest

from tests.front.edge import Edge
from tests.fuzz.__main__ import MUTANTS, copied
from tests.fuzz.grammar import Case
from tests.fuzz.judging import Filling, fault_of
from tests.fuzz.run import KEPT, filling_of, keep, run

REQUESTS = 10_000
SECONDS = 60.0


@pytest.fixture(scope="module")
def filling(edge: Edge) -> Filling:
    return filling_of(edge)


def test_what_failed_once_holds(filling: Filling) -> None:
    kept = {path.stem: Case.of_json(path.read_text()) for path in sorted(KEPT.glob("*.json"))}
    assert {name: fault for name, case in kept.items() if (fault := fault_of(case, filling))} == {}


@pytest.mark.parametrize("mutant", sorted(MUTANTS.glob("*.diff")), ids=lambda path: path.stem)
def test_a_mutant_fits_the_tree(tmp_path: Path, mutant: Path) -> None:
    """What the soak must find is still a change of the code that there is."""
    assert all(path.is_dir() for path in copied(tmp_path, mutant))


@pytest.mark.timeout(180)
def test_no_bytes_break_a_front(edge: Edge) -> None:
    """`FUZZ_SEED` tries again what a seed made."""
    seed = int(os.environ.get("FUZZ_SEED") or secrets.randbelow(2**32))
    sys.stdout.write(f"fuzz: seed {seed} on the front {edge.front}\n")
    found = run(edge, seed, REQUESTS, SECONDS)
    kept = keep(found, edge.front, seed)
    assert not found.fault, f"seed {seed}, after {found.requests} requests: {found.fault}; {kept}"
    assert found.requests >= REQUESTS, f"{found.requests} requests in {found.seconds:.0f} s"
