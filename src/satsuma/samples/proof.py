"""Which cells have been run, as `make samples` wrote it down after running them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from satsuma.samples.levels import Level
from satsuma.samples.sample import Sample
from satsuma.samples.show import show
from satsuma.samples.steps import Step, Values

FILE: Final = "proved.json"


@dataclass(frozen=True, slots=True)
class Proof:
    """When a cell's programs ran last and did what they say, and the digest of what ran."""

    on: str
    digest: str


@cache
def _proved() -> tuple[str, dict[str, str]]:
    written = json.loads(files("satsuma.samples").joinpath(FILE).read_text())
    return written["on"], written["cells"]


def proved_on() -> str:
    """The day of the last proof."""
    return _proved()[0]


def find_proof(step: Step, target: str, level: Level) -> Proof | None:
    """The proof of a cell; None where its programs did not run, or another did."""
    on, cells = _proved()
    found = cells.get(f"{target} {level} {step}")
    return Proof(on, found) if found and found == digest(step, target, level) else None


def digest(step: Step, target: str, level: Level) -> str | None:
    """What a program is known by, whatever is written into it: a digest of the one for the default values."""
    found = [show(step, target, level, Values(scope="read", public=each)) for each in (False, True)]
    texts = [each.text for each in found if isinstance(each, Sample)]
    return hashlib.sha256("".join(texts).encode()).hexdigest()[:16] if texts else None
