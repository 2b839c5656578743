"""People under measurement: codes, refresh tokens and access tokens made beforehand in bulk, and logins by the form.

Satsuma's are made by its own rooms, in the bench's process, and committed to the server's database some hundred at a
time; nothing is told to the server. The peer makes its own when it is asked.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bench.load import Load
from bench.processes import Running
from bench.satsuma import FORM, OWNER, Satsuma, manage
from satsuma.accounts.passwords import (
    RECOMMENDED,
    PasswordCost,
    cost_of,
    hash_password,
    matches,
)
from satsuma.domain.audit import Audit
from satsuma.domain.authorization import CheckedRequest
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import Grant, IssueCode, StartRefreshing
from satsuma.domain.grants.refresh_token import ABSOLUTE, IDLE
from satsuma.domain.issuers import STANDARD
from satsuma.domain.sessions import Session
from satsuma.keys import algorithms
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.opaque import Digests, Opaque
from satsuma.keys.randomness import SYSTEM
from satsuma.keys.ring import KeyRing
from satsuma.management import keys
from satsuma.management.accounts import create_account
from satsuma.management.applications import create_application
from satsuma.management.context import ManagementContext
from satsuma.oauth.code_issuance import ACR, CodeIssuer
from satsuma.oauth.issuer import Issuer
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Store
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.secret import Secret

TOKEN = "/token"
RS256, ES256 = "RS256", "ES256"
PEER_CLIENTS = {RS256: "bench", ES256: "bench-es256"}
"""The peer's clients by the algorithm of their ID tokens; all have one secret."""
USERINFO = "/userinfo"
REDIRECT = "https://client.example/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CODE_SCOPE = "openid offline_access"
PERSON_SCOPE = "openid profile email"
PASSWORD = "correct horse battery staple"
USERINFO_TOKENS = 1000
GRANTS = 1000
"""How many grants access tokens are made for: enough that no two of them that follow each other share one."""
LOGIN_ACCOUNTS = 64
LOGIN_CONNECTIONS = 2
"""As many as passwords are compared at once: a queue of more would keep the load tool waiting for seconds."""
_TOGETHER = 500
_ID_TOKEN = 500
"""Bytes of an ID token that are signed, about."""


@dataclass
class Crowd:
    """A person with a session and an application, at one of our servers."""

    satsuma: Satsuma
    authorization: str = field(repr=False)
    client: ClientRecord = field(repr=False)
    session: Session = field(repr=False)
    email: str

    def codes(self, count: int) -> list[str]:
        """Make codes as the consent page does; each lives for its 60 seconds."""

        async def make(context: ManagementContext) -> list[str]:
            issued = await self._issue(context, count, CODE_SCOPE)
            await _commit(context.store, [effect for _, each in issued for effect in each])
            return [code for code, _ in issued]

        return self._manage(make)

    def refresh_tokens(self, count: int) -> list[str]:
        """Make the first refresh token of so many grants."""

        async def make(context: ManagementContext) -> list[str]:
            opaque, now = Opaque(context.vault, "refresh-token", "srt_"), context.clock()
            effects: list[Effect] = []
            tokens = []
            for _, issued in await self._issue(context, count, CODE_SCOPE):
                grant = _grant(issued).grant_id
                effects += [*issued, StartRefreshing(grant, now + IDLE, now + ABSOLUTE)]
                tokens.append(opaque.seal(f"{grant}.1".encode()))
            await _commit(context.store, effects)
            return tokens

        return self._manage(make)

    def access_tokens(self, count: int) -> list[str]:
        """Make access tokens with the server's own key, in turn for each of some grants."""

        async def make(context: ManagementContext) -> list[str]:
            ring, now = KeyRing(context.vault), context.clock()
            ring.load(await keys.list_keys(context), now)
            grants = await self._issue(context, min(count, GRANTS), PERSON_SCOPE)
            await _commit(context.store, [effect for _, each in grants for effect in each])
            held = [_grant(effects) for _, effects in grants]
            claims = [self._claims(held[at % len(held)], now) for at in range(count)]
            return [ring.seal(each, STANDARD.token_prefix.encode()).decode() for each in claims]

        return self._manage(make)

    def _manage(self, work: Callable[[ManagementContext], Any]) -> Any:
        return manage(self.satsuma.database, self.satsuma.environment, work)

    async def _issue(
        self, context: ManagementContext, count: int, scope: str
    ) -> list[tuple[str, tuple[Effect, ...]]]:
        """Give codes, each with the effects that would commit it."""
        held = Held(context.store)
        issued = []
        for _ in range(count):
            code = await issue(context, held, self.satsuma, self.client, self.session, scope)
            issued.append((code, held.effects))
        return issued

    def _claims(self, grant: Grant, now: datetime) -> AccessTokenClaims:
        url, issued = self.satsuma.running.url, int(now.timestamp())
        return AccessTokenClaims(
            iss=url,
            jti=secrets.token_urlsafe(18),
            client_id=self.client.client_id,
            generation=self.client.generation,
            iat=issued,
            exp=issued + 3600,
            aud=(url,),
            scope=PERSON_SCOPE,
            grant_id=grant.grant_id,
            sub=grant.sub,
            acr=ACR,
            auth_time=issued,
        )


class Held:
    """Stands before the store: the subject is read once, and each commit is kept for a larger one.

    The audit rows of these consents are left out: sealing them is work that no redemption brings about.
    """

    def __init__(self, store: Any) -> None:
        """Read from `store`."""
        self._store = store
        self._sub: Any = None
        self.effects: tuple[Effect, ...] = ()

    async def read(self, query: Any) -> Any:
        if self._sub is None:
            self._sub = await self._store.read(query)
        return self._sub

    async def commit(self, *effects: Effect) -> None:
        self.effects = tuple(each for each in effects if not isinstance(each, Audit))


