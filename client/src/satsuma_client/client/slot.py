"""What one process holds for one key: the token that is good now, and the one flight that gets the next."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from satsuma_client.client.access_token import AccessToken
from satsuma_client.client.record import EARLY, StoredToken
from satsuma_client.client.renewal import Obtained, Renewal
from satsuma_client.http.clock import Clock, Moment, between

if TYPE_CHECKING:
    from concurrent.futures import Future

FRESH: Final = 5.0
"""Seconds for which a token is so new that an API's refusal of it is final."""
_RETRY_EARLY: Final = 5.0
"""Seconds between two tries to renew early."""
_SLOTS: weakref.WeakSet[Slot] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Held:
    """A token in hand, with its ends by both clocks: it is good while neither has passed."""

    stored: StoredToken
    token: AccessToken
    since: float
    ends_wall: float
    ends_monotonic: float
    early: float
    """From when on a new one is got, by the monotonic clock."""

    def is_good(self, now: Moment) -> bool:
        return now.monotonic < self.ends_monotonic and now.wall < self.ends_wall


def hold(stored: StoredToken, token: AccessToken, left: float, now: Moment) -> Held:
    """Hold a token of which so many seconds are left; each holder draws its own moment to renew early."""
    window = min(EARLY, stored.life / 10)
    early = now.monotonic + left - window * between(0.2, 1.0)
    return Held(stored, token, now.monotonic, now.wall + left, now.monotonic + left, early)


class Slot:
    """Hands out the held token, and lets one flight at a time get the next."""

    def __init__(
        self,
        renewal: Renewal,
        land: Callable[[Obtained], Held],
        clock: Clock,
        tell: Callable[..., None],
    ) -> None:
        self._renewal = renewal
        self._land = land
        self._clock = clock
        self._tell = tell
        self._lock = threading.Lock()
        self._flight: Future[Held] | None = None
        self._early: threading.Thread | None = None
        self._epoch = 0
        self.held: Held | None = None
        _SLOTS.add(self)

    def good(self) -> Held | None:
        """The held token while it is good; starts to get the next one when its time comes."""
        held, now = self.held, self._clock()
        if held is None or not held.is_good(now):
            return None
        if now.monotonic >= held.early and self._early is None:
            self._renew_early(held)
        return held

    def flight(self) -> Future[Held]:
        """The flight that gets a token, started if there is none; it lands in a thread of its own."""
        from concurrent.futures import Future

        with self._lock:
            if self._flight is None:
                flight: Future[Held] = Future()
                flight.set_running_or_notify_cancel()  # one who stops waiting cancels nothing
                name = "satsuma-token"
                threading.Thread(target=self._fly, args=[flight], name=name, daemon=True).start()
                self._flight = flight
            return self._flight

    def replace(self, obtained: Obtained | None) -> None:
        """Hold what was got elsewhere, such as by a login; or nothing."""
        with self._lock:
            self._renewal.forget()
            self._epoch += 1  # what is under way was asked for before
            kept = obtained is not None and obtained.kept
            self.held = self._land(obtained) if obtained is not None and kept else None

    def drop(self, fingerprint: str) -> None:
        """Forget the held token if it is still that one."""
        with self._lock:
            if self.held is not None and self.held.stored.fingerprint == fingerprint:
                self.held = None

    def _fly(self, flight: Future[Held]) -> None:
        try:
            held = self._landed()
        except BaseException as error:
            with self._lock:
                self._flight = None
            flight.set_exception(error)
            return
        flight.set_result(held)

    def _landed(self) -> Held:
        """Get a token and hold it; one that was asked for before a login or a logout is let go for what stands now."""
        while True:
            epoch = self._epoch
            obtained = self._renewal.run()
            held = self._land(obtained)
            with self._lock:
                if self._epoch == epoch:
                    self.held = held if obtained.kept else self.held
                    self._flight = None
                    return held

    def _renew_early(self, held: Held) -> None:
        with self._lock:
            if self._early is not None or self.held is not held:
                return
            name = "satsuma-early"
            early = threading.Thread(target=self._fly_early, args=[held], name=name, daemon=True)
            early.start()
            self._early = early

    def _fly_early(self, held: Held) -> None:
        """Get the next token while the present one is still good; a failure is told, and tried again later."""
        new = None
        try:
            obtained = self._renewal.run_early(held.stored.fingerprint)
            if obtained is not None and obtained.kept:
                new = self._land(obtained)
        except Exception as error:
            self._tell("early_renewal_failed", error=type(error).__name__)
        with self._lock:
            if new is None and self.held is held:
                later = self._clock().monotonic + _RETRY_EARLY
                self.held = Held(
                    held.stored, held.token, held.since, held.ends_wall, held.ends_monotonic, later
                )
            elif new is not None and self.held is held:
                self.held = new
            self._early = None

    def _after_fork(self) -> None:
        """A child has none of its parent's threads."""
        self._lock = threading.Lock()
        self._flight = self._early = None


def _after_fork() -> None:
    for each in list(_SLOTS):
        each._after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
