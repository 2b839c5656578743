"""What a run proved: written down by `make samples`, and compared by every other run."""

import datetime
import json
import os
from collections.abc import Iterable
from pathlib import Path

from satsuma.samples import Level, Step
from satsuma.samples.proof import FILE, digest

PROVED = Path(__file__).parents[2] / "src/satsuma/samples" / FILE


def proves(slug: str, ran: Iterable[tuple[Level, Step]]) -> None:
    """These cells ran; those that are written down must be the same programs."""
    now = {f"{slug} {level} {step}": digest(step, slug, level) for level, step in ran}
    written = json.loads(PROVED.read_text())
    if os.environ.get("PROVE"):
        kept = {cell: known for cell, known in written["cells"].items() if _is_offered(cell)}
        written = {
            "on": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "cells": dict(sorted((kept | now).items())),
        }
        PROVED.write_text(json.dumps(written, indent=1) + "\n")
        return
    known = {cell: written["cells"].get(cell) for cell in now}
    assert known == now, "run `make samples`: what is written down is not what ran"


def _is_offered(cell: str) -> bool:
    slug, level, step = cell.split(" ")
    try:
        return digest(step, slug, level) is not None  # type: ignore[arg-type]
    except KeyError:
        return False  # a target that is no more
