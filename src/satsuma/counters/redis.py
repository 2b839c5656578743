"""Exact sliding windows for every process and node, in Valkey or Redis, by one script on its clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from satsuma.counters.port import CounterAway, Window

# A list of instants per key. Gives the number of the window that refuses and the microseconds to wait, or 0 and 0 when
# the event was counted in every window; a refused event is counted in none.
_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local since = now - window
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= since do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  local count = redis.call('LLEN', key)
  if limit <= 0 then
    return {i, window}
  end
  if count >= limit then
    return {i, tonumber(redis.call('LINDEX', key, count - limit)) - since}
  end
end
for i, key in ipairs(KEYS) do
  redis.call('RPUSH', key, string.format('%.0f', now))
  redis.call('PEXPIRE', key, math.ceil(tonumber(ARGV[2 * i]) / 1000))
end
return {0, 0}
"""


class RedisCounter:
    """Counts on one server for a whole fleet; every failure is CounterAway, within `patience` seconds."""

    def __init__(self, url: str, log: Any, patience: float = 0.25) -> None:
        """Connect at first use; say in `log` when the server goes and when it is back."""
        self._log = log
        self.is_there = True
        self._redis: Any = Redis.from_url(
            url,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            max_connections=64,
        )
        self._script = self._redis.register_script(_SCRIPT)
        self._patience = patience

    async def hit(self, key: str, limit: int, window: float) -> float:
        """Count one event unless `limit` stand in the last `window` seconds; give 0.0, or the seconds to wait."""
        _, wait = await self.hit_all([Window(key, limit, window)])
        return wait

    async def hit_all(self, windows: Sequence[Window]) -> tuple[int, float]:
        """Count one event in every window or in none, in one round trip.

        Give the index of the window that refuses and the seconds to wait, or -1 and 0.0.
        """
        keys = ["satsuma:" + window.key for window in windows]
        arguments = [n for w in windows for n in (w.limit, int(w.seconds * 1_000_000))]
        try:
            async with asyncio.timeout(self._patience * 2):
                refusing, micros = await self._script(keys=keys, args=arguments)
        except (RedisError, TimeoutError, OSError) as reason:
            if self.is_there:
                self._log.warning("counters_away", reason=type(reason).__name__)
            self.is_there = False
            raise CounterAway(type(reason).__name__) from reason
        if not self.is_there:
            self._log.warning("counters_back")
            self.is_there = True
        return int(refusing) - 1, int(micros) / 1_000_000

    async def look(self) -> None:
        """Ask whether the server counts, so that `is_there` is so before the first event comes."""
        with contextlib.suppress(CounterAway):
            await self.hit("readiness", 1_000, 1.0)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()


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
