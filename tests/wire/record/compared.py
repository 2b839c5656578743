"""The parts of the record, and how each is written and read."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.wire.record import commands, flows, routes
from tests.wire.record.server import Recorder, recording

ANSWERS = Path(__file__).with_name("answers")
Part = dict[str, Any]


def _served(play: Callable[[Recorder], None], front: str) -> Callable[[Path], Part]:
    def run(folder: Path) -> Part:
        with recording(folder, front) as recorder:
            play(recorder)
        return recorder.answers

    return run


PARTS: dict[str, tuple[str, Callable[[Path], Part]]] = {
    "routes-hot": ("routes", _served(routes.play, "hot")),
    "routes-asgi": ("routes", _served(routes.play, "asgi")),
    "flows-hot": ("flows", _served(flows.play, "hot")),
    "flows-asgi": ("flows", _served(flows.play, "asgi")),
    "commands": ("commands", commands.play),
}
"""What is played, and the file that it is compared with: both fronts answer alike, so they share one."""


def write(file: str, answers: Part) -> None:
    """Write a part of the record; a body that several answers have stands once."""
    ANSWERS.mkdir(exist_ok=True)
    bodies: dict[str, Any] = {}
    for answer in answers.values():
        text = json.dumps(answer["body"], sort_keys=True)
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        bodies[name], answer["body"] = answer["body"], name
    whole = {"answers": answers, "bodies": bodies}
    text = json.dumps(whole, indent=1, ensure_ascii=False, sort_keys=True)
    (ANSWERS / f"{file}.json").write_text(text + "\n")


def read(file: str) -> Part:
    """Read a part of the record."""
    whole = json.loads((ANSWERS / f"{file}.json").read_text())
    answers: Part = whole["answers"]
    for answer in answers.values():
        answer["body"] = whole["bodies"][answer["body"]]
    return answers
