"""Refresh tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from satsuma.keys.opaque import Digests, Opaque
from satsuma.store.port import Store


@dataclass(frozen=True, slots=True)
class Tools:
    """What the grants seal and look up with, of one process."""

    store: Store
    codes: Digests
    refresh_tokens: Opaque
    clock: Callable[[], datetime]


def open_refresh_token(opaque: Opaque, token: str) -> tuple[str, int] | None:
    """The grant id and the generation that a refresh token holds; None for anything else."""
    opened = opaque.open(token)
    if opened is None:
        return None
    grant_id, _, generation = opened.decode().rpartition(".")
    return grant_id, int(generation)
