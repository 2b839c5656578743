"""A platform of a test: the real wiring on a store in memory, with what costs time made beforehand."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from satsuma.accounts.passwords import PasswordCost, hash_password
from satsuma.app.outbound import Outbound, outbound_of
from satsuma.app.platform import Platform, build_platform
from satsuma.app.settings import BadSettings, Settings, load_settings, setting_types
from satsuma.domain.audit import Audit
from satsuma.domain.keys import AddKey, Key
from satsuma.domain.meta import SetMeta
from satsuma.keys import algorithms
from satsuma.keys.master import MasterKey
from satsuma.keys.new_keys import wrap_signing_key
from satsuma.keys.randomness import SYSTEM, Draw
from satsuma.management.keys import open_vault
from satsuma.store.opening import MEMORY, open_store
from satsuma.store.port import Store
from satsuma.testing.clock import MovedTime
from satsuma_client.protocol.secret import Secret

_OURS: Final = frozenset({"database", "mode", "workers", "front", "run_dir", "master_key"})
CHEAP: Final = PasswordCost(7168, 1)
"""The least that a password's hash may take: a test's passwords protect nobody."""
_LOG: Final = logging.getLogger("satsuma.testing")


class TestLog:
    """The platform's log as records of `logging`, which pytest shows beside a test that fails."""

    __test__ = False

    def info(self, event: str, **detail: object) -> None:
        """Say what happened."""
        self._log(logging.INFO, event, detail)

    def warning(self, event: str, **detail: object) -> None:
        """Say what an operator should see."""
        self._log(logging.WARNING, event, detail)

    def error(self, event: str, **detail: object) -> None:
        """Say what failed, with its traceback."""
        self._log(logging.ERROR, event, detail)

    def _log(self, level: int, event: str, detail: dict[str, object]) -> None:
        if _LOG.isEnabledFor(level):
            problem: Any = detail.pop("exc_info", None)
            said = " ".join(f"{name}={value!r}" for name, value in detail.items())
            _LOG.log(level, "%s %s", event, said, exc_info=problem)


def settings_of(host: str, port: int, given: Mapping[str, Any]) -> Settings:
    """The settings of a server at an address; raises BadSettings for those that cannot be."""
    unknown = sorted((given.keys() - setting_types().keys()) | (given.keys() & _OURS))
    if unknown:
        raise BadSettings(f"{', '.join(unknown)}: no setting that a test's server takes")
    at = f"[{host}]" if ":" in host else host
    own = {
        "database": MEMORY,
        "mode": "test",
        "host": host,
        "port": port,
        "api_url": f"http://{at}:{port}",
        "pages_url": f"http://localhost:{port}",
        "password_memory": CHEAP.memory,
        "password_passes": CHEAP.passes,
    }
    return load_settings(None, {}, own | dict(given))


async def build(settings: Settings, time: MovedTime) -> tuple[Platform, Store, Outbound]:
    """Build the platform of a test; whoever calls closes the store and what leads outside."""
    clock, master = time.clock, MasterKey.generate()
    store = open_store(settings.database, clock=clock.now)
    outbound = outbound_of(settings)
    await _put_rsa_key(store, master, settings, time)
    platform = await build_platform(
        settings, clock, SYSTEM, store, outbound, master=master, log=TestLog()
    )
    return platform, store, outbound


async def _put_rsa_key(
    store: Store, master: MasterKey, settings: Settings, time: MovedTime
) -> None:
    """Give a new store its RSA key, of two primes that are made already: finding them takes a tenth of a second.

    All the world knows them, as it may: nothing that this key signs is worth anything outside a test.
    """
    now = time.now()
    vault = await open_vault(store, master, settings.mode, time.now, SYSTEM)
    key: Key = wrap_signing_key("RS256", _ready_key(SYSTEM), vault, now, now)
    await store.commit(
        SetMeta("first-key:RS256", None, key.kid),
        AddKey(key),
        Audit(now, "server", "key.create", f"key:{key.kid}", '{"alg": "RS256"}'),
    )


def _ready_key(draw: Draw) -> algorithms.PrivateKey:
    pairs = _pairs()
    p, q = pairs[int.from_bytes(draw(4), "big") % len(pairs)]
    return _of_primes(p, q)


@cache
def _pairs() -> tuple[tuple[int, int], ...]:
    text = (files("satsuma.testing") / "rsa_primes.txt").read_text()
    return tuple(combinations((int(line, 16) for line in text.split()), 2))


def _of_primes(p: int, q: int) -> rsa.RSAPrivateKey:
    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@cache
def hashed(password: str) -> str:
    """The hash of a test's password: one for all who have the same."""
    return hash_password(Secret(password), CHEAP)
