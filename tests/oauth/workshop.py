"""The token endpoint's line in this process, on a real store, with a clock that the test moves."""

import asyncio
import json
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from satsuma.counters.memory import MemoryCounter
from satsuma.domain.authorization import CheckedRequest
from satsuma.domain.clock import Clock
from satsuma.domain.consents import EndAccess
from satsuma.domain.issuers import ORANGE_U2M, STANDARD, IssuerPolicy
from satsuma.domain.sessions import Session, StartSession
from satsuma.http.messages import Answer, Later, Request
from satsuma.keys.algorithms import SEAL
from satsuma.keys.client_secret import SecretDigest
from satsuma.keys.master import MasterKey
from satsuma.keys.opaque import Digests, Opaque
from satsuma.keys.randomness import SYSTEM
from satsuma.keys.ring import KeyRing
from satsuma.management.accounts import create_account
from satsuma.management.applications import create_application
from satsuma.management.context import ManagementContext
from satsuma.management.keys import ensure_keys, open_vault
from satsuma.oauth.client_authentication import ClientAuthentication
from satsuma.oauth.code_issuance import CodeIssuer
from satsuma.oauth.error_response import Refusals
from satsuma.oauth.introspection import IntrospectionEndpoint
from satsuma.oauth.issuer import Issuer, IssuerContext
from satsuma.oauth.revocation import revocation_endpoint
from satsuma.oauth.token import token_endpoint
from satsuma.replica.follower import Follower
from satsuma.replica.replica import Replica
from satsuma.store.opening import open_store
from satsuma.telemetry.request_log import RequestLog

API = "http://127.0.0.1:1"
REDIRECT = "https://client.example/cb"
CALM = 10**9


@dataclass
class Told:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Workshop:
    """Everything that one issuer's token endpoint needs, without a socket."""

    def __init__(self, url: str, issuer: IssuerPolicy) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.runner = asyncio.Runner()
        self.policy = issuer
        self.run(self._build(url))

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    async def _build(self, url: str) -> None:
        self.store = open_store(url, clock=self.clock)
        self.vault = await open_vault(self.store, MasterKey.generate(), "test", self.clock)
        self.context = ManagementContext(self.store, self.vault, self.clock, "test")
        await ensure_keys(self.context, (SEAL, "RS256"))
        self.replica = Replica(KeyRing(self.vault))
        log = structlog.get_logger()
        monotonic = self.monotonic
        self.follower = Follower(self.store, self.replica, self.clock, monotonic, log)
        shared = self.shared = self._context()
        self.endpoints = {
            "token": token_endpoint(shared),
            "revoke": revocation_endpoint(shared),
            "introspect": IntrospectionEndpoint(shared),
        }
        self.issuing = CodeIssuer(self.store, shared.codes, self.clock, SYSTEM)
        await self._register()
        await self.follower.load()

    def _context(self) -> IssuerContext:
        policy = _calm(self.policy)
        self.issuer = Issuer(policy, API)
        self.log = RequestLog(self.clock)
        return IssuerContext(
            issuer=self.issuer,
            replica=self.replica,
            ring=self.replica.ring,
            store=self.store,
            codes=Digests(self.vault, "code-digest"),
            refresh_tokens=Opaque(self.vault, "refresh-token", "srt_"),
            look_up=self.follower.look_up,
            authentication=ClientAuthentication(
                SecretDigest(self.vault),
                MemoryCounter(),
                self.replica,
                self.follower.look_up,
                self.time,
                SYSTEM,
            ),
            refusals=Refusals(policy, self.log, "http://localhost:1"),
            counter=MemoryCounter(),
            shared_counter=None,
            patience=CALM,
            clock=self.time,
        )

    async def _register(self) -> None:
        account = await create_account(self.context, "user@people.example")
        self.account_id = account.account_id
        made = await create_application(
            self.context, "App", account.email, redirect_uris=(REDIRECT,)
        )
        assert made.authorization_header is not None
        self.client_id = made.application.client_id
        self.application_id = made.application.application_id
        self.authorization = made.authorization_header.reveal()
        at = self.now
        self.session = Session(b"s" * 32, "ses_1", self.account_id, at, at, at, "pwd", "", "::1")
        await self.store.commit(StartSession(self.session))

    @property
    def time(self) -> Clock:
        return Clock(self.clock, self.monotonic, self.monotonic)

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def advance(self, by: timedelta) -> None:
        self.now += by
        self.run(self.follower.step())

    def issue(self, scope: str) -> str:
        """Give a code, as the consent page would."""
        request = CheckedRequest(
            self.policy.name, self.client_id, REDIRECT, tuple(scope.split()), "query"
        )

        async def work() -> str:
            client = await self.follower.look_up(self.client_id)
            assert client is not None
            given = await self.issuing.issue(self.issuer, request, client, self.session, "remember")
            return given.code.reveal()

        code: str = self.run(work())
        return code

    def ask(self, endpoint: str, *, reads_on: bool = True, **fields: str) -> Told:
        """Send a form as the client; the replica reads on before, as it does within a second."""
        body = urllib.parse.urlencode(fields).encode()
        headers = [
            (b"authorization", self.authorization.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"accept", b"application/json"),
        ]
        request = Request(b"POST", b"/", b"", headers, body, "127.0.0.1", "0" * 24)

        async def work() -> Answer:
            if reads_on:
                await self.follower.step()
            answer = self.endpoints[endpoint](request)
            return await answer.work if isinstance(answer, Later) else answer

        answer: Answer = self.run(work())
        return Told(answer.block.status, answer.body)

    def redeem(self, code: str) -> Told:
        return self.ask("token", grant_type="authorization_code", code=code, redirect_uri=REDIRECT)

    def refresh(self, token: str) -> Told:
        return self.ask("token", grant_type="refresh_token", refresh_token=token)

    def is_active(self, token: str) -> bool:
        return bool(self.ask("introspect", token=token).json["active"])

    def remove_access(self) -> None:
        """End every grant of the application, as the person's page does."""

        async def work() -> None:
            until = self.now + timedelta(hours=2)
            pair = (self.account_id, self.application_id)
            await self.store.commit(EndAccess(*pair, self.now, "removed-by-person", until))

        self.run(work())

    def prune(self) -> None:
        self.run(self.store.prune(self.now, 1000))

    def restart(self) -> None:
        """Forget what is in memory and read everything anew, as a new process does."""
        self.run(self.follower.load())

    def close(self) -> None:
        self.run(self.store.close())
        self.runner.close()


def _calm(policy: IssuerPolicy) -> IssuerPolicy:
    from dataclasses import replace

    return replace(policy, token_limit=CALM, pkce_required=False)


FRENCH = ORANGE_U2M
ROTATING = STANDARD
