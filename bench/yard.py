"""The yard: every server of a run, started when the first contestant asks for it, ended with the run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import satsuma
from bench.people import RS256, Crowd, gather
from bench.processes import LOAD_CORE, Running, on_core, started
from bench.satsuma import Satsuma
from tests.servers import running_postgresql, running_redis
from tests.servers.process import free_port

HERE = Path(__file__).parent
PEERS = HERE / "peers"
NODE = PEERS / "oidc/node_modules/.bin/node"
BENCH_PYTHON = HERE.parent / ".venv-bench/bin/python"


class Yard:
    """Starts what is asked for once, by name, and keeps it until `close`."""

    def __init__(self, folder: Path) -> None:
        """Keep databases and logs in `folder`."""
        self.folder = folder
        self._stack = contextlib.ExitStack()
        self._satsumas: dict[str, Satsuma] = {}
        self._running: dict[str, Running] = {}
        self._mix: list[tuple[str, str]] = []
        self._crowds: dict[tuple[str, str], Crowd] = {}

    def close(self) -> None:
        self._stack.close()

    @property
    def satsumas(self) -> dict[str, Satsuma]:
        return self._satsumas

    def satsuma(self, name: str) -> Satsuma:
        """Give the server of that name: hot, asgi, redis, postgresql, gateway or logged."""
        if name not in self._satsumas:
            start = {
                "hot": self._hot,
                "asgi": self._asgi,
                "redis": self._redis,
                "postgresql": self._postgresql,
                "gateway": self._gateway,
                "logged": self._logged,
            }[name]
            self._satsumas[name] = self._stack.enter_context(start())
        return self._satsumas[name]

    def _hot(self) -> contextlib.AbstractContextManager[Satsuma]:
        return satsuma.serving("hot", self.folder)

    def _asgi(self) -> contextlib.AbstractContextManager[Satsuma]:
        return satsuma.serving("asgi", self.folder, front="asgi")

    def _gateway(self) -> contextlib.AbstractContextManager[Satsuma]:
        return satsuma.serving("gateway", self.folder, upstream=self.upstream_url)

    def _logged(self) -> contextlib.AbstractContextManager[Satsuma]:
        return satsuma.serving("logged", self.folder, more="access_log = true", level="info")

    @contextlib.contextmanager
    def _redis(self) -> Iterator[Satsuma]:
        with on_core(LOAD_CORE):
            server = self._stack.enter_context(running_redis())
        with satsuma.serving("redis", self.folder, more=f'redis = "{server.url}"') as running:
            yield running

    @contextlib.contextmanager
    def _postgresql(self) -> Iterator[Satsuma]:
        with on_core(LOAD_CORE):
            cluster = self._stack.enter_context(running_postgresql())
            database = self._stack.enter_context(cluster.new_database())
        with satsuma.serving("postgresql", self.folder, database=database) as running:
            yield running

    @property
    def mix(self) -> list[tuple[str, str]]:
        """A thousand applications of the hot server: (application_id, Authorization)."""
        if not self._mix:
            self._mix = self.satsuma("hot").new_applications(1000)
        return self._mix

    def crowd(self, name: str, alg: str = RS256) -> Crowd:
        """Give the person and the application, with ID tokens of `alg`, that redeem and refresh at one of ours."""
        if (name, alg) not in self._crowds:
            self._crowds[name, alg] = gather(self.satsuma(name), alg)
        return self._crowds[name, alg]

    def peer(self, name: str) -> Running:
        """Give the peer of that name: empty, one of oidc-provider's, authlib, dot, upstream or proxy."""
        if name not in self._running:
            start: dict[str, Callable[[int], contextlib.AbstractContextManager[Running]]] = {
                "empty": self._empty,
                "oidc-opaque": lambda port: self._oidc("oidc-opaque", "opaque", port),
                "oidc-jwt": lambda port: self._oidc("oidc-jwt", "jwt", port),
                "oidc-people": lambda port: self._people("oidc-people", port),
                "oidc-userinfo": lambda port: self._people("oidc-userinfo", port),
                "authlib": lambda port: self._gunicorn("authlib", port),
                "dot": lambda port: self._gunicorn("dot", port),
                "upstream": self._upstream,
                "proxy": self._proxy,
            }
            self._running[name] = self._stack.enter_context(start[name](free_port()))
        return self._running[name]

    @property
    def upstream_url(self) -> str:
        return self.peer("upstream").url

    def _empty(self, port: int) -> contextlib.AbstractContextManager[Running]:
        return started(
            "empty", [sys.executable, PEERS / "empty/app.py", str(port)], port, self.folder
        )

    def _upstream(self, port: int) -> contextlib.AbstractContextManager[Running]:
        command = [sys.executable, PEERS / "gateway/upstream.py", str(port)]
        return started("upstream", command, port, self.folder, core=LOAD_CORE)

    def _proxy(self, port: int) -> contextlib.AbstractContextManager[Running]:
        command = [sys.executable, PEERS / "gateway/proxy.py", str(port), self.upstream_url]
        return started("proxy", command, port, self.folder)

    def _oidc(self, name: str, form: str, port: int) -> contextlib.AbstractContextManager[Running]:
        return self._node(name, [PEERS / "oidc/server.mjs", str(port), form], port)

    def _people(self, name: str, port: int) -> contextlib.AbstractContextManager[Running]:
        return self._node(name, [PEERS / "oidc/people.mjs", str(port)], port)

    def _node(
        self, name: str, script: list[str | Path], port: int
    ) -> contextlib.AbstractContextManager[Running]:
        command = [NODE, *script]
        environment = {"NODE_ENV": "production"}
        where = "/.well-known/openid-configuration"
        return started(name, command, port, self.folder, where, environment)

    def _gunicorn(self, name: str, port: int) -> contextlib.AbstractContextManager[Running]:
        """Run a WSGI peer as its users do: gunicorn, one worker, four threads."""
        command = [BENCH_PYTHON, "-m", "gunicorn", "--chdir", PEERS / name, "--workers", "1"]
        command += [
            "--worker-class",
            "gthread",
            "--threads",
            "4",
            "--keep-alive",
            "75",
            "--no-control-socket",
        ]
        command += ["--bind", f"127.0.0.1:{port}", "--log-level", "warning", "app:application"]
        environment = {"BENCH_DATABASE": str(self.folder / f"{name}.db")}
        return started(name, command, port, self.folder, "/ready", environment)
