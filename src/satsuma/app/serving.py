"""Serving: one process or several on one socket, from the first byte to the drained last."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
import uvloop

from satsuma.app.clock import SYSTEM
from satsuma.app.master_key import load_master_key
from satsuma.app.outbound import outbound_of
from satsuma.app.platform import Platform, build_platform
from satsuma.app.settings import Settings
from satsuma.app.surfaces import build_application, working
from satsuma.diagnostics.doctor import forwards
from satsuma.front.draining import KEEP_ALIVE, DrainingServer
from satsuma.front.front import HttpFront, front_class
from satsuma.keys import randomness
from satsuma.keys.master import WrongMasterKey
from satsuma.management.context import NotPossible
from satsuma.store.opening import open_store, sqlite_path
from satsuma.store.port import SchemaTooNew, SchemaTooOld, Unavailable
from satsuma.telemetry.access_log import AccessLog, as_json, as_text
from satsuma.telemetry.logs import configure_logs

_LAST_ANSWERS: Final = 30
# The statuses of a command that is refused, and of one that cannot use the database.
_REFUSED: Final = 1
_NO_DATABASE: Final = 3

Announce = Callable[[Platform], Awaitable[None]]
Prepare = Callable[[Platform, contextlib.AsyncExitStack], Awaitable[Announce]]


@contextlib.asynccontextmanager
async def opened_platform(
    settings: Settings, log: Any, metrics_file: Path | None
) -> AsyncIterator[Platform]:
    """Open the store and build the platform with the system's clock and randomness; closes what it opened."""
    master = load_master_key(settings)
    store = open_store(settings.database, clock=SYSTEM.now)
    outbound = outbound_of(settings)
    try:
        platform = await build_platform(
            settings,
            SYSTEM,
            randomness.SYSTEM,
            store,
            outbound,
            master=master,
            log=log,
            metrics_file=metrics_file,
        )
        with contextlib.closing(platform):
            yield platform
    finally:
        await outbound.close()
        await store.close()


async def serve_process(
    settings: Settings, listener: socket.socket, worker: int = 0, prepare: Prepare | None = None
) -> None:
    """Serve on `listener` until told to leave."""
    announce: Announce | None = None
    log = configure_logs(settings.log_format, settings.log_level)
    metrics_file = _metrics_file(settings, worker)
    async with (
        opened_platform(settings, log, metrics_file) as platform,
        contextlib.AsyncExitStack() as stack,
    ):
        _tell_what_is_loose(platform, log)
        if prepare is not None:
            announce = await prepare(platform, stack)
        application = build_application(platform)
        protocol = front_class(platform.table, settings.front == "hot")
        server = DrainingServer(
            _config(settings, application, protocol), platform.table, log, settings.drain, protocol
        )
        _settle_memory()
        async with working(platform), telling_requests(platform):
            telling = asyncio.create_task(_announce(server, platform, announce))
            try:
                await server.serve(sockets=[listener])
            finally:
                telling.cancel()
        log.info("stopped")


@contextlib.asynccontextmanager
async def telling_requests(platform: Platform) -> AsyncIterator[None]:
    """Write the access log until the block ends."""
    settings, metrics = platform.settings, platform.metrics
    access = metrics.access = AccessLog(
        settings.access_log,
        platform.clock.seconds,
        lambda: metrics.total("satsuma_requests_total"),
        as_json if settings.log_format == "json" else as_text,
        only_failures=settings.log_level in ("warning", "error"),
    )
    access.start()
    try:
        yield
    finally:
        await asyncio.to_thread(access.stop)


def _tell_what_is_loose(platform: Platform, log: Any) -> None:
    """Say what is weaker than the defaults, now that the server is sure to start: one line each."""
    settings = platform.settings
    for line in settings.loosened():
        (log.info if settings.mode == "demo" else log.warning)("loosened", what=line)
    unsent = settings.sends_no_mail()
    if unsent is not None:
        log.warning("mail_unset", what=unsent)
    for api in platform.replica.apis.values():
        if api.forward_authorization:
            log.warning("loosened", what=forwards(api))


