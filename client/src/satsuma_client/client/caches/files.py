"""The cache of one user of one machine: a file a key, that nobody else reads."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LOCK_WAIT: Final = 2.0
"""Seconds to wait for another's reading and writing, which take milliseconds."""
_MAX_BYTES: Final = 1024 * 1024


class FileCache:
    """Keep tokens in files of mode 0600, replaced whole, below `path` (default: the user's cache directory).

    The lock is a file beside them, held for one comparison and one replacement, never over a request.
    """

    poll = 0.03

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        import filelock  # noqa: F401 - now, not in a thread that a fork may cut off

        self._path = None if path is None else Path(path)

    @property
    def path(self) -> Path:
        """The directory."""
        if self._path is None:
            from platformdirs import user_cache_path

            self._path = user_cache_path("satsuma", appauthor=False) / "tokens"
        return self._path

    def load(self, key: str) -> bytes | None:
        """What is kept; raises OSError, also where the file is another user's or readable by others."""
        try:
            descriptor = os.open(self._file(key), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except FileNotFoundError:
            return None
        try:
            file = os.fdopen(descriptor, "rb")
        except BaseException:  # it is a directory
            os.close(descriptor)
            raise
        with file:
            _check_owner(os.fstat(file.fileno()), self._file(key))
            return file.read(_MAX_BYTES)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Keep `new` if what is kept is still `old`; raises OSError."""
        with self.locked(key):
            if self.load(key) != old:
                return False
            self._replace(self._file(key), new)
            return True

    @contextlib.contextmanager
    def locked(self, key: str) -> Iterator[None]:
        """Alone with a key's file; raises TimeoutError."""
        from filelock import FileLock

        self._make_directory()
        lock = self._file(key).with_suffix(".lock")
        with FileLock(lock, timeout=_LOCK_WAIT, mode=0o600, thread_local=False):
            yield

    def __repr__(self) -> str:
        return f"FileCache({str(self.path)!r})"

    def _file(self, key: str) -> Path:
        return self.path / (hashlib.sha256(key.encode()).hexdigest()[:40] + ".json")

    def _make_directory(self) -> None:
        if not self.path.is_dir():
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _replace(self, file: Path, text: bytes) -> None:
        descriptor, name = tempfile.mkstemp(dir=self.path, prefix=".new-")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as writing:
                writing.write(text)
            os.replace(name, file)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise


def _check_owner(found: os.stat_result, file: Path) -> None:
    """Refuse what another user could have written or could read."""
    if not hasattr(os, "geteuid"):
        return
    if found.st_uid != os.geteuid():
        raise PermissionError(f"{file} belongs to another user")
    if found.st_mode & 0o077:
        raise PermissionError(f"{file} is open to others; it must be of mode 0600")
