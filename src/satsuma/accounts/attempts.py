"""Guessing is slowed, and its victim never locked out.

Three budgets of failed tries, all sliding windows: of one address from one source; of one source at any address; and of
one address from sources that have no session of it, growing from seconds to a day. Where an account has a session, its
own tries from there alone hold it off: neither strangers nor who guesses at other addresses beside it do, though misses
count for all. Tries under way count until they are judged, so that many at once are no way around.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from satsuma.accounts.policy import AccountPolicy
from satsuma.counters.memory import MemoryCounter
from satsuma.counters.port import CounterAway, SharedCounter
from satsuma.http.sources import network


class TooManyAttempts(Exception):
    """The budget is used up; `wait` is in seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait


class _Budget(NamedTuple):
    key: str
    limit: int
    window: float


class Attempt:
    """One try under way; `missed` is what it came to."""

    def __init__(self) -> None:
        self.missed = False


class LoginAttempts:
    """Counts in this process, and in the shared counter where there is one."""

    def __init__(
        self,
        policy: AccountPolicy,
        local: MemoryCounter,
        shared: SharedCounter | None,
        monotonic: Callable[[], float],
    ) -> None:
        """Count by `policy`; `local` is for guesses alone."""
        self._policy = policy
        self._local = local
        self._shared = shared
        self._monotonic = monotonic
        self._under_way: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def attempt(self, email: str, source: str, is_known: bool) -> AsyncIterator[Attempt]:
        """Let one try through, or raise TooOften; a miss counts when the block ends."""
        budgets = self._budgets(email, network(source), is_known)
        for budget in budgets[:1] if is_known else budgets:
            self._check(budget)
        keys = [budget.key for budget in budgets]
        self._under_way.update(keys)
        attempt = Attempt()
        try:
            yield attempt
        finally:
            self._under_way.subtract(keys)
            for key in keys:
                if self._under_way[key] <= 0:
                    del self._under_way[key]
            if attempt.missed:
                for budget in budgets:
                    await self._count(budget)

    async def letters_from(self, source: str) -> float:
        """Count a letter that a source asks for; give 0.0, or the seconds to wait."""
        policy = self._policy
        window = policy.letter_window.total_seconds()
        return await self._hit(f"letters-from:{network(source)}", policy.letters_from, window)

    async def sandboxes_from(self, source: str) -> float:
        """Count a sandbox that a source opens; give 0.0, or the seconds to wait."""
        policy = self._policy
        window = policy.sandbox_window.total_seconds()
        return await self._hit(f"sandboxes-from:{network(source)}", policy.sandboxes_from, window)

    async def may_write_to(self, email: str, kind: str) -> bool:
        """Count a letter to an address; False where it had enough of its kind lately.

        Each kind has a budget of its own: whoever asks for others in somebody's name uses up no reset. The link of the
        last one that was sent is good for as long as it counts.
        """
        window = self._policy.letter_window.total_seconds()
        return not await self._hit(f"letters-to:{kind}:{email}", self._policy.letters_to, window)

    def _budgets(self, email: str, near: str, is_known: bool) -> list[_Budget]:
        policy = self._policy
        window = policy.guess_window.total_seconds()
        budgets = [
            _Budget(f"login:{near}:{email}", policy.attempts, window),
            _Budget(f"misses:{near}", policy.misses, window),
        ]
        if not is_known:
            budgets += [
                _Budget(f"login:{seconds}:{email}", limit, seconds)
                for limit, seconds in policy.strange_guesses
            ]
        return budgets

    def _check(self, budget: _Budget) -> None:
        left = budget.limit - self._under_way[budget.key]
        if left <= 0:
            raise TooManyAttempts(1.0)
        now = self._monotonic()
        wait = self._local.wait(budget.key, left, budget.window, now)
        if not wait:
            wait = self._local.wait(f"told:{budget.key}", 1, budget.window, now)
        if wait:
            raise TooManyAttempts(wait)

    async def _count(self, budget: _Budget) -> None:
        """Count a miss; where all processes together have used the budget up, remember that it is."""
        now = self._monotonic()
        self._local.hit(budget.key, budget.limit, budget.window, now)
        if self._shared is not None and await self._hit(*budget):
            self._local.hit(f"told:{budget.key}", 1, budget.window, now)

    async def _hit(self, key: str, limit: int, window: float) -> float:
        if self._shared is not None:
            try:
                return await self._shared.hit(key, limit, window)
            except CounterAway:
                pass
        return self._local.hit(f"alone:{key}", limit, window, self._monotonic())
