"""Refresh tokens as text: a grant and a generation, sealed."""

from __future__ import annotations

from satsuma.keys.opaque import Opaque


def seal_refresh_token(opaque: Opaque, grant_id: str, generation: int) -> str:
    """The refresh token of a grant's generation."""
    return opaque.seal(f"{grant_id}.{generation}".encode())


def open_refresh_token(opaque: Opaque, token: str) -> tuple[str, int] | None:
    """The grant id and the generation that a refresh token holds; None for anything else."""
    opened = opaque.open(token)
    if opened is None:
        return None
    grant_id, _, generation = opened.decode().rpartition(".")
    return grant_id, int(generation)
