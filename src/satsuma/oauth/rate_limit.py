"""How often tokens may be asked for: counted by what was proven, in this process or in all of them together."""

from __future__ import annotations

from satsuma.counters.port import CounterAway
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refused, too_often
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord


class RequestCount:
    """Counts each proven token request of one issuer, whatever its answer.

    A client that proved itself pays for all that it asks; for codes and refresh tokens that prove nothing apart, since
    a stranger may have sent them to it. A public one proves nothing by its name, which everybody knows: there the
    person pays whose code or refresh token was shown, so that nobody moves another's limit.
    """

    def __init__(self, context: IssuerContext) -> None:
        policy = context.issuer.policy
        self._context = context
        self._issuer = policy.name
        self._limit = policy.token_limit
        self._window = policy.token_window.total_seconds()

    def count_here(self, client: ClientRecord, person: str = "") -> None:
        """Count a request in this process; raises Refused."""
        context = self._context
        key = self._key(client, person)
        _check_wait(context.counter.hit(key, self._limit, self._window, context.clock.monotonic()))

    async def count_for_all(self, client: ClientRecord, person: str = "") -> None:
        """Count a request for all processes, in this one alone where no counting server answers; raises Refused."""
        counter = self._context.shared_counter
        if counter is None:
            self.count_here(client, person)
            return
        try:
            wait = await counter.hit(self._key(client, person), self._limit, self._window)
        except CounterAway:
            self.count_here(client, person)
        else:
            _check_wait(wait)

    def _key(self, client: ClientRecord, person: str) -> str:
        key = f"{self._issuer}:{client.application_id}"
        return f"{key}:{person}" if person else key


def _check_wait(wait: float) -> None:
    if wait:
        raise Refused(too_often(errors.TOO_MANY_REQUESTS, wait))
