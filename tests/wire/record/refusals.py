"""What a refused request is answered, row by row: kept by the tests that provoke each row, compared on every run.

`RECORD=1 python -m pytest tests/oauth/test_machine_causes.py ...` writes `answers/refusals.json` anew.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from tests.wire.raw import RawReply
from tests.wire.record.kinds import body_in_kinds, fields_in_kinds

FILE: Final = Path(__file__).with_name("answers") / "refusals.json"


def check_recorded(reply: Any) -> None:
    """Compare an answer, its header fields included, with the one that is recorded for the present test."""
    file, _, name = os.environ["PYTEST_CURRENT_TEST"].rpartition(" (")[0].partition("::")
    test = f"{Path(file).name}::{name}"
    fields, body = _parts(reply)
    came = {
        "status": reply.status,
        "fields": fields_in_kinds(list(fields)),
        "body": body_in_kinds(body.decode("utf-8", "replace")),
    }
    recorded = json.loads(FILE.read_text()) if FILE.exists() else {}
    if os.environ.get("RECORD"):
        recorded[test] = came
        text = json.dumps(recorded, indent=1, ensure_ascii=False, sort_keys=True)
        FILE.write_text(text + "\n")
    assert came == recorded[test]


def _parts(reply: Any) -> tuple[Iterable[tuple[str, str]], bytes]:
    if isinstance(reply, RawReply):
        lines = reply.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line)
        return [(name, value.strip()) for name, _, value in pairs], reply.body
    headers = getattr(reply, "fields", None)
    return (reply.headers.items() if headers is None else headers), reply.body
