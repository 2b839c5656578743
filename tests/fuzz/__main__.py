"""`python -m tests.fuzz [REQUESTS=5000000] [SECONDS=3600] [SEED=…] [MUTANTS=1]`: the fuzzer for long, and its proof.

Both fronts share the requests and the time. Then each diff of `mutants/` is applied to a copy of the tree, and must be
found on one of the fronts within ten minutes; the minutes that each took are printed. It ends with an error where a
fault was found or a mutant was not.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.options import with_words
from tests.front.edge import running_edge
from tests.fuzz.run import Found, keep, run

ROOT = Path(__file__).parents[2]
MUTANTS = Path(__file__).with_name("mutants")
SOURCES = ("src", "client/src")
FRONTS = ("hot", "asgi")
MUTANT_SECONDS = 600.0


@dataclass(frozen=True)
class Options:
    """How long; `mutants` is 0 to leave them out."""

    requests: int = 5_000_000
    seconds: int = 3600
    seed: int = 0
    mutants: int = 1


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def fuzz(options: Options) -> bool:
    """Run on each front; say what was found."""
    clean = True
    for front in FRONTS:
        found = _run(front, options.seed, options.requests // 2, options.seconds / 2)
        peak = max((look.memory for look in found.vitals), default=0)
        say(
            f"{front}: seed {options.seed}, {found.requests:,} requests in {found.seconds:.0f} s, "
            f"at most {peak:.0f} MB: {found.fault or 'no fault'}"
        )
        if found.fault:
            clean = False
            say(f"kept as {keep(found, front, options.seed)}")
    return clean


def _run(
    front: str, seed: int, requests: int, seconds: float, environment: dict[str, str] | None = None
) -> Found:
    with (
        tempfile.TemporaryDirectory(prefix="satsuma-fuzz-") as folder,
        running_edge(Path(folder), front, environment=environment) as edge,
    ):
        return run(edge, seed, requests, seconds)


def prove(options: Options) -> bool:
    """Apply each mutant to a copy of the tree: the fuzzer must find it, and say how long that took."""
    proven = True
    say(f"\n{'mutant':26} {'front':6} {'minutes':>8} {'requests':>9}  what was seen")
    for diff in sorted(MUTANTS.glob("*.diff")):
        with tempfile.TemporaryDirectory(prefix="satsuma-mutant-") as folder:
            environment = {"PYTHONPATH": os.pathsep.join(map(str, copied(Path(folder), diff)))}
            for front in FRONTS:
                found = _run(front, options.seed, 10**9, MUTANT_SECONDS / 2, environment)
                if found.fault:
                    break
        proven = proven and bool(found.fault)
        seen = found.fault or "NOT FOUND"
        minutes = f"{found.seconds / 60:8.2f} {found.requests:9,}"
        say(f"{diff.stem:26} {front:6} {minutes}  {seen[:90]}")
    return proven


def copied(folder: Path, diff: Path) -> list[Path]:
    """Copy the sources, with a diff applied; raises CalledProcessError where it does not fit any more."""
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    subprocess.run(
        ["patch", "--quiet", "--strip=1", "--input", str(diff)], cwd=folder, check=True, timeout=60
    )
    return [folder / name for name in SOURCES]


def main(words: Sequence[str]) -> int:
    """Fuzz, then prove; 1 where either fails."""
    options = with_words(
        Options(seed=secrets.randbelow(2**32)), [word for word in words if not word.endswith("=")]
    )
    held = fuzz(options)
    if options.mutants:
        held = prove(options) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
