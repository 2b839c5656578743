"""The cache of a fleet: one key of Redis for each token."""

from __future__ import annotations

import hashlib
from typing import Any, Final

_SWAP: Final = """
local kept = redis.call('GET', KEYS[1])
if (kept or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_KEPT: Final = 90 * 24 * 3600 * 1000
"""Milliseconds for which a key is kept that nobody changes: a refresh token's life, not an access token's."""
_TIMEOUT: Final = 1.0


class RedisCache:
    """Keep tokens in Redis, under keys that begin with `prefix`.

    Whoever reads that Redis reads tokens: give it a password and TLS (`rediss://`).
    """

    poll = 0.05

    def __init__(self, url: str, *, prefix: str = "satsuma:token:") -> None:
        self._url = url
        self._prefix = prefix
        self._client: Any = None
        self._swap: Any = None

    def load(self, key: str) -> bytes | None:
        """What is kept; raises what redis raises."""
        kept: bytes | None = self._connected().get(self._name(key))
        return kept

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        """Keep `new` if what is kept is still `old`; raises what redis raises."""
        self._connected()
        return bool(self._swap(keys=[self._name(key)], args=[old or b"", new, _KEPT]))

    def __repr__(self) -> str:
        return "RedisCache(...)"

    def _connected(self) -> Any:
        if self._client is None:
            import redis

            client = redis.Redis.from_url(
                self._url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT
            )
            self._swap = client.register_script(_SWAP)
            self._client = client
        return self._client

    def _name(self, key: str) -> str:
        return self._prefix + hashlib.sha256(key.encode()).hexdigest()[:40]