def _settle_memory() -> None:
    """Keep the collector off what start-up made, and let it run seldom: requests make no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


async def _announce(server: DrainingServer, platform: Platform, announce: Announce | None) -> None:
    await server.begun.wait()
    platform.log.info(
        "serving",
        api_url=platform.settings.api_url,
        pages_url=platform.settings.pages_url,
        pid=os.getpid(),
    )
    if announce is not None:
        await announce(platform)


def _config(settings: Settings, application: Any, protocol: type[HttpFront]) -> uvicorn.Config:
    secure = settings.api_url.startswith("https")
    headers = [("strict-transport-security", "max-age=31536000")] if secure else []
    return uvicorn.Config(
        application,
        http=protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        headers=headers,
        timeout_keep_alive=int(KEEP_ALIVE),
        timeout_graceful_shutdown=_LAST_ANSWERS,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        backlog=2048,
    )


def _metrics_file(settings: Settings, worker: int) -> Path | None:
    if settings.workers == 1 and settings.run_dir is None:
        return None
    assert settings.run_dir is not None  # noqa: S101 - run() made one
    return Path(settings.run_dir) / f"{worker}.metrics"


def bind(settings: Settings) -> socket.socket:
    """Bind and listen; raises OSError, which names the address, where it is taken or none of this machine's."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as problem:
        listener.close()
        where = f"{settings.host} port {settings.port}"
        raise OSError(problem.errno, problem.strerror, where) from None
    listener.set_inheritable(True)
    return listener


@contextlib.contextmanager
def only_server(settings: Settings) -> Any:
    """Hold the one place of a serving process on a SQLite file.

    Raises NotPossible where it is taken, Unavailable where there can be no file.
    """
    if not settings.database.startswith("sqlite"):
        yield
        return
    from filelock import FileLock, Timeout

    from satsuma.store.sqlite.file import as_unavailable

    path = sqlite_path(settings.database)
    lock = FileLock(f"{path}.serving", timeout=0)
    with as_unavailable(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise NotPossible(
                "already-serving",
                f"Another process serves {path}: one process serves a SQLite file. "
                "Use PostgreSQL for more.",
            ) from None
    try:
        yield
    finally:
        lock.release()


def run(settings: Settings, prepare: Prepare | None = None) -> None:
    """Serve until SIGTERM or SIGINT; blocks. `prepare` runs in each process before it serves."""
    settings = with_run_dir(settings)
    with only_server(settings):
        listener = bind(settings)
        if settings.workers > 1:
            sys.exit(_run_several(settings, listener, prepare))
        _run_one(settings, listener, prepare=prepare)


def _run_several(settings: Settings, listener: socket.socket, prepare: Prepare | None) -> int:
    from satsuma.front.workers import Workers, remove_run_dir

    assert settings.run_dir is not None  # noqa: S101 - with_run_dir() made one
    try:
        serve = functools.partial(_run_one, settings, listener, prepare=prepare)
        # Each worker closes the listener when it has drained; held here, it would take callers whom nobody serves.
        return Workers(settings.workers, serve, hopeless_status, listener.close).run()
    finally:
        remove_run_dir(settings.run_dir)


def hopeless_status(problem: Exception) -> int | None:
    """The status to end with, where every worker would fail as this one did; None where it may start."""
    if isinstance(problem, (SchemaTooOld, SchemaTooNew, Unavailable)):
        return _NO_DATABASE
    return _REFUSED if isinstance(problem, (WrongMasterKey, NotPossible)) else None


def _run_one(
    settings: Settings, listener: socket.socket, worker: int = 0, prepare: Prepare | None = None
) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve_process(settings, listener, worker, prepare))


def with_run_dir(settings: Settings) -> Settings:
    """Several workers a folder for their counters, readable by this user alone."""
    if settings.workers == 1 or settings.run_dir is not None:
        return settings
    return msgspec.structs.replace(settings, run_dir=tempfile.mkdtemp(prefix="satsuma-"))
