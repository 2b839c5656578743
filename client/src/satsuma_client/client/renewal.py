"""One token request for everyone who shares a cache.

Whoever finds no good token takes the turn: a lease in the record, which its holder keeps alive by counting up and which
others may take when it has stood still for the lease's time by their own clock, so that no two clocks need agree. The
holder asks the server, and puts the token in place of the record only if the turn is still its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import sleep
from typing import Any, Final, Literal, Protocol

from satsuma_client.client.caches.port import Cache
from satsuma_client.client.record import Record, StoredToken
from satsuma_client.http.clock import between, monotonic, nonce

Changed = Literal["kept", "lost", "failed"]
LEASE: Final = 5.0
"""Seconds after which a turn whose holder gives no sign is another's."""
_BEAT: Final = LEASE / 4
_CACHE_TRIES: Final = 50
"""Replacements that are tried before the cache counts as broken: each try that loses, another won."""


@dataclass(frozen=True, slots=True, repr=False)
class Obtained:
    """What the server gave: a token, whether it may be kept, and the refresh token that is good from now on."""

    token: StoredToken
    kept: bool
    refresh_token: str | None = None


class Obtaining(Protocol):
    """How a token is got, and what of a record is as good as one."""

    def usable(self, record: Record, unlike: str | None) -> StoredToken | None:
        """The record's token, if it is good and not that of a fingerprint; raises what is remembered of a refusal."""
        ...

    def obtain(self, record: Record) -> Obtained:
        """Ask the server; raises OAuthError."""
        ...

    def refused(self, record: Record, error: Exception) -> Record:
        """The record with what is to be remembered of a refusal."""
        ...

    def given(self, record: Record, obtained: Obtained) -> Record:
        """The record with what the server gave."""
        ...


