"""A private Redis: loopback only, nothing kept on disk, gone afterwards."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.servers.process import ends_with_us, free_port, program, running

PACKAGE = "redis-server"


@dataclass(frozen=True)
class Redis:
    """A running server; end or pause it by `pid` to see what its absence does."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextlib.contextmanager
def running_redis(*, port: int | None = None) -> Iterator[Redis]:
    """Run a server of our own; name a port to bring one back where it was."""
    chosen = port or free_port()
    clients = Path(tempfile.mkdtemp(prefix="satsuma-redis-"))
    command = [
        *ends_with_us(),
        program("redis-server", PACKAGE),
        *("--bind", "127.0.0.1", "--port", str(chosen), "--dir", str(clients)),
        *("--save", "", "--appendonly", "no", "--daemonize", "no"),
    ]
    try:
        with running(
            command, log=clients / "redis.log", is_ready=lambda: _answers(chosen)
        ) as process:
            yield Redis(port=chosen, pid=process.pid)
    finally:
        shutil.rmtree(clients)


def _answers(port: int) -> bool:
    with (
        contextlib.suppress(redis.RedisError),
        redis.Redis(port=port, socket_timeout=2) as client,
    ):
        return bool(client.ping())
    return False
