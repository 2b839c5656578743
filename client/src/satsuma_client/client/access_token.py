"""An access token as an application holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token, and until when it is good by the clock of the server that gave it.

    No `expires_at` means that the server did not say, so the token is used for one call and kept nowhere; no `scope`
    means the one that was asked for.

    Spec: RFC 6749 §5.1.
    """

    access_token: Secret
    token_type: str = "Bearer"
    expires_at: datetime | None = None
    scope: tuple[str, ...] | None = None
    id_token: Secret | None = None

    def authorization(self) -> str:
        """The value of the Authorization field; the caller must not print it.

        Spec: RFC 6750 §2.1.
        """
        return f"Bearer {self.access_token.reveal()}"
