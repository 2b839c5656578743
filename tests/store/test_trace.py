"""No acknowledgement leaves before a sync of the very write that it speaks of: seen in the system calls.

Killing a process cannot show this: what it wrote lives on in the kernel. Only a sync outlives the machine.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from satsuma.store.opening import sqlite_path

COUNT = 60
CALLS = "trace=fsync,fdatasync,pwrite64,write,sendto"
CHILD = """
import asyncio, os, sys
from satsuma.domain.revocations import Revoke
from satsuma.store.opening import open_store
from tests.store.facts import DAY, NOW

async def one(store, n):
    await store.commit(Revoke("token", f"written-{n:04d}", NOW + DAY))
    os.write(1, f"written-{n:04d}\\n".encode())

async def main():
    store = open_store(sys.argv[1])
    for start in range(0, int(sys.argv[2]), 20):
        await asyncio.gather(*(one(store, n) for n in range(start, start + 20)))
    await store.close()

asyncio.run(main())
"""
LINE = re.compile(r"^(?P<pid>\d+) +(?P<rest>.*)$")
START = re.compile(r"^(?P<call>\w+)\((?P<fd>\d+)<(?P<file>[^>]*)>(?P<rest>.*)$", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """A system call on a file, from the line where it began to the line where it had ended."""

    name: str
    file: str
    content: str
    began: int
    ended: int


def calls(lines: list[str]) -> Iterator[Call]:
    """Read strace's lines; a call that another thread interrupted stands on two of them."""
    waiting: dict[str, tuple[int, re.Match[str]]] = {}
    for number, line in enumerate(lines):
        found = LINE.match(line)
        if found is None:
            continue
        pid, rest = found["pid"], found["rest"]
        if rest.startswith("<... "):
            if pid in waiting:
                began, start = waiting.pop(pid)
                yield Call(start["call"], start["file"], start["rest"], began, number)
            continue
        start_found = START.match(rest)
        if start_found is None:
            continue
        if rest.endswith("<unfinished ...>"):
            waiting[pid] = (number, start_found)
        else:
            yield Call(
                start_found["call"], start_found["file"], start_found["rest"], number, number
            )


def unsynced(trace: list[Call], log: str, acknowledgements: str) -> list[str]:
    """Name what was acknowledged before a sync that began after its write had ended."""
    found = []
    writes = [c for c in trace if c.name == "pwrite64" and c.file.endswith(log)]
    syncs = [c for c in trace if c.name in ("fsync", "fdatasync") and c.file.endswith(log)]
    for call in trace:
        if call.name != "write" or acknowledgements not in call.file:
            continue
        for name in re.findall(r"written-\d{4}", call.content):
            written = min((w.ended for w in writes if name in w.content), default=None)
            if written is None or not any(
                written < sync.began and sync.ended < call.began for sync in syncs
            ):
                found.append(name)
    return found


def traced(url: str, place: Path) -> list[Call]:
    """Run the child under strace with whole buffers and the files' names."""
    trace = place / "trace"
    out = place / "acknowledged"
    with out.open("w") as acknowledged:
        done = subprocess.run(
            [
                *("strace", "-f", "-y", "-s", "5000", "-e", CALLS, "-o", str(trace)),
                *(sys.executable, "-c", CHILD, url, str(COUNT)),
            ],
            stdout=acknowledged,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 0, done.stderr
    assert len(out.read_text().split()) == COUNT
    return sorted(calls(trace.read_text(errors="replace").splitlines()), key=lambda c: c.began)


def test_a_sync_stands_between_each_write_and_its_acknowledgement(
    sqlite_url: str, tmp_path: Path
) -> None:
    """The condition: `synchronous = FULL`, and answers only after COMMIT."""
    trace = traced(sqlite_url, tmp_path)
    assert unsynced(trace, f"{sqlite_path(sqlite_url).name}-wal", "/acknowledged") == []


def test_the_trace_sees_a_missing_sync(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same trace with its syncs taken out: every acknowledgement is found wanting."""
    trace = [c for c in traced(sqlite_url, tmp_path) if c.name not in ("fsync", "fdatasync")]
    lost = unsynced(trace, f"{sqlite_path(sqlite_url).name}-wal", "/acknowledged")
    assert len(lost) == COUNT


def test_the_trace_sees_an_answer_before_its_sync() -> None:
    def call(name: str, began: int, ended: int, content: str = "") -> Call:
        return Call(
            name, "/acknowledged" if name == "write" else "/x.db-wal", content, began, ended
        )

    wrote, answered = call("pwrite64", 1, 2, "written-0001"), call("write", 6, 6, "written-0001")
    for began, ended, right in ((3, 5, True), (1, 5, False), (3, 7, False)):
        trace = [wrote, call("fdatasync", began, ended), answered]
        assert unsynced(trace, "x.db-wal", "/acknowledged") == ([] if right else ["written-0001"])
