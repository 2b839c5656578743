"""The challenge of a protected resource: what WWW-Authenticate says beside a refused access token."""

from __future__ import annotations

from satsuma.domain.errors.row import ErrorRow
from satsuma.http.messages import Field


def bearer_challenge(realm: str, told: ErrorRow | None, scope: str = "") -> Field:
    """The challenge in `realm`; without an error where `told` is None, as where no token was sent.

    Spec: RFC 6750 §3, §3.1.
    """
    parts = [f'Bearer realm="{realm}"']
    if told is not None and told.error:
        parts += [f'error="{told.error}"', f'error_description="{told.says}"']
    if scope:
        parts.append(f'scope="{scope}"')
    return b"www-authenticate", ", ".join(parts).encode()
