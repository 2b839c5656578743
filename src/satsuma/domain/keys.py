"""Keys that seal and sign, and their life."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.domain.effects import Effect

KeyPurpose = Literal["seal", "sign"]


@dataclass(frozen=True, slots=True)
class Key:
    """A sealing or signing key through its life.

    Known to verifiers from `announced_at`, makes tokens from `active_at` to `retires_at`, verifies until `gone_at`;
    a leaked key has `gone_at` in the past. `private` is wrapped by the vault; `public` is a JWK in JSON, empty for
    a sealing key. `uses` counts tokens made.
    """

    kid: str
    purpose: KeyPurpose
    alg: str
    public: str
    private: bytes
    announced_at: datetime
    active_at: datetime
    retires_at: datetime | None
    gone_at: datetime | None
    uses: int = 0


@dataclass(frozen=True, slots=True)
class AddKey(Effect):
    """Add a key; conflicts `key-exists` on its kid."""

    key: Key


@dataclass(frozen=True, slots=True)
class SetKeyLife(Effect):
    """Set when a key retires and goes; conflicts `key-moved` unless its `retires_at` still is `expected_retires_at`."""

    kid: str
    expected_retires_at: datetime | None
    retires_at: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountKeyUses(Effect):
    """Add to a key's count of tokens made. Announces nothing."""

    kid: str
    uses: int
