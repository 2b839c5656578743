"""Checkpoints: what the audit's head was, signed, in a file outside the database.

A line is JSON: `at`, `database` (its id), `count` (sealed rows), `head` (the last one's number),
`mac` (its chain value), `feed` (the newest change), `previous` (the signature of the line before)
and `signature`: HMAC-SHA256 under the key derived for `audit-checkpoint`, over the line's other
members as JSON with sorted names and no spaces. Who holds the master key can verify it.
"""

from __future__ import annotations

import asyncio
import fcntl
import hmac
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from satsuma.audit.chain import START
from satsuma.keys.vault import Vault
from satsuma.store.port import Reader, Store

EVERY: Final = timedelta(minutes=1)
AT_REST: Final = timedelta(hours=1)
_TAIL: Final = 4096
_TRIES: Final = 20
_BETWEEN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The audit's head at an instant."""

    at: str
    database: str
    count: int
    head: int
    mac: str
    feed: int
    previous: str
    signature: str = ""


class BadCheckpoint(Exception):
    """A line of the file is no checkpoint of this master key; the text says what is wrong."""


def checkpoint_key(vault: Vault) -> bytes:
    """Derive the key that signs checkpoints."""
    return vault.derive("audit-checkpoint")


def sign(key: bytes, checkpoint: Checkpoint) -> str:
    """A checkpoint's signature."""
    members = asdict(checkpoint)
    del members["signature"]
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode(), "sha256").hex()


def parse_checkpoint(key: bytes, line: bytes) -> Checkpoint:
    """Read a line; raises BadCheckpoint unless it was signed with this key."""
    try:
        members = json.loads(line)
        checkpoint = Checkpoint(**members)
        expected = sign(key, checkpoint)
        datetime.fromisoformat(checkpoint.at)
    except (ValueError, TypeError, AttributeError):
        raise BadCheckpoint("is damaged") from None
    if not hmac.compare_digest(str(checkpoint.signature).encode(), expected.encode()):
        raise BadCheckpoint("has a signature that this master key did not make")
    return checkpoint


def read_checkpoints(file: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with its number."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield number, line


class Checkpointer:
    """Appends a checkpoint every minute in which something changed, and one an hour at rest.

    Processes that share the file write one between them. The file's time says when somebody last looked. Without the
    file all else goes on: that it cannot be written is said once, and so is that it can again.
    """

    def __init__(
        self, store: Store, vault: Vault, file: Path, clock: Callable[[], datetime]
    ) -> None:
        """Write to `file`."""
        self._store = store
        self._key = checkpoint_key(vault)
        self._file = file
        self._clock = clock
        self._is_away = False

    async def look(self, log: Any) -> None:
        """Write a checkpoint if one is due; `log` hears when the file goes and when it is back."""
        try:
            await self.step()
        except OSError as reason:
            if not self._is_away:
                log.error("checkpoints_away", file=str(self._file), reason=reason.strerror)
            self._is_away = True
        else:
            if self._is_away:
                log.warning("checkpoints_back", file=str(self._file))
            self._is_away = False

    async def step(self) -> bool:
        """Write a checkpoint if one is due or the newest one saw nothing; say whether it did.

        Raises OSError where the file cannot be written. One that another process holds is left to that one.
        """
        members = await self._store.read(_head)
        return await asyncio.to_thread(self._append, members)

    def _append(self, members: dict[str, Any]) -> bool:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if not _is_locked(descriptor):
                return False
            last = _last_line(descriptor)
            now = self._clock()
            if last and not _is_due(last, now, members):
                os.utime(descriptor)  # somebody is looking, though there is nothing new
                return False
            at = now.astimezone(UTC).isoformat()
            checkpoint = Checkpoint(at=at, previous=_signature(last), **members)
            line = asdict(checkpoint) | {"signature": sign(self._key, checkpoint)}
            os.write(descriptor, json.dumps(line, separators=(",", ":")).encode() + b"\n")
            os.fsync(descriptor)
            return True
        finally:
            os.close(descriptor)


def _head(reader: Reader) -> dict[str, Any]:
    head = reader.audit_sealed_head()
    seq, mac = (0, START) if head is None or head.mac is None else (head.seq, head.mac)
    return {
        "database": reader.find_meta("database-id") or "",
        "count": seq,
        "head": seq,
        "mac": mac.hex(),
        "feed": reader.feed_head(),
    }


def _is_locked(descriptor: int) -> bool:
    """Take the file's lock; False where another has it for longer than a write takes: nobody waits for that one."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_BETWEEN)
        else:
            return True
    return False


def _last_line(descriptor: int) -> dict[str, Any]:
    """The last whole line; what a crash left behind it was never promised, and goes."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL))
    torn = len(tail) - (tail.rfind(b"\n") + 1)
    if torn:
        os.ftruncate(descriptor, size - torn)
    lines = tail[: len(tail) - torn].split(b"\n")
    try:
        last = json.loads(lines[-2]) if len(lines) > 1 else {}
    except ValueError:
        return {}
    return last if isinstance(last, dict) else {}


def _is_due(last: dict[str, Any], now: datetime, members: dict[str, Any]) -> bool:
    """Say whether a line would tell something: a minute after the last one, or an hour where nothing has changed."""
    if members["head"] and not last.get("head"):
        return True
    has_moved = any(last.get(name) != value for name, value in members.items())
    try:
        age = now - datetime.fromisoformat(str(last.get("at")))
    except (ValueError, TypeError):
        return True
    return age >= (EVERY if has_moved else AT_REST) or age < timedelta(0)


def _signature(last: dict[str, Any]) -> str:
    return str(last.get("signature", ""))