class Renewal:
    """Gets one token, or adopts the one that another got meanwhile."""

    def __init__(
        self, cache: Cache, key: Callable[[], str], obtaining: Obtaining, tell: Callable[..., None]
    ) -> None:
        self._cache = cache
        self._key = key
        self._obtaining = obtaining
        self._tell = tell
        self._last = Record()
        self._aside: _Aside | None = None

    def run(self) -> Obtained:
        """Get a token, or adopt the one that another got; raises OAuthError."""
        watch = _Watch()
        while True:
            found = self._turn(None, watch)
            if found is not None:
                return found
            sleep(self._cache.poll * between(0.5, 1.5))

    def run_early(self, unlike: str) -> Obtained | None:
        """Get or adopt another token than that of a fingerprint; None where another is at it. Raises OAuthError."""
        return self._turn(unlike, _Watch())

    def _turn(self, unlike: str | None, watch: _Watch) -> Obtained | None:
        """One look at the record: adopt, lead, or None while it is another's turn."""
        try:
            raw = self._told_back(self._cache.load(self._key()))
        except Exception as failure:
            if watch.may_wait(self._last):
                return None  # whoever is at it is not disturbed by a moment's failure
            return self._alone(failure)
        watch.failing = None
        record = self._last = self._brought_up(Record.parse(raw), is_gone=raw is None)
        token = self._obtaining.usable(record, unlike)
        if token is not None:
            self._tell("token_adopted", fingerprint=token.fingerprint)
            return Obtained(token, kept=True)
        if record.lease is not None and not watch.stood_still(record):
            return None
        owner = f"{os.getpid()}-{nonce(8)}"
        leased = record.leased(owner)
        try:
            mine = self._cache.swap(self._key(), raw, leased.render())
        except Exception as failure:
            return self._alone(failure)
        return self._lead(leased, owner) if mine else None

    def _alone(self, failure: Exception) -> Obtained:
        """Without the cache, by what was last seen of it: its failure costs a request."""
        self._tell("cache_failed", why=type(failure).__name__)
        before = self._last
        obtained = self._obtaining.obtain(before)
        self._set_aside(before, obtained)
        return obtained

    def _told_back(self, raw: bytes | None) -> bytes | None:
        """What a cache has that is back, once it is told which refresh token is good: nobody uses the one before."""
        record = Record.parse(raw)
        new = self._brought_up(record)
        if raw is None or new == record:
            return raw
        if self._cache.swap(self._key(), raw, new.render()):
            self._aside = None
            return new.render()
        return self._cache.load(self._key())

    def _brought_up(self, record: Record, *, is_gone: bool = False) -> Record:
        """The record with the refresh token that came while the cache was away, if it still has the one before.

        One that is gone altogether, as from a Redis that was emptied, is what was last seen of it.
        """
        if is_gone and self._last.refresh_token is not None:
            return replace(self._last, token=None, lease=None)
        if self._aside is None or record.refresh_token != self._aside.before:
            return record
        return replace(record, refresh_token=self._aside.now)

    def _lead(self, leased: Record, owner: str) -> Obtained | None:
        with _Beats(self, owner, leased.fence):
            try:
                obtained = self._obtaining.obtain(leased)
            except Exception as error:
                told = error
                self.change(
                    lambda record: self._obtaining.refused(record, told), owner, leased.fence
                )
                raise
        became = self.change(
            lambda record: self._obtaining.given(self._brought_up(record), obtained),
            owner,
            leased.fence,
        )
        if became == "lost":
            return None  # somebody newer has the record: what it says counts
        if became == "kept":
            self._last, self._aside = self._obtaining.given(leased, obtained), None
        else:
            self._set_aside(leased, obtained)
        return obtained

    def _set_aside(self, before: Record, obtained: Obtained) -> None:
        """Remember what the cache could not be told."""
        self._last = self._obtaining.given(before, obtained)
        first = self._aside.before if self._aside else before.refresh_token
        self._aside = _Aside(first, self._last.refresh_token)

    def remember(self, record: Record) -> None:
        """Take a record for the last one that was seen."""
        self._last, self._aside = record, None

    def forget(self) -> None:
        """Remember nothing of the record: whoever it was for has logged out, or another has logged in."""
        self._last, self._aside = Record(), None

    def change(
        self, made: Callable[[Record], Record], owner: str, fence: int, *, ends: bool = True
    ) -> Changed:
        """Replace the record while the turn is ours, and end the turn; says whether the turn was lost. Never raises."""
        try:
            for _ in range(_CACHE_TRIES):
                raw = self._cache.load(self._key())
                record = Record.parse(raw)
                if not record.is_held_by(owner, fence):
                    return "lost"
                new = made(record)
                new = replace(new, lease=None) if ends else new
                if self._cache.swap(self._key(), raw, new.render()):
                    return "kept"
        except Exception as failure:
            self._tell("cache_failed", why=type(failure).__name__)
        return "failed"


@dataclass(frozen=True, repr=False)
class _Aside:
    """The refresh token that a cache has which was away meanwhile, and the one that is good instead."""

    before: str | None
    now: str | None


class _Watch:
    """Sees by its own clock whether another's turn stands still."""

    def __init__(self) -> None:
        self._seen: tuple[Any, ...] = ()
        self._since = 0.0
        self.failing: float | None = None

    def may_wait(self, last: Record) -> bool:
        """Say whether a cache that fails is waited for: while another was at it, and a lease's time at most."""
        if last.lease is None or not self._seen:
            return False
        now = monotonic()
        self.failing = now if self.failing is None else self.failing
        return now - self.failing < LEASE

    def stood_still(self, record: Record) -> bool:
        seen = (record.fence, record.lease)
        now = monotonic()
        if seen != self._seen:
            self._seen, self._since = seen, now
        return now - self._since >= LEASE


class _Beats:
    """Keeps a turn alive while its holder waits for the server."""

    def __init__(self, renewal: Renewal, owner: str, fence: int) -> None:
        self._turn = renewal, owner, fence
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="satsuma-lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        renewal, owner, fence = self._turn
        while not self._over.wait(_BEAT):
            if renewal.change(Record.beaten, owner, fence, ends=False) == "lost":
                return
