"""Satsuma under measurement: a real `satsuma serve`, limits raised by policy, counters, ids and metrics on."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.processes import Running, started
from satsuma.app.clock import utc_now
from satsuma.app.master_key import load_master_key
from satsuma.app.settings import load_settings
from satsuma.domain.apis import ScopeRule
from satsuma.domain.limits import Limits
from satsuma.management import apis
from satsuma.management.accounts import create_account
from satsuma.management.applications import create_application
from satsuma.management.context import ManagementContext
from satsuma.management.keys import open_vault
from satsuma.store.opening import open_store
from tests.servers.process import free_port

PROGRAM = Path(sys.executable).with_name("satsuma")
OWNER = "bench@satsuma.example"
FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"
NO_LIMIT = 1_000_000_000
TOKEN = "/oauth/v3/token"
JWT_TOKEN = "/jwt/v3/token"
INTROSPECT = "/oauth/v3/introspect"
API = "bench"
MASTER_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"
CONFIG = f"""
front = "{{front}}"
log_level = "{{level}}"
{{more}}
[issuers.orange-m2m]
token_limit = {NO_LIMIT}

[issuers.standard]
token_limit = {NO_LIMIT}

[issuers.bench-jwt]
preset = "orange-m2m"
path = "/jwt/v3"
token_format = "jwt"
signing_alg = "EdDSA"
jwt_profile = "rfc9068"
token_limit = {NO_LIMIT}
"""


@dataclass
class Satsuma:
    """A running server with one application; `asked` and `refused` count the bench's own requests by endpoint."""

    running: Running
    database: str
    environment: dict[str, str]
    config: Path
    application_id: str = ""
    authorization: str = field(default="", repr=False)
    asked: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def token(self) -> str:
        status, body = self.ask(TOKEN, self.authorization)
        if status != 200:
            raise RuntimeError(f"no token: {status} {body!r}")
        return str(json.loads(body)["access_token"])

    def ask(self, path: str, authorization: str, body: str = GRANT) -> tuple[int, bytes]:
        endpoint = ENDPOINTS[path]
        self.asked[endpoint] = self.asked.get(endpoint, 0) + 1
        status, answer = self.running.ask("POST", path, token_headers(authorization), body)
        if status >= 400:
            self.refused[endpoint] = self.refused.get(endpoint, 0) + 1
        return status, answer

    def exposition(self) -> str:
        return self.running.get("/metrics")[1].decode()

    def new_applications(self, count: int) -> list[tuple[str, str]]:
        """Make applications; gives (application_id, Authorization) of each."""

        async def make(context: ManagementContext) -> list[tuple[str, str]]:
            made = []
            for at in range(count):
                name = f"Bench {at} of {count}"
                new = await create_application(context, name, OWNER, [API])
                header = new.authorization_header
                made.append(
                    (new.application.application_id, "" if header is None else header.reveal())
                )
            return made

        return manage(self.database, self.environment, make)


ENDPOINTS = {
    TOKEN: "orange-m2m/token",
    JWT_TOKEN: "bench-jwt/token",
    INTROSPECT: "orange-m2m/introspect",
    "/auth/check": "auth-check",
    "/token": "standard/token",
    "/userinfo": "standard/userinfo",
    "/login": "pages",
}


def token_headers(authorization: str) -> dict[str, str]:
    return {"Authorization": authorization, "Accept": "application/json", "Content-Type": FORM}


def manage(database: str, environment: dict[str, str], work: Any) -> Any:
    """Run `work(desk)` in this process, on the server's database, beside it."""

    async def run() -> Any:
        settings = load_settings(None, environment, {"database": database})
        store = open_store(database)
        try:
            vault = await open_vault(store, load_master_key(settings), None, utc_now)
            return await work(ManagementContext(store, vault, utc_now, "bench"))
        finally:
            await store.close()

    return asyncio.run(run())


@contextlib.contextmanager
def serving(
    name: str,
    folder: Path,
    front: str = "hot",
    database: str | None = None,
    more: str = "",
    upstream: str = "http://127.0.0.1:9",
    level: str = "error",
) -> Iterator[Satsuma]:
    """Run `satsuma serve` with one application, subscribed to one API whose limits are raised, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    database = database or f"sqlite:///{folder / f'{name}.db'}"
    environment: dict[str, str] = {}
    if database.startswith("postgresql"):
        environment["SATSUMA_MASTER_KEY"] = MASTER_KEY
        asyncio.run(open_store(database, upgrade=True).close())
    config = folder / f"{name}.toml"
    config.write_text(CONFIG.format(front=front, more=more, level=level))
    with restarted(name, folder, database, config, environment) as satsuma:
        satsuma.application_id, satsuma.authorization = manage(
            database, environment, lambda context: _furnish(context, upstream)
        )
        yield satsuma


@contextlib.contextmanager
def restarted(
    name: str, folder: Path, database: str, config: Path, environment: dict[str, str]
) -> Iterator[Satsuma]:
    """Run `satsuma serve` on a database that stands, as it is."""
    port = free_port()
    command = [PROGRAM, "serve", "--port", str(port), "--database", database]
    command += ["--config", config]
    with started(name, command, port, folder, "/readyz", environment) as running:
        yield Satsuma(running, database, environment, config)


async def _furnish(context: ManagementContext, upstream: str) -> tuple[str, str]:
    await create_account(context, OWNER)
    limits = Limits(spike_per_second=NO_LIMIT, concurrency=100_000)
    scopes = (ScopeRule(f"{API}:read"),)
    issuers = ("orange-m2m", "orange-u2m", "standard")
    new = apis.NewApi(API, 1, "Bench", upstream, scopes=scopes, limits=limits, issuers=issuers)
    await apis.create_api(context, new)
    made = await create_application(context, "Bench", OWNER, [API])
    assert made.authorization_header is not None
    return made.application.application_id, made.authorization_header.reveal()
