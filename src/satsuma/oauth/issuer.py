"""One issuer at run time: its policy, its addresses, and what its endpoints share."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma.counters.port import LocalCounter, SharedCounter
from satsuma.domain.clock import Clock
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.issuers import IssuerPolicy
from satsuma.keys.opaque import Digests, Opaque
from satsuma.keys.ring import KeyRing
from satsuma.oauth.client_authentication import ClientAuthentication, LookUp
from satsuma.oauth.error_response import Refusals
from satsuma.replica.replica import Replica
from satsuma.store.port import Store


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer's policy with its addresses; `url` is the issuer identifier."""

    policy: IssuerPolicy
    api_url: str

    @property
    def url(self) -> str:
        """The issuer identifier.

        Spec: RFC 8414 §2.
        """
        return self.api_url + self.policy.path


@dataclass(frozen=True, slots=True)
class IssuerContext:
    """What every endpoint of an issuer works with: facts, keys, counters, clocks.

    `codes` digests authorization codes and `refresh_tokens` seals refresh tokens; `patience` is how many seconds the
    replica may be old.
    """

    issuer: Issuer
    replica: Replica
    ring: KeyRing
    store: Store
    codes: Digests
    refresh_tokens: Opaque
    look_up: LookUp
    authentication: ClientAuthentication
    refusals: Refusals
    counter: LocalCounter
    shared_counter: SharedCounter | None
    patience: float
    clock: Clock

    def check_fresh(self) -> None:
        """Refuse while the replica is older than allowed: a revocation may be missing."""
        if not self.replica.is_fresh(self.clock.monotonic(), self.patience):
            raise Refused(Refusal(errors.NOT_READY))
