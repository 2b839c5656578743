"""The revocation feed, followed by a thread: what was revoked is forgotten, and whether the feed is heard."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from typing import Final, Protocol

from satsuma_client.http.clock import Clock
from satsuma_client.http.errors import OAuthError
from satsuma_client.http.exchange import exchange, get_json
from satsuma_client.http.transport import Transport
from satsuma_client.protocol.basic import authorization_header
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.revocation_feed import FeedPage
from satsuma_client.protocol.secret import Secret

WAIT: Final = 5
"""Seconds that the issuer may keep a question before it answers that there is nothing."""
HEARD_FOR: Final = 15.0
"""Seconds after an answer for which the feed counts as heard; then every token is asked about again."""
_PAUSE: Final = 1.0
"""Seconds before a feed that failed is asked again, and between two answers that came at once with nothing."""


class Forgets(Protocol):
    """What keeps answers."""

    def forget(self, revoked: frozenset[str] | None) -> None:
        """Forget what was revoked; None is everything."""


class RevocationFeed:
    """Follows an issuer's feed for as long as its follower lives; begun at the first token, and again after a fork."""

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: Secret,
        transport: Transport,
        clock: Clock,
        tell: Callable[..., None],
    ) -> None:
        self._url = url
        self._authorization = Secret(authorization_header(client_id, client_secret.reveal()))
        self._transport = transport
        self._clock = clock
        self._tell = tell
        self._next: int | None = None
        self._heard: float | None = None
        self._process = 0
        self._lock = threading.Lock()

    def is_heard(self, now: float) -> bool:
        """Say whether what was revoked would have been told."""
        heard = self._heard
        return heard is not None and self._process == os.getpid() and now - heard < HEARD_FOR

    def tells_after(self, number: int | None) -> bool:
        """Say whether all that comes after a number is still to be told, or was before; False where it is not known."""
        return number is not None and self._next is not None and number >= self._next

    def follow(self, follower: Forgets) -> None:
        """Begin, where this process has not begun."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._next = self._heard = None
            self._process = os.getpid()
        follower.forget(None)
        following = threading.Thread(
            target=_follow, args=[self, weakref.ref(follower)], name="revocation feed", daemon=True
        )
        following.start()

    def step(self, follower: Forgets) -> float:
        """Ask once; give how many seconds to pause before asking again."""
        asked = "" if self._next is None else f"?after={self._next}&wait={WAIT}"
        request = get_json(self._url + asked, authorization=self._authorization.reveal())
        before = self._clock().monotonic
        try:
            answer = exchange(self._transport, request)
            if answer.status != 200:
                raise Malformed(f"status-{answer.status}")
            page = FeedPage.parse(answer.body)
        except (OAuthError, Malformed) as error:
            if self._heard is not None:
                self._tell("feed_lost", error=type(error).__name__)
            self._heard = None
            return _PAUSE
        went_on = page.next != self._next
        self._next = (
            page.next
        )  # before: what is kept from now on knows less than this page, and is kept for a moment
        if page.reset:
            follower.forget(None)
        elif page.revoked:
            follower.forget(frozenset(page.revoked))
        now = self._clock().monotonic
        self._heard = now
        return 0.0 if went_on or now - before > _PAUSE else _PAUSE


def _follow(feed: RevocationFeed, of: weakref.ref[Forgets]) -> None:
    process, pause = os.getpid(), threading.Event()
    while process == os.getpid():
        follower = of()
        if follower is None:
            return
        seconds = feed.step(follower)
        del follower
        pause.wait(seconds)
