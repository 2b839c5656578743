"""A private PostgreSQL cluster: loopback only, durable as in production, gone afterwards."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.servers.process import ServiceFailed, ends_with_us, free_port, program, running

PACKAGE = "postgresql"
OWNER = "satsuma"
SYSTEM_USER = "postgres"  # PostgreSQL refuses to run as root


@dataclass(frozen=True)
class PostgreSQL:
    """A running cluster; `url` is its maintenance database, tests take `new_database()`."""

    port: int
    pid: int
    data: Path

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def new_database(self) -> Iterator[str]:
        """Create an empty database, give its URL, drop it with whoever is still connected."""
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield self.url_of(name)
        finally:
            with psycopg.connect(self.url, autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def binaries() -> Path:
    """Find the newest PostgreSQL: Debian keeps the server's programs off the path."""
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda place: int(place.parent.name) if place.parent.name.isdigit() else 0,
        reverse=True,
    )
    return Path(program("postgres", PACKAGE, places=places)).resolve().parent


@contextlib.contextmanager
def running_postgresql(*, fsync: bool = True, **settings: str) -> Iterator[PostgreSQL]:
    """Run a cluster of our own; `settings` are added to postgresql.conf's.

    fsync stays on unless a caller says otherwise: the durability tests count on it.
    """
    user = SYSTEM_USER if os.geteuid() == 0 else None
    clients = Path(tempfile.mkdtemp(prefix="satsuma-postgresql-"))
    try:
        if user is not None:
            shutil.chown(clients, user, user)
        yield from _run(clients, user, {"fsync": "on" if fsync else "off", **settings})
    finally:
        shutil.rmtree(clients)


def _run(clients: Path, user: str | None, settings: dict[str, str]) -> Iterator[PostgreSQL]:
    programs, data, port = binaries(), clients / "data", free_port()
    _initialise(programs, data, user)
    chosen = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(clients),
        "max_connections": "200",
        **settings,
    }
    options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
    cluster = f"postgresql://{OWNER}@127.0.0.1:{port}/postgres"
    with running(
        # INT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
        [
            *ends_with_us(user=user, signal_name="INT"),
            str(programs / "postgres"),
            "-D",
            str(data),
            *options,
        ],
        log=clients / "postgresql.log",
        is_ready=lambda: _answers(cluster),
        end_signal=signal.SIGINT,
    ) as process:
        yield PostgreSQL(port=port, pid=process.pid, data=data)


def _initialise(programs: Path, data: Path, user: str | None) -> None:
    done = subprocess.run(
        [
            *ends_with_us(user=user),
            str(programs / "initdb"),
            *("-D", str(data), "-U", OWNER, "-A", "trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        ],
        cwd=data.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceFailed(f"initdb failed:\n{done.stdout.decode(errors='replace')}")


def _answers(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False
