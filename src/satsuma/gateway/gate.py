"""The gate: gathers what is known about a call from the replica, and has it decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from satsuma.domain.apis import Api
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.gateway.access import AccessFacts, Call, LookUp, Pass, decide, limits_of, parse_bearer
from satsuma.keys.claims import AccessTokenClaims
from satsuma.replica.clients import ClientRecord
from satsuma.replica.replica import Replica
from satsuma.store.port import Unavailable

FindClient = Callable[[str], Awaitable[ClientRecord | None]]


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """What holds at this gate.

    `api_url` is the API surface without a slash at its end; `issuers` maps an issuer identifier to the issuer's name;
    `prefixes` are those of sealed tokens; `patience` is how many seconds the replica may be old.
    """

    api_url: str
    issuers: Mapping[str, str]
    prefixes: tuple[bytes, ...]
    patience: float = 30.0


class Asked(NamedTuple):
    """A call and its credentials as they came in."""

    name: str
    version: int
    call: Call
    authorization: list[bytes]


class Gate:
    """Examines calls for one process.

    `look_up` finds a client that the replica does not hold, and may raise Unavailable; `clock` gives epoch seconds;
    `user_is_blocked` says whether a subject's account is blocked.
    """

    def __init__(
        self,
        replica: Replica,
        policy: GatePolicy,
        look_up: FindClient,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        user_is_blocked: Callable[[str], bool],
    ) -> None:
        """Examine by `replica`."""
        self._replica = replica
        self._policy = policy
        self._look_up = look_up
        self._clock = clock
        self._monotonic = monotonic
        self._user_is_blocked = user_is_blocked
        self._audiences: dict[tuple[str, int], frozenset[str]] = {}

    def examine(self, asked: Asked) -> Pass | Refusal | LookUp:
        """Decide at once with what the replica holds."""
        return self._examine(asked, None, False)

    def knows(self, name: str, version: int) -> bool:
        """Say whether there is such an API."""
        return (name, version) in self._replica.apis

    def stands(self, passed: Pass, token: bytes) -> bool:
        """Say whether a call that passed with this token would pass again: every fact behind it is the same.

        The API, the client and the limits are the very objects that were judged, for a change replaces them.
        """
        replica, claims, api = self._replica, passed.claims, passed.api
        return (
            replica.apis.get((api.name, api.version)) is api
            and replica.clients.find(claims.client_id) is passed.client
            and replica.ring.remembers(token, claims)
            and claims.exp > self._clock()
            and replica.revoked.covers(claims) is None
            and (claims.sub is None or not self._user_is_blocked(claims.sub))
            and limits_of(passed.client, api, replica.plans) is passed.limits
            and replica.is_fresh(self._monotonic(), self._policy.patience)
        )

    async def examine_later(self, asked: Asked, client_id: str) -> Pass | Refusal:
        """Look the client up in the store and decide again."""
        try:
            client = await self._look_up(client_id)
        except Unavailable:
            return Refusal(errors.LOOK_UP_FAILED, client_id=client_id)
        decided = self._examine(asked, client, True)
        if isinstance(decided, LookUp):
            return Refusal(errors.LOOK_UP_FAILED, client_id=client_id)
        return decided

    def _examine(
        self, asked: Asked, client: ClientRecord | None, looked_up: bool
    ) -> Pass | Refusal | LookUp:
        replica = self._replica
        if replica.read_at is None:
            return Refusal(errors.REPLICA_STALE)
        named = (asked.name, asked.version)
        api = replica.apis.get(named)
        token = parse_bearer(asked.authorization)
        claims = issuer = revoked = None
        blocked = False
        if isinstance(token, bytes):
            claims = self._open(token)
            if claims is not None:
                issuer = self._policy.issuers.get(claims.iss)
                revoked = replica.revoked.covers(claims)
                client = client or replica.clients.find(claims.client_id)
                blocked = claims.sub is not None and self._user_is_blocked(claims.sub)
        facts = AccessFacts(
            api,
            api is None and any(name == asked.name for name, _ in replica.apis),
            token if isinstance(token, ErrorRow) else None,
            claims,
            issuer,
            revoked,
            client,
            looked_up,
            blocked,
            self._audiences.get(named) or self._audiences_of(named, api),
            replica.is_fresh(self._monotonic(), self._policy.patience),
            replica.plans,
        )
        return decide(asked.call, facts, self._clock())

    def _open(self, token: bytes) -> AccessTokenClaims | None:
        prefixes = self._policy.prefixes
        prefix = prefixes[0]
        if len(prefixes) > 1:
            prefix = next((each for each in prefixes if token.startswith(each)), prefix)
        return self._replica.ring.verify(token, prefix, self._policy.api_url)

    def _audiences_of(self, named: tuple[str, int], api: Api | None) -> frozenset[str]:
        if api is None:
            return frozenset()
        name, version = named
        audiences = frozenset((self._policy.api_url, f"{self._policy.api_url}/{name}/v{version}"))
        self._audiences[named] = audiences
        return audiences
