"""Access tokens that only the issuer can read: asked about, and known again for a second."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from satsuma_client.http.clock import Clock
from satsuma_client.http.errors import OAuthError
from satsuma_client.http.exchange import exchange, form_request
from satsuma_client.http.transport import Transport
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.messages.client_authentication import ClientSecretBasic
from satsuma_client.protocol.messages.introspection import IntrospectionRequest
from satsuma_client.protocol.secret import Secret
from satsuma_client.resource.jwt import check_audience, check_not_bound, number, verified
from satsuma_client.resource.verified import Refused, VerifiedToken, invalid, unavailable

KEPT_FOR: Final = 1.0
"""Seconds for which an answer is used again: within them a token that is revoked is refused everywhere."""
MOST_KEPT: Final = 10_000

Outcome = VerifiedToken | Refused


class IntrospectionVerifier:
    """Asks the issuer about tokens, once for all who ask about the same at the same time.

    Answers are kept by a digest of the token, in a bounded memory, for a second and never longer than the token lives.

    Spec: RFC 7662 §2, §4.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: Secret,
        audience: str,
        transport: Transport,
        clock: Clock,
        *,
        kept_for: float = KEPT_FOR,
        tell: Callable[..., None],
    ) -> None:
        self._url = url
        self._client = ClientSecretBasic(client_id, client_secret)
        self._audience = audience
        self._transport = transport
        self._clock = clock
        self._kept_for = kept_for
        self._tell = tell
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[float, Outcome]] = OrderedDict()
        self._asking: dict[bytes, Future[Outcome]] = {}

    def known(self, token: str) -> Outcome | None:
        """What was answered about a token a moment ago."""
        return self._known(_digest(token))

    def __call__(self, token: str) -> VerifiedToken:
        """Verify; raises Refused."""
        outcome = self._outcome(token)
        if isinstance(outcome, Refused):
            raise Refused(outcome.status, outcome.error, outcome.description)
        return outcome

    def _outcome(self, token: str) -> Outcome:
        digest = _digest(token)
        with self._lock:
            found = self._known(digest)
            if found is not None:
                return found
            flight = self._asking.get(digest)
            mine = flight is None
            if flight is None:
                flight = self._asking[digest] = Future()
        if mine:
            self._ask(token, digest, flight)
        return flight.result()

    def _known(self, digest: bytes) -> Outcome | None:
        found = self._kept.get(digest)
        return found[1] if found is not None and self._clock().monotonic < found[0] else None

    def _ask(self, token: str, digest: bytes, flight: Future[Outcome]) -> None:
        try:
            outcome = self._answer(token)
        except BaseException as error:
            with self._lock:
                self._asking.pop(digest, None)
            flight.set_exception(error)
            return
        with self._lock:
            self._asking.pop(digest, None)
            if not isinstance(outcome, Refused) or outcome.status == 401:
                self._keep(digest, outcome)
        flight.set_result(outcome)

    def _keep(self, digest: bytes, outcome: Outcome) -> None:
        now = self._clock()
        left = self._kept_for
        if isinstance(outcome, VerifiedToken) and outcome.expires_at is not None:
            left = min(left, outcome.expires_at - now.wall)
        self._kept[digest] = (now.monotonic + left, outcome)
        self._kept.move_to_end(digest)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _answer(self, token: str) -> Outcome:
        """Ask; whatever is no clear answer lets nobody through."""
        message = IntrospectionRequest(Secret(token), self._client).render()
        try:
            answer = exchange(self._transport, form_request(self._url, message))
        except OAuthError as error:
            self._tell("introspection_failed", error=type(error).__name__)
            return unavailable()
        if answer.status != 200:
            self._tell("introspection_failed", status=answer.status)
            return unavailable()
        try:
            claims = parse_object(answer.body)
        except Malformed as why:
            self._tell("introspection_failed", error=why.slug)
            return unavailable()
        if claims.get("active") is not True:
            return invalid("it is unknown, expired or revoked, or for another API")
        try:
            check_audience(claims, self._audience)
            check_not_bound(claims)
            ends = number(claims, "exp")
            if ends is not None and ends <= self._clock().wall:
                return invalid("its time is over")
            return verified(claims, ends)
        except Refused as refused:
            return refused


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
