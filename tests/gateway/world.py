"""A gateway with real keys and tokens, served over a socket, and what to change in it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from satsuma.counters.calls import CallsMade
from satsuma.counters.memory import MemoryCounter
from satsuma.counters.port import SharedCounter
from satsuma.domain.apis import Api, RequestPolicy, ScopeRule
from satsuma.domain.applications import Application, Client
from satsuma.domain.keys import Key
from satsuma.domain.limits import Limits
from satsuma.domain.subscriptions import Subscription
from satsuma.gateway.auth_check import AuthCheck
from satsuma.gateway.error_response import Refusals
from satsuma.gateway.forward import Gateway
from satsuma.gateway.gate import Gate, GatePolicy
from satsuma.gateway.identity import CallerIdentity
from satsuma.gateway.limits import Limiter, Recall
from satsuma.gateway.upstream import Upstreams
from satsuma.http.messages import Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.new_keys import make_sealing_key, make_signing_key
from satsuma.keys.ring import KeyRing
from satsuma.keys.vault import Vault
from satsuma.replica.clients import ClientRecord
from satsuma.replica.replica import Replica
from satsuma.telemetry.request_log import RequestLog

API_URL = "http://api.example"
ISSUER = f"{API_URL}/oauth/v3"
OTHER_ISSUER = f"{API_URL}/openidconnect/fr/v1"
CLIENT_ID = "C" * 32
START = datetime(2026, 1, 1, tzinfo=UTC)
VAULT = Vault(bytes(32))
SEAL = make_sealing_key(VAULT, START, START)
SIGN = make_signing_key("EdDSA", VAULT, START, START)

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def an_api(upstream: str = "http://127.0.0.1:9", **changes: Any) -> Api:
    api = Api(
        api_id="api_poi",
        name="poi",
        version=1,
        title="Points of interest",
        life_cycle="live",
        issuers=("orange-m2m",),
        upstream=upstream,
        scopes=(ScopeRule("poi:read", ("GET",)), ScopeRule("poi:admin", path_prefix="/admin")),
        resource_id="res_poi",
        resource_secret_digest=b"",
        created_at=START,
        limits=Limits(spike_per_second=100_000),
        timeout=5,
    )
    return replace(api, **changes)


def a_client(
    state: str = "active", subscription: str | None = "approved", **changes: Any
) -> Client:
    application = Application(
        application_id="app_one",
        space_id="spc_one",
        name="One",
        client_id=CLIENT_ID,
        state=state,  # type: ignore[arg-type]
        generation=1,
        public=False,
        redirect_uris=(),
        web_origins=("https://app.example",),
        created_at=START,
    )
    application = replace(application, **changes)
    subscriptions = (
        () if subscription is None else (Subscription("app_one", "api_poi", subscription, START),)  # type: ignore[arg-type]
    )
    return Client(application, (), subscriptions)


async def _nothing_written(
    application_id: str, api_id: str, since: Sequence[tuple[int, bool]]
) -> list[int]:
    return [0 for _ in since]


def a_limiter(
    shared: SharedCounter | None = None,
    *,
    clock: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    calls: CallsMade | None = None,
    recall: Recall = _nothing_written,
) -> Limiter:
    return Limiter(MemoryCounter(), shared, clock, monotonic, calls or CallsMade(), recall)


@dataclass
class World:
    """Everything that a test may change; `serve` runs it."""

    upstream: str = "http://127.0.0.1:9"
    policy: RequestPolicy = field(default_factory=RequestPolicy)
    keys: tuple[Key, ...] = (SEAL, SIGN)
    shared: SharedCounter | None = None
    blocked: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=lambda: {"https://app.example", "https://b.example"})
    body_patience: float = 5.0
    patience: float = 30.0
    recall_fails: Exception | None = None
    withheld: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.ring = KeyRing(VAULT)
        self.ring.load(self.keys, datetime.now(UTC))
        self.replica = Replica(self.ring)
        self.replica.read_at = time.monotonic()
        self.ahead = 0.0
        self.stored: dict[str, Client] = {}
        self.find: Callable[[str], Awaitable[ClientRecord | None]] | None = None
        self.look_up_fails: Exception | None = None
        self.unexpected: list[BaseException] = []
        self.log = RequestLog(lambda: datetime.now(UTC))
        self.set_api(an_api(self.upstream, policy=self.policy))
        self.keep(a_client())
        self.upstreams = Upstreams()
        self.port = 0
        issuers = {ISSUER: "orange-m2m", OTHER_ISSUER: "orange-u2m"}
        self.gate = Gate(
            self.replica,
            GatePolicy(API_URL, issuers, (b"sat_", b"OFR-"), self.patience),
            self.look_up,
            self.clock,
            time.monotonic,
            self.blocked.__contains__,
        )
        self.limiter = a_limiter(self.shared, clock=self.clock, recall=self.recall)
        self.identities = CallerIdentity(self.ring, API_URL, self.clock)
        self.refusals = Refusals(self.log, "satsuma")
        self.gateway = Gateway(
            self.gate,
            self.limiter,
            self.identities,
            self.refusals,
            self.upstreams,
            API_URL,
            lambda: self.origins,
            self.unexpected.append,
            self.body_patience,
            withheld=self.withheld,
        )
        self.auth_check = AuthCheck(self.gate, self.limiter, self.identities, self.refusals)

    async def recall(
        self, application_id: str, api_id: str, since: Sequence[tuple[int, bool]]
    ) -> list[int]:
        if self.recall_fails is not None:
            raise self.recall_fails
        return await _nothing_written(application_id, api_id, since)

    def clock(self) -> float:
        return time.time() + self.ahead

    async def look_up(self, client_id: str) -> ClientRecord | None:
        if self.look_up_fails is not None:
            raise self.look_up_fails
        if self.find is not None:
            return await self.find(client_id)
        client = self.stored.get(client_id)
        return None if client is None else ClientRecord(client)

    def set_api(self, *apis: Api) -> None:
        self.replica.set_apis(apis)

    def change_api(self, **changes: Any) -> None:
        api = next(iter(self.replica.apis.values()))
        self.replica.set_apis((replace(api, **changes),))

    def keep(self, client: Client) -> None:
        self.replica.clients.drop(CLIENT_ID, 0)
        self.replica.clients.keep(client, 0)

    def claims(self, **changes: Any) -> AccessTokenClaims:
        now = int(time.time())
        claims = AccessTokenClaims(ISSUER, "jti-1", CLIENT_ID, 1, now, now + 3600, (API_URL,), "*")
        return claims._replace(**changes)

    def token(self, prefix: bytes = b"sat_", **changes: Any) -> str:
        return self.ring.seal(self.claims(**changes), prefix).decode()

    def bearer(self, **changes: Any) -> tuple[str, str]:
        return ("Authorization", "Bearer " + self.token(**changes))

    def slugs(self) -> list[str]:
        return [row.slug for row in self.log.take()]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[World]:
        async with running(self.asgi) as self.port:
            try:
                yield self
            finally:
                await self.upstreams.close()

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        supplied = dict(scope["headers"]).get(b"x-oapi-request-id")
        scope["state"] = {
            "request": Request(
                scope["method"].encode(),
                scope["raw_path"],
                scope["query_string"],
                scope["headers"],
                b"",
                scope["client"][0],
                "satsuma-request-1",
                None if supplied is None else supplied.decode(),
            )
        }
        await self.gateway(scope, receive, send)


def on_plan(world: World, limits: Limits) -> None:
    """Let the world's application have these limits by a plan."""
    world.replica.plans = {"pln_one": limits}
    subscription = Subscription("app_one", "api_poi", "approved", START, "pln_one")
    world.keep(replace(a_client(), subscriptions=(subscription,)))


def revoke(world: World, kind: str, revoked_id: str) -> None:
    world.replica.revoked.add(kind, revoked_id, datetime.now(UTC) + timedelta(hours=1))


@contextlib.asynccontextmanager
async def running(app: Asgi) -> AsyncIterator[int]:
    """Serve an ASGI application through uvicorn's HTTP protocol on a free loopback port; give the port."""
    config = uvicorn.Config(
        app,
        interface="asgi3",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),
        "127.0.0.1",
        0,
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()  # type: ignore[union-attr]
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await server.wait_closed()


@contextlib.asynccontextmanager
async def raw_upstream(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """An upstream that says exactly which bytes it sends; give its address."""
    tasks: set[asyncio.Task[Any]] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def read_head(reader: asyncio.StreamReader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")
