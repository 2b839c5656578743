"""Files of a database: private from the start, and whole when they appear under their name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


class Taken(FileExistsError):
    """Something is at a place that nothing may overwrite."""

    def __init__(self, target: Path) -> None:
        super().__init__(f"{target} exists already; nothing is overwritten.")


def create_privately(path: Path) -> None:
    """Make the file, if it is missing, readable by its owner alone; SQLite gives its companions the
    same mode.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@contextlib.contextmanager
def whole_file(target: Path, replaces: bool = False) -> Iterator[Path]:
    """Give a private file to fill, which then appears as `target`, whole and durable, or not at all.

    What is at `target` stays, a dangling link too, unless it `replaces`; of two at once one wins. Raises Taken.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.urandom(8).hex()}.part")
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        if replaces:
            part.replace(target)
        else:
            _link(part, target)
        _sync_folder(target)
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            part.with_name(part.name + ending).unlink(missing_ok=True)


def check_free(target: Path) -> None:
    """Raise Taken where something is at a place that nothing may overwrite."""
    if os.path.lexists(target):
        raise Taken(target)


def _link(part: Path, target: Path) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        raise Taken(target) from None


def _sync_folder(file: Path) -> None:
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
