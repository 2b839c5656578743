"""Files of a database: private from the start, and whole when they appear under their name."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def create_privately(path: Path) -> None:
    """Make the file, if it is missing, readable by its owner alone; SQLite gives its companions the
    same mode.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def put_in_place(part: Path, target: Path) -> None:
    """Let a finished file appear under its name, whole and durable."""
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(target)
    clients = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(clients)
    finally:
        os.close(clients)
