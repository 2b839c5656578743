"""Exact sliding windows for every process and node, in Valkey or Redis, by one script on its clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from satsuma.counters.port import Counted, CounterAway, Period, Window

# A list of instants per rolling window, a number per period. Gives 1, and each window that refuses with the
# microseconds to wait; 0 and each count when the event was counted in every window; -1 where a period is not known. A
# refused event is counted in none.
_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local rolling = tonumber(ARGV[1])
local counts, refused = {}, {1}
for i = rolling + 1, #KEYS do
  local count = redis.call('GET', KEYS[i])
  if not count then
    return {-1}
  end
  counts[i] = tonumber(count)
end
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local wait = window
  if i <= rolling then
    local since = now - window
    local oldest = redis.call('LINDEX', key, 0)
    while oldest and tonumber(oldest) <= since do
      redis.call('LPOP', key)
      oldest = redis.call('LINDEX', key, 0)
    end
    counts[i] = redis.call('LLEN', key)
    if limit > 0 and counts[i] >= limit then
      wait = tonumber(redis.call('LINDEX', key, counts[i] - limit)) - since
    end
  end
  if limit <= 0 or counts[i] >= limit then
    refused[#refused + 1] = i
    refused[#refused + 1] = wait
  end
end
if #refused > 1 then
  return refused
end
local answer = {0}
for i, key in ipairs(KEYS) do
  if i <= rolling then
    redis.call('RPUSH', key, string.format('%.0f', now))
    redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[2 * i + 1]) / 1000))
  else
    redis.call('INCR', key)
  end
  answer[i + 1] = counts[i] + 1
end
return answer
"""
_BEGIN = """
for i, key in ipairs(KEYS) do
  local count = redis.call('GET', key)
  if not count or tonumber(count) < tonumber(ARGV[2 * i - 1]) then
    redis.call('SET', key, ARGV[2 * i - 1], 'EXAT', ARGV[2 * i])
  end
end
"""
_PREFIX = "satsuma:"
Script = Callable[..., Any]
_KEPT_AFTER = 3600
"""How many seconds a period's count stays after its end: clocks may be apart."""


_ASIDE = 1.0
"""Seconds that nobody waits for the server after it failed: then one asks again, and the others still count alone."""


def check_tls(url: str) -> None:
    """Say that TLS cannot use what a `rediss://` URL says of certificates; raises ValueError."""
    try:
        pool: Any = Redis.from_url(url).connection_pool
        pool.make_connection().ssl_context.get()
    except (OSError, TypeError, RedisError) as problem:  # of what TLS finds wrong, too
        raise ValueError(f"TLS cannot use its files: {problem}") from None


class RedisCounter:
    """Counts on one server for a whole fleet; every failure is CounterAway, within `patience` seconds.

    After one the counter stands aside for a second, so that a server that is silent costs one caller a second its
    patience, and everybody else nothing; `alone` is how many events were refused to be counted meanwhile.
    """

    def __init__(self, url: str, log: Any, patience: float = 0.25) -> None:
        """Connect at first use; say in `log` when the server goes and when it is back."""
        self._log = log
        self.is_there = True
        self.alone = 0
        self._asked_again = 0.0
        self._redis: Any = Redis.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            max_connections=64,
        )
        self._script = self._redis.register_script(_SCRIPT)
        self._begin = self._redis.register_script(_BEGIN)
        self._patience = patience

    async def hit(self, key: str, limit: int, window: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait."""
        refusing = (await self.hit_all([Window(key, limit, window)])).refusing
        return refusing[0][1] if refusing else 0.0

    async def hit_all(self, windows: Sequence[Window], periods: Sequence[Period] = ()) -> Counted:
        """Count one event in every window and period or in none, in one round trip.

        A period says how long to wait by the clock of the caller, whose windows they are.
        """
        keys = [_PREFIX + window.key for window in windows]
        keys += [_PREFIX + period.name for period in periods]
        arguments = [len(windows)]
        arguments += [n for w in windows for n in (w.limit, int(w.seconds * 1_000_000))]
        arguments += [n for p in periods for n in (p.limit, 0)]
        what, *found = map(int, await self._answered(self._script, keys, arguments))
        if what > 0:
            pairs = zip(found[::2], found[1::2], strict=True)
            return Counted(tuple((index - 1, micros / 1_000_000) for index, micros in pairs))
        return Counted((), tuple(found), is_known=what == 0)

    async def begin(self, periods: Sequence[Period], counts: Sequence[int]) -> None:
        """Let periods count on from so many events, or from what they hold where that is more."""
        keys = [_PREFIX + period.name for period in periods]
        ends = [period.end + _KEPT_AFTER for period in periods]
        arguments = [n for pair in zip(counts, ends, strict=True) for n in pair]
        await self._answered(self._begin, keys, arguments)

    async def _answered(self, script: Script, keys: list[str], arguments: list[int]) -> Any:
        if not self.is_there:
            self._stand_aside()
        try:
            async with asyncio.timeout(self._patience * 2):
                answer = await script(keys=keys, args=arguments)
        except (RedisError, TimeoutError, OSError) as reason:
            self._asked_again = _now() + _ASIDE
            self.alone += 1
            if self.is_there:
                self._log.warning("counters_away", reason=type(reason).__name__)
            self.is_there = False
            raise CounterAway(type(reason).__name__) from reason
        if not self.is_there:
            self._log.warning("counters_back")
            self.is_there = True
        return answer

    def _stand_aside(self) -> None:
        """Let one caller a second ask a server that is away; raises CounterAway to the others."""
        now = _now()
        if now < self._asked_again:
            self.alone += 1
            raise CounterAway("it was away a moment ago")
        self._asked_again = now + _ASIDE

    async def look(self) -> None:
        """Ask whether the server counts, so that `is_there` is so before the first event comes."""
        with contextlib.suppress(CounterAway):
            await self.hit("readiness", 1_000, 1.0)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()


def _now() -> float:
    return asyncio.get_running_loop().time()


class _Silent:
    def warning(self, event: str, **detail: object) -> None:
        """Say nothing: whoever asks is told by the answer."""


async def find_fault(url: str) -> str | None:
    """Count once on the server at `url` to see whether it can; None where it does, else the kind of failure."""
    counter = RedisCounter(url, _Silent(), patience=2.0)
    try:
        await counter.hit("doctor", 1000, 1.0)
    except CounterAway as away:
        return str(away)
    finally:
        await counter.close()
    return None