async def issue(
    context: ManagementContext,
    store: Any,
    satsuma: Satsuma,
    client: ClientRecord,
    session: Session,
    scope: str,
) -> str:
    """Give a code, committed to `store`."""
    issuing = CodeIssuer(store, Digests(context.vault, "code-digest"), context.clock, SYSTEM)
    request = CheckedRequest(
        STANDARD.name,
        client.client_id,
        REDIRECT,
        tuple(scope.split()),
        "query",
        code_challenge=challenge(),
    )
    issuer = Issuer(STANDARD, satsuma.running.url)
    response = await issuing.issue(issuer, request, client, session, "once")
    return response.code.reveal()


def gather(satsuma: Satsuma, alg: str) -> Crowd:
    """Make a person and an application; the first code makes the subject by which they know each other.

    The application's ID tokens are signed with `alg`.
    """
    email = f"{'person' if alg == RS256 else alg.lower()}@people.example"

    async def make(context: ManagementContext) -> Crowd:
        account = await create_account(context, email, "user")
        made = await create_application(
            context,
            f"People, {alg}",
            OWNER,
            redirect_uris=(REDIRECT,),
            id_token_signed_response_alg=alg,
        )
        client_id, at = made.application.client_id, context.clock()
        client = await context.store.read(lambda reader: reader.find_client(client_id))
        assert client is not None
        assert made.authorization_header is not None
        record = ClientRecord(client)
        session = Session(b"", "ses_bench", account.account_id, at, at, at, "pwd", "", "127.0.0.1")
        await issue(context, context.store, satsuma, record, session, CODE_SCOPE)
        return Crowd(satsuma, made.authorization_header.reveal(), record, session, email)

    crowd: Crowd = manage(satsuma.database, satsuma.environment, make)
    return crowd


def challenge() -> str:
    """Give the S256 challenge of the verifier.

    Spec: RFC 7636 §4.2.
    """
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return b64(digest).decode()


def code_body(code: str) -> str:
    return urlencode(
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
    )


def refresh_body(token: str) -> str:
    return urlencode({"grant_type": "refresh_token", "refresh_token": token})


def peer_values(running: Running, kind: str, count: int, alg: str = RS256) -> list[str]:
    """Let the peer make codes, refresh tokens or access tokens for the client whose ID tokens are of `alg`."""
    status, body = running.get(f"/bench/{kind}?count={count}&client={PEER_CLIENTS[alg]}")
    if status != 200:
        raise RuntimeError(f"{running.name} made no {kind}: {status} {body!r}")
    values: list[str] = json.loads(body)
    return values


def login_load(satsuma: Satsuma) -> Load:
    """Log accounts in, in turn, by the form of the login page, from one browser that has its cookie."""
    emails = [f"login{at}@people.example" for at in range(LOGIN_ACCOUNTS)]

    async def make(context: ManagementContext) -> None:
        hashed = hash_password(Secret(PASSWORD))
        for email in emails:
            await create_account(context, email, "user", hashed)

    manage(satsuma.database, satsuma.environment, make)
    host = f"localhost:{satsuma.running.port}"
    headers = {"Host": host, "Content-Type": FORM, "Accept": "text/html"}
    connection = http.client.HTTPConnection("127.0.0.1", satsuma.running.port, timeout=20)
    try:
        connection.request("GET", "/login", headers={"Host": host, "Accept": "text/html"})
        answer = connection.getresponse()
        text, cookie = answer.read().decode(), answer.headers["Set-Cookie"].partition(";")[0]
    finally:
        connection.close()
    satsuma.asked["pages"] = satsuma.asked.get("pages", 0) + 1
    found = re.search(r'name="form_token" value="([^"]+)"', text)
    assert found is not None, text
    bodies = [
        urlencode({"email": email, "password": PASSWORD, "form_token": found[1]})
        for email in emails
    ]
    headers |= {"Cookie": cookie, "Origin": f"http://{host}"}
    return Load("POST", "/login", headers, bodies=bodies, connections=LOGIN_CONNECTIONS)


def hashing_cost(times: int, cost: PasswordCost = RECOMMENDED) -> tuple[float, str]:
    """Give the CPU seconds that comparing one password takes, and the parameters of its hash in words."""
    password = Secret(PASSWORD)
    hashed = hash_password(password, cost)
    matches(password, hashed)
    started = time.process_time()
    for _ in range(times):
        matches(password, hashed)
    taken = (time.process_time() - started) / times
    found = cost_of(hashed)
    assert found is not None
    lanes = "1 lane" if found.lanes == 1 else f"{found.lanes} lanes"
    return taken, f"{found.memory // 1024} MiB, {found.passes} passes, {lanes}"


def signing_cost(alg: str, times: int) -> float:
    """Give the CPU seconds that one signature of an ID token's size takes, with nothing beside it."""
    sign = algorithms.signer(alg, algorithms.generate(alg))
    sign(bytes(_ID_TOKEN))
    started = time.process_time()
    for _ in range(times):
        sign(bytes(_ID_TOKEN))
    return (time.process_time() - started) / times


async def _commit(store: Store, effects: Sequence[Effect]) -> None:
    for start in range(0, len(effects), _TOGETHER):
        await store.commit(*effects[start : start + _TOGETHER])


def _grant(effects: Iterable[Effect]) -> Grant:
    return next(each.grant for each in effects if isinstance(each, IssueCode))
