"""The authorization request that a page stands in, opened from its `r`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from satsuma.keys.opaque import Opaque
from satsuma.oauth.sealed_request import SealedRequest, open_request


@dataclass(frozen=True, slots=True)
class Asked:
    """Opens sealed requests as of now."""

    requests: Opaque
    clock: Callable[[], datetime]

    def __call__(self, sealed: str | None) -> SealedRequest | None:
        """Open a request; None where there is none that holds."""
        return open_request(self.requests, sealed, self.clock())
