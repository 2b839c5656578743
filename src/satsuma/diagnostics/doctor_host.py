"""The doctor's look at the host: clock, limits, front, files, checkpoints, and a running server."""

from __future__ import annotations

import http.client
import json
import resource
import shlex
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from satsuma.diagnostics.doctor import DoctorFinding

OPEN_FILES: Final = 4096
_JUMP: Final = 0.05
_APART: Final = timedelta(seconds=2)
_CHECKPOINT_AGE: Final = timedelta(minutes=5)
_FEED_PATIENCE: Final = 1.5
_NTP: Final = "timedatectl set-ntp true"


@dataclass(frozen=True, slots=True)
class Host:
    """What the doctor looks at beside the database's facts."""

    front: str
    api_url: str
    database: Path | None
    key: Path | None
    checkpoints: Path | None
    loosened: tuple[tuple[str, str | None], ...]


def examine_host(host: Host) -> list[DoctorFinding]:
    """Look at everything that needs no database."""
    return [
        *check_clock(),
        *check_limits(),
        *check_front(host.front, metadata.version("uvicorn")),
        *check_files(host),
        *check_checkpoints(host.checkpoints),
        *check_settings(host.loosened),
        *check_server(host.api_url),
    ]


def check_clock(
    wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
) -> Iterator[DoctorFinding]:
    """Find a wall clock that jumps beside the monotonic one."""
    apart = wall() - steady()
    time.sleep(_JUMP)
    drift = abs(wall() - steady() - apart)
    if drift > _JUMP:
        yield DoctorFinding(
            "clock", "fail", f"The clock jumped by {drift:.3f} s while looked at", _NTP
        )
    else:
        yield DoctorFinding("clock", "ok", "The wall clock and the monotonic one run alike")


def check_database_clock(theirs: datetime, ours: datetime, whose: str) -> DoctorFinding:
    """Compare the database's clock with ours: tokens are judged by both."""
    apart = abs(theirs - ours)
    if apart > _APART:
        says = f"The clock of {whose} and ours are {apart.total_seconds():.1f} s apart"
        return DoctorFinding("clock", "fail", says, _NTP)
    return DoctorFinding("clock", "ok", f"The clock of {whose} agrees with ours")


def file_clock(folder: Path) -> datetime:
    """The instant at which the file system says a file was made now."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".satsuma-clock-") as file:
        return datetime.fromtimestamp(Path(file.name).stat().st_mtime, UTC)


def check_limits() -> Iterator[DoctorFinding]:
    """Find too few open files for the connections that a server holds."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < OPEN_FILES:
        says = f"At most {soft} files may be open; each connection is one, {OPEN_FILES} are advised"
        bound = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
        yield DoctorFinding("limits", "warn", says, f"ulimit -n {bound}")
    else:
        yield DoctorFinding("limits", "ok", f"{soft} files may be open")


def check_front(front: str, version: str) -> Iterator[DoctorFinding]:
    """Find the slower front, and a uvicorn that the hot one was not written for."""
    wanted = [each for each in metadata.requires("satsuma") or () if each.startswith("uvicorn")]
    requirement = wanted[0].partition(";")[0].strip() if wanted else "uvicorn"
    if not _is_within(version, requirement):
        says = f"uvicorn {version} is installed, the front is written for {requirement}"
        mend = f"pip install {shlex.quote(requirement)}"
        yield DoctorFinding("front", "fail", says, mend)
    elif front != "hot":
        says = "The plain ASGI front serves: hot endpoints cost 1.6 times as much"
        yield DoctorFinding("front", "warn", says, "export SATSUMA_FRONT=hot")
    else:
        yield DoctorFinding("front", "ok", f"The hot front serves on uvicorn {version}")


def _is_within(version: str, requirement: str) -> bool:
    found = _numbers(version)
    for bound in requirement.removeprefix("uvicorn").split(","):
        if bound.startswith(">=") and found < _numbers(bound[2:]):
            return False
        if bound.startswith("<") and not bound.startswith("<=") and found >= _numbers(bound[1:]):
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.strip().split(".") if part.isdigit())


