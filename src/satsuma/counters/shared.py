"""Exact sliding windows for every process and node, in Valkey or Redis, by one script on its clock."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from satsuma.counters.port import CounterAway

# A list of instants per key. Returns the microseconds to wait, 0 when counted.
_SCRIPT = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local window = tonumber(ARGV[2])
local since = now - window
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= since do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
local limit = tonumber(ARGV[1])
local count = redis.call('LLEN', KEYS[1])
if count >= limit then
  return tonumber(redis.call('LINDEX', KEYS[1], count - limit)) - since
end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
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
        try:
            async with asyncio.timeout(self._patience * 2):
                micros = await self._script(
                    keys=["satsuma:" + key], args=[limit, int(window * 1_000_000)]
                )
        except (RedisError, TimeoutError, OSError) as reason:
            if self.is_there:
                self._log.warning("counters_away", reason=type(reason).__name__)
            self.is_there = False
            raise CounterAway(type(reason).__name__) from reason
        if not self.is_there:
            self._log.warning("counters_back")
            self.is_there = True
        return int(micros) / 1_000_000

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
