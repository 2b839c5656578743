"""The program `satsuma` from a fixed instant on: `python -m tests.wire.record.frozen ARGUMENTS`.

With `--lines FILE` in place of arguments it runs each line of arguments in a process of its own, forked when everything
is imported, and prints what each answered.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine

from satsuma_client.cli.program import satsuma

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def _answer(line: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as problem:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(problem.fileno(), 2)
            sys.argv[1:] = line
            satsuma()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for file in (out, problem):
            file.seek(0)
        return {"status": status, "out": out.read().decode(), "err": problem.read().decode()}


if __name__ == "__main__":
    sys.argv[0] = "satsuma"
    sys.modules["__main__"].__package__ = None  # else click calls itself `python -m ...`
    time_machine.travel(NOW, tick=True).start()
    if sys.argv[1:2] == ["--lines"]:
        lines = json.loads(Path(sys.argv[2]).read_text())
        sys.stdout.write(json.dumps([_answer(line) for line in lines]))
    else:
        satsuma()
