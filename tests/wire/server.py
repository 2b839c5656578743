"""A real `satsuma serve` on a free loopback port, its database, and a desk to change facts beside it."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from satsuma.app.clock import utc_now
from satsuma.app.master_key import load_master_key
from satsuma.app.settings import load_settings
from satsuma.domain.apis import Api, ScopeRule
from satsuma.management import apis
from satsuma.management.accounts import create_account
from satsuma.management.applications import Credentials, create_application
from satsuma.management.context import ManagementContext
from satsuma.management.keys import open_vault
from satsuma.store.opening import open_store
from tests.servers.process import free_port

SATSUMA = Path(sys.executable).with_name("satsuma")
OWNER = "owner@satsuma.example"
EVERY_ISSUER = ("orange-m2m", "orange-u2m", "standard")
FORM = "application/x-www-form-urlencoded"


@dataclass
class Reply:
    """A response as the wire had it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Made:
    """An application made for a test."""

    application_id: str
    client_id: str
    client_secret: str
    authorization: str


@dataclass
class Server:
    """A running server; `process` is the one that was started."""

    port: int
    database: str
    process: subprocess.Popen[bytes]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    counter: int = 0
    shared: str | None = None
    tls: bool = False

    @property
    def api_url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{self.shared or f'127.0.0.1:{self.port}'}"

    @property
    def pages_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def request(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        host: str | None = None,
        source: str | None = None,
    ) -> Reply:
        """Ask; from another address of this machine where `source` is one."""
        origin = source and (source, 0)
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=20, source_address=origin
        )
        if self.tls:  # by a certificate of the test's own
            context = ssl._create_unverified_context()
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=20, source_address=origin, context=context
            )
        try:
            fields = dict(headers or {})
            if host or self.shared:
                fields["Host"] = host or str(self.shared)
            connection.request(method, path, body, fields)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def token(
        self,
        made: Made | None = None,
        body: str | bytes = "grant_type=client_credentials",
        issuer: str = "/oauth/v3",
        **headers: str,
    ) -> Reply:
        """Ask for a token; a header given as an empty text is left out."""
        fields = {"Content-Type": FORM, "Accept": "application/json"}
        if made is not None:
            fields["Authorization"] = made.authorization
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        fields = {name: value for name, value in fields.items() if value}
        return self.request("POST", f"{issuer}/token", body, fields)

    def form(self, path: str, made: Made | None, body: str) -> Reply:
        fields = {"Content-Type": FORM, "Accept": "application/json"}
        if made is not None:
            fields["Authorization"] = made.authorization
        return self.request("POST", path, body, fields)

    def call(self, path: str, token: str, **headers: str) -> Reply:
        return self.request("GET", path, headers={"Authorization": f"Bearer {token}", **headers})

    def manage(self, work: Any) -> Any:
        """Run `work(desk)` in this process, on the same database, beside the server."""

        async def run() -> Any:
            settings = load_settings(None, self.environment, {"database": self.database})
            store = open_store(self.database)
            try:
                vault = await open_vault(store, load_master_key(settings), None, utc_now)
                return await work(ManagementContext(store, vault, utc_now, "test"))
            finally:
                await store.close()

        return asyncio.run(run())

    def new_application(self, *names: str, **options: Any) -> Made:
        self.counter += 1
        name = options.pop("name", f"Application {self.counter}")

        async def make(context: ManagementContext) -> Credentials:
            return await create_application(context, name, OWNER, names, **options)

        return made_of(self.manage(make))

    def new_api(
        self, name: str, upstream: str = "http://127.0.0.1:9", **options: Any
    ) -> tuple[Api, str]:
        options.setdefault("scopes", (ScopeRule(f"{name}:read"),))
        options.setdefault("issuers", EVERY_ISSUER)

        async def make(context: ManagementContext) -> Any:
            new = apis.NewApi(name, options.pop("version", 1), name.title(), upstream, **options)
            return await apis.create_api(context, new)

        api, secret = self.manage(make)
        return api, secret.reveal()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)


def made_of(credentials: Credentials) -> Made:
    application = credentials.application
    secret, header = credentials.client_secret, credentials.authorization_header
    return Made(
        application.application_id,
        application.client_id,
        "" if secret is None else secret.reveal(),
        "" if header is None else header.reveal(),
    )


@contextlib.contextmanager
def running_server(
    folder: Path,
    database: str | None = None,
    front: str = "hot",
    config: str = "",
    port: int | None = None,
    environment: dict[str, str] | None = None,
    options: tuple[str, ...] = (),
    shared: str | None = None,
) -> Iterator[Server]:
    """Run `satsuma serve` until the block ends; gives it when the first request was answered.

    `shared` is the host of the API surface that several nodes have together, as behind a balancer.
    """
    port = port or free_port()
    database = database or f"sqlite:///{folder / 'satsuma.db'}"
    own = dict(environment or {})
    if database.startswith("postgresql"):
        own.setdefault("SATSUMA_MASTER_KEY", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY")
        asyncio.run(open_store(database, upgrade=True).close())
    config_file = folder / f"satsuma-{port}.toml"
    config_file.write_text(f'front = "{front}"\n{config}')
    log = folder / f"server-{port}.log"
    command = [SATSUMA, "serve", "--port", str(port), "--database", database]
    command += ["--config", str(config_file), *options]
    if shared is not None:
        command += ["--api-url", f"http://{shared}"]
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, env=clean_environment(own))
    tls = "--tls-cert" in options
    server = Server(port, database, process, log, own, shared=shared, tls=tls)
    try:
        wait_until(lambda: answers(server), 30, lambda: log.read_text()[-2000:])
        server.manage(_own_an_account)
        yield server
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _own_an_account(context: ManagementContext) -> None:
    with contextlib.suppress(Exception):
        await create_account(context, OWNER)


def answers(server: Server) -> bool:
    if server.process.poll() is not None:
        raise AssertionError(f"the server ended: {server.log.read_text()[-2000:]}")
    try:
        return server.request("GET", "/readyz").status == 200
    except OSError:
        return False


def wait_until(
    condition: Any, seconds: float, what: Any = lambda: "", interval: float = 0.01
) -> None:
    """Wait for a condition; fails after `seconds` with what `what()` says."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what()}")
        time.sleep(interval)


def clean_environment(own: dict[str, str]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SATSUMA_")}
    return inherited | own


def run_satsuma(
    *arguments: str, environment: dict[str, str] | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command line to its end."""
    return subprocess.run(
        [SATSUMA, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env=clean_environment(environment or {}),
        check=False,
    )
