"""Access tokens that only the issuer can read: asked about, and known again for a second, or while a feed is heard."""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, NamedTuple

from satsuma_client.http.clock import Clock
from satsuma_client.http.errors import OAuthError
from satsuma_client.http.exchange import exchange, form_request
from satsuma_client.http.transport import HttpResponse, Transport
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.messages.client_authentication import ClientSecretBasic
from satsuma_client.protocol.messages.introspection import IntrospectionRequest
from satsuma_client.protocol.revocation_feed import NUMBER, digests_of
from satsuma_client.protocol.secret import Secret
from satsuma_client.resource.feed import RevocationFeed
from satsuma_client.resource.jwt import LEEWAY, check_audience, check_not_bound, number, verified
from satsuma_client.resource.verified import Refused, VerifiedToken, invalid, unavailable

KEPT_FOR: Final = 1.0
"""Seconds for which an answer is used again: within them a token that is revoked is refused everywhere."""
FED_FOR: Final = 300.0
"""Seconds for which an answer is used again while the feed is heard."""
MOST_KEPT: Final = 10_000
_BEARER: Final = ("bearer", "access_token", "urn:ietf:params:oauth:token-type:access_token")

Outcome = VerifiedToken | Refused


class Kept(NamedTuple):
    """An answer: until when it is used again, and until when while the feed is heard; by what it is forgotten."""

    until: float
    while_fed: float
    digests: frozenset[str]
    outcome: Outcome


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
        issuer: str | None = None,
        feed: RevocationFeed | None = None,
        tell: Callable[..., None],
    ) -> None:
        self._url = url
        self._issuer = issuer
        self._feed = feed
        self._client = ClientSecretBasic(client_id, client_secret)
        self._audience = audience
        self._transport = transport
        self._clock = clock
        self._kept_for = kept_for
        self._tell = tell
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._asking: dict[bytes, Future[Outcome]] = {}
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=partial(_begin_anew, weakref.ref(self)))

    def begin_anew(self) -> None:
        """Let go of what threads held that a fork left behind."""
        self._lock = threading.Lock()
        self._asking = {}

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
        if found is None:
            return None
        now = self._clock().monotonic
        if now < found.until:
            return found.outcome
        if now < found.while_fed and self._feed is not None and self._feed.is_heard(now):
            return found.outcome
        return None

    def forget(self, revoked: frozenset[str] | None) -> None:
        """Forget the answers that what was revoked may have changed; None is all of them."""
        with self._lock:
            if revoked is None:
                self._kept.clear()
                return
            gone = [digest for digest, kept in self._kept.items() if kept.digests & revoked]
            for digest in gone:
                del self._kept[digest]

    def _ask(self, token: str, digest: bytes, flight: Future[Outcome]) -> None:
        try:
            if self._feed is not None:
                self._feed.follow(self)
            outcome, number = self._answer(token)
        except BaseException as error:
            with self._lock:
                self._asking.pop(digest, None)
            flight.set_exception(error)
            return
        with self._lock:
            self._asking.pop(digest, None)
            if not isinstance(outcome, Refused) or outcome.status == 401:
                self._keep(digest, outcome, number)
        flight.set_result(outcome)

    def _keep(self, digest: bytes, outcome: Outcome, number: int | None) -> None:
        """Keep an answer; for longer than a moment where the feed goes on from a number that the answer knows."""
        now = self._clock()
        left, longer, digests = self._kept_for, 0.0, frozenset[str]()
        if isinstance(outcome, VerifiedToken):
            ends = outcome.expires_at
            most = FED_FOR if ends is None else min(FED_FOR, ends - now.wall)
            left, digests = min(left, most), digests_of(outcome.claims)
            if self._feed is not None and self._feed.tells_after(number):
                longer = most
        until = now.monotonic + left
        self._kept[digest] = Kept(until, max(until, now.monotonic + longer), digests, outcome)
        self._kept.move_to_end(digest)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    def _answer(self, token: str) -> tuple[Outcome, int | None]:
        """Ask; with the number of the feed up to which the answer knows."""
        message = IntrospectionRequest(Secret(token), self._client).render()
        try:
            answer = exchange(self._transport, form_request(self._url, message))
        except OAuthError as error:
            self._tell("introspection_failed", error=type(error).__name__)
            return unavailable(), None
        number = answer.header(NUMBER) or ""
        known = int(number[:18]) if number.isascii() and number.isdigit() else None
        return self._read(answer), known

    def _read(self, answer: HttpResponse) -> Outcome:
        """Read an answer; whatever is no clear one lets nobody through."""
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
            if self._issuer is not None and claims.get("iss") not in (None, self._issuer):
                return invalid("it is another issuer's")
            if str(claims.get("token_type") or "bearer").lower() not in _BEARER:
                return invalid("it is no access token")
            check_audience(claims, self._audience)
            check_not_bound(claims)
            ends, now = number(claims, "exp"), self._clock().wall
            if ends is not None and ends <= now:
                return invalid("its time is over")
            begins = number(claims, "nbf")
            if begins is not None and begins > now + LEEWAY:
                return invalid("its time has not begun")
            return verified(claims, ends)
        except Refused as refused:
            return refused


def _begin_anew(of: weakref.ref[IntrospectionVerifier]) -> None:
    verifier = of()
    if verifier is not None:
        verifier.begin_anew()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
