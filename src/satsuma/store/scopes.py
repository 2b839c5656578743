"""What every store writes alike: joined scopes, and the store's own cause of a revocation."""

from __future__ import annotations

ACCOUNT_DELETED = "account-deleted"
"""Why a grant was revoked whose account went."""


def covers(remembered: str, asked: str) -> bool:
    """Say whether every asked scope is among the remembered ones."""
    return set(asked.split()) <= set(remembered.split())


def together(before: str, more: str) -> str:
    """Give the scopes of both, in the order in which they came, each once."""
    return " ".join(dict.fromkeys((*before.split(), *more.split())))
