"""How often an application may ask for tokens: counted by this process, or by all of them together."""

from __future__ import annotations

from satsuma.counters.port import CounterAway
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refused, too_often
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord


class RequestCount:
    """Counts each authenticated token request of one issuer, whatever its answer."""

    def __init__(self, context: IssuerContext) -> None:
        policy = context.issuer.policy
        self._context = context
        self._issuer = policy.name
        self._limit = policy.token_limit
        self._window = policy.token_window.total_seconds()

    def count_here(self, client: ClientRecord) -> None:
        """Count a request in this process; raises Refused."""
        context = self._context
        key = self._key(client)
        _check_wait(context.counter.hit(key, self._limit, self._window, context.clock.monotonic()))

    async def count_for_all(self, client: ClientRecord) -> None:
        """Count a request for all processes, in this one alone where no counting server answers; raises Refused."""
        counter = self._context.shared_counter
        if counter is None:
            self.count_here(client)
            return
        try:
            wait = await counter.hit(self._key(client), self._limit, self._window)
        except CounterAway:
            self.count_here(client)
        else:
            _check_wait(wait)

    def _key(self, client: ClientRecord) -> str:
        return f"{self._issuer}:{client.application_id}"


def _check_wait(wait: float) -> None:
    if wait:
        raise Refused(too_often(errors.TOO_MANY_REQUESTS, wait))
