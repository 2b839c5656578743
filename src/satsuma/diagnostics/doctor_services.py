"""The doctor's look at what a server leans on beside its database's facts: mail, counters, connections."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from satsuma.diagnostics.doctor import DoctorFinding
from satsuma_client.protocol import loopback

_SET_MAIL: Final = "export SATSUMA_SMTP_URL_FILE=/etc/satsuma/smtp_url"
_SPARE: Final = 20
_STEP: Final = 50


async def check_mail(
    unsent: str | None, try_out: Callable[[], Awaitable[None]] | None
) -> DoctorFinding:
    """Find a server that sends no mail, and a mail server that does not take us.

    `unsent` says what does not work without one; `try_out` connects and proves who we are, None where mail is shown.
    """
    if unsent is not None:
        return DoctorFinding("mail", "warn", unsent.partition(";")[0], _SET_MAIL)
    if try_out is None:
        return DoctorFinding(
            "mail", "ok", "Mails are shown at /dev/mail and leave this machine never"
        )
    try:
        await try_out()
    except Exception as problem:
        says = (
            f"The mail server does not take us ({type(problem).__name__}): mails wait in the outbox"
        )
        return DoctorFinding("mail", "fail", says, _SET_MAIL)
    return DoctorFinding("mail", "ok", "The mail server takes us")


async def check_counters(
    url: str | None, find_fault: Callable[[str], Awaitable[str | None]]
) -> DoctorFinding:
    """Find a counting server that does not count: limits would hold for each process alone."""
    if url is None:
        return DoctorFinding("counters", "ok", "Limits are counted in the one process")
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 6379
    fault = await find_fault(url)
    if fault is None:
        return DoctorFinding(
            "counters", "ok", f"Redis at {host}:{port} counts the limits of all processes"
        )
    says = f"Redis at {host}:{port} does not count ({fault}): each process counts its limits alone"
    mend = f"redis-cli -h {shlex.quote(host)} -p {port} ping"
    if host in loopback.NAMES:
        mend = f"redis-server --port {port} --daemonize yes"
    return DoctorFinding("counters", "fail", says, mend)


@dataclass(frozen=True, slots=True)
class Connections:
    """What PostgreSQL at `address` (without a password) lets us open.

    `allowed` leaves out those kept for its superuser; `others` are held by somebody else's programs.
    """

    address: str
    allowed: int
    reserved: int
    others: int


def check_connections(found: Connections, workers: int, per_process: int) -> DoctorFinding:
    """Find more connections wanted by this node's workers than PostgreSQL gives."""
    needed = workers * per_process
    says = (
        f"{workers} workers open up to {needed} connections; PostgreSQL allows {found.allowed}, "
        f"of which others hold {found.others}"
    )
    if needed + found.others <= found.allowed:
        return DoctorFinding("connections", "ok", says)
    wanted = needed + found.others + found.reserved + _SPARE
    wanted = -(-wanted // _STEP) * _STEP
    mend = f"psql {shlex.quote(found.address)} -c 'ALTER SYSTEM SET max_connections = {wanted}'"
    return DoctorFinding(
        "connections", "fail", f"{says}: raise it, then start PostgreSQL again", mend
    )
