"""What every store writes alike: joined scopes, and the store's own cause of a revocation."""

from __future__ import annotations

ACCOUNT_DELETED = "account-deleted"
"""Why a grant was revoked whose account went."""


def together(before: str, more: str) -> str:
    """Give the scopes of both, in the order in which they came, each once."""
    return " ".join(dict.fromkeys((*before.split(), *more.split())))