def check_files(host: Host) -> Iterator[DoctorFinding]:
    """Find files with secrets or facts that others may read, and folders that others may change."""
    for what, file in (("master key", host.key), ("database", host.database)):
        if file is None or not file.exists():
            continue
        mode = stat.S_IMODE(file.stat().st_mode)
        if mode & 0o077:
            says = f"The {what} {file} can be read by others (mode {mode:03o})"
            yield DoctorFinding("files", "fail", says, f"chmod 600 {shlex.quote(str(file))}")
        else:
            yield DoctorFinding("files", "ok", f"The {what} {file} is its owner's alone")
    if host.database is not None and host.database.exists():
        folder = host.database.absolute().parent
        if stat.S_IMODE(folder.stat().st_mode) & 0o022:
            says = f"Others may put files into {folder}, beside the database"
            yield DoctorFinding("files", "warn", says, f"chmod go-w {shlex.quote(str(folder))}")


def check_checkpoints(file: Path | None) -> Iterator[DoctorFinding]:
    """Find an audit whose head nothing outside the database remembers."""
    if file is None:
        says = "No file for audit checkpoints is set: a cut tail would not be found"
        mend = "export SATSUMA_CHECKPOINTS=/var/lib/satsuma/checkpoints"
        yield DoctorFinding("checkpoints", "warn", says, mend)
        return
    if not file.exists():
        says = f"There are no audit checkpoints in {file} yet"
        yield DoctorFinding("checkpoints", "warn", says, "satsuma audit seal")
        return
    age = datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC)
    if age > _CHECKPOINT_AGE:
        says = f"The newest audit checkpoint is {int(age.total_seconds())} s old: no server writes them"
        yield DoctorFinding("checkpoints", "warn", says, "satsuma audit seal")
    else:
        yield DoctorFinding("checkpoints", "ok", f"The newest audit checkpoint in {file} is fresh")


def check_settings(loosened: tuple[tuple[str, str | None], ...]) -> Iterator[DoctorFinding]:
    """Name every setting that is weaker than its default."""
    for says, command in loosened:
        yield DoctorFinding("settings", "warn", f"Loosened: {says}", command)
    if not loosened:
        yield DoctorFinding("settings", "ok", "No setting is weaker than its default")


def check_server(api_url: str) -> Iterator[DoctorFinding]:
    """Ask the server, if one runs, whether it follows the feed."""
    answer = _get(api_url, "/readyz")
    if answer is None:
        says = f"No server answers at {api_url}, so that none was looked at; if one runs, give its settings here"
        yield DoctorFinding("server", "ok", says)
        return
    status, body = answer
    age = body.get("feed_age_seconds")
    if status == http.client.OK:
        yield DoctorFinding("feed", "ok", f"The server at {api_url} read the feed {age} s ago")
    else:
        says = f"The server at {api_url} is not ready, it read the feed {age} s ago: start it again"
        yield DoctorFinding("feed", "fail", says, "satsuma serve")


def check_feed(head: int, api_url: str, token: str | None = None) -> Iterator[DoctorFinding]:
    """Find a running server that is behind the newest change for longer than a second; `token` opens its metrics."""
    until = time.monotonic() + _FEED_PATIENCE
    position = _feed_position(api_url, token)
    while position is not None and position < head and time.monotonic() < until:
        time.sleep(0.1)
        position = _feed_position(api_url, token)
    if position is None:
        return
    if position < head:
        says = f"The server at {api_url} is {head - position} changes behind: start it again"
        yield DoctorFinding("feed", "fail", says, "satsuma serve")
    else:
        yield DoctorFinding(
            "feed", "ok", f"The server at {api_url} has read every change up to {head}"
        )


def _feed_position(api_url: str, token: str | None) -> int | None:
    """The newest change that a running server has read, as its metrics tell; None where none."""
    connection = _connect(api_url)
    try:
        fields = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request("GET", "/metrics", headers=fields)
        text = connection.getresponse().read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    lines = [line for line in text.splitlines() if line.startswith("satsuma_feed_seq")]
    seqs = [int(float(line.rpartition(" ")[2])) for line in lines]
    return min(seqs) if seqs else None


def _get(api_url: str, path: str) -> tuple[int, dict[str, object]] | None:
    connection = _connect(api_url)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
        return (response.status, body) if isinstance(body, dict) else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def _connect(api_url: str) -> http.client.HTTPConnection:
    parts = urlsplit(api_url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=2)
