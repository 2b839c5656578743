"""One issuer at run time: its policy, its addresses, and what its endpoints share."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from satsuma.counters.port import LocalCounter, SharedCounter
from satsuma.domain.issuers import IssuerPolicy
from satsuma.keys.ring import KeyRing
from satsuma.oauth.client_authentication import ClientAuthentication
from satsuma.oauth.error_response import Refusals
from satsuma.replica.clients import ClientRecord
from satsuma.replica.replica import Replica

LookUp = Callable[[str], Coroutine[Any, Any, ClientRecord | None]]


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
    """What every endpoint of an issuer works with: the replica, the keys, the counters, the clocks."""

    issuer: Issuer
    replica: Replica
    ring: KeyRing
    look_up: LookUp
    authentication: ClientAuthentication
    refusals: Refusals
    counter: LocalCounter
    shared_counter: SharedCounter | None
    patience: float
    seconds: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
