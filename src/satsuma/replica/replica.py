"""What every process holds in memory of what the store says, kept true by the follower."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from satsuma.domain.apis import Api
from satsuma.domain.limits import Limits
from satsuma.domain.plans import Plan
from satsuma.domain.revocations import Revocation
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.ring import KeyRing
from satsuma.replica.clients import HeldClients


class RevocationSet:
    """What is revoked, as one dictionary from `kind:id` to the epoch second until which it matters."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def add(self, kind: str, revoked_id: str, until: datetime) -> None:
        """Remember a revocation."""
        key = f"{kind}:{revoked_id}"
        self._until[key] = max(until.timestamp(), self._until.get(key, 0.0))

    def replace(self, revocations: Iterable[Revocation]) -> None:
        """Remember exactly these."""
        self._until = {f"{each.kind}:{each.id}": each.until.timestamp() for each in revocations}

    def forget_past(self, now: float) -> None:
        """Drop what matters no more."""
        past = [key for key, until in self._until.items() if until <= now]
        for key in past:
            del self._until[key]

    def covers(self, claims: AccessTokenClaims) -> str | None:
        """The kind of revocation that covers a token, or None.

        A client's revocation names one generation, never a time, so that clocks cannot disagree about it.
        """
        until = self._until
        if not until:
            return None
        if "token:" + claims.jti in until:
            return "token"
        if f"client:{claims.client_id}.{claims.generation}" in until:
            return "client"
        if claims.grant_id is not None and "grant:" + claims.grant_id in until:
            return "grant"
        if claims.sub is not None and "subject:" + claims.sub in until:
            return "subject"
        return None

    def __len__(self) -> int:
        return len(self._until)


class Replica:
    """Revocations, clients, APIs, plans and keys as of change `seq`; `read_at` is when they were last read."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.revoked = RevocationSet()
        self.clients = HeldClients()
        self.apis: dict[tuple[str, int], Api] = {}
        self.apis_by_id: dict[str, Api] = {}
        self.apis_by_resource: dict[str, Api] = {}
        self.plans: dict[str, Limits] = {}
        self.origins: frozenset[str] = frozenset()
        self.blocked: frozenset[str] = frozenset()
        self.seq = 0
        self.read_at: float | None = None
        self.people_version = 0

    def set_apis(self, apis: Iterable[Api]) -> None:
        """Take the APIs as the store has them now."""
        listed = tuple(apis)
        self.apis = {(api.name, api.version): api for api in listed}
        self.apis_by_id = {api.api_id: api for api in listed}
        self.apis_by_resource = {api.resource_id: api for api in listed}

    def set_plans(self, plans: Iterable[Plan]) -> None:
        """Take the plans as the store has them now; limits that are as they were stay the same object."""
        held = self.plans
        listed = {plan.plan_id: plan.limits for plan in plans}
        self.plans = {
            plan_id: held[plan_id] if held.get(plan_id) == limits else limits
            for plan_id, limits in listed.items()
        }

    def is_blocked(self, subject: str) -> bool:
        """Say whether the account behind a subject is blocked."""
        return subject in self.blocked

    def is_fresh(self, monotonic: float, patience: float) -> bool:
        """Say whether the last successful read is at most `patience` seconds old; revocations may be missing else."""
        return self.read_at is not None and monotonic - self.read_at <= patience
