"""What is known of a call: a token that is good, or why it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A good token: who calls, by which application, and what for; `expires_at` is epoch seconds.

    `sub` is None where the application calls for itself and the server says no subject.

    Spec: RFC 9068 §2.2; RFC 7662 §2.2.
    """

    sub: str | None
    client_id: str | None
    scope: tuple[str, ...]
    expires_at: float | None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def has(self, scope: tuple[str, ...]) -> bool:
        """Say whether all of these are granted."""
        return set(scope) <= set(self.scope)


class Refused(Exception):
    """A call that is refused: the status, the registry's word and a sentence for its developer.

    Spec: RFC 6750 §3.1.
    """

    def __init__(
        self, status: int, error: str, description: str = "", scope: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{status} {error}".strip())
        self.status = status
        self.error = error
        self.description = description
        self.scope = scope


def missing() -> Refused:
    """No token came: without an error, for the caller did nothing wrong yet.

    Spec: RFC 6750 §3.1.
    """
    return Refused(401, "", "Send an access token: Authorization: Bearer ACCESS_TOKEN.")


def invalid(why: str) -> Refused:
    """The token is none that we take."""
    return Refused(401, "invalid_token", f"The access token is not accepted: {why}.")


def unavailable() -> Refused:
    """Nobody can say whether the token is good."""
    return Refused(
        503, "temporarily_unavailable", "Tokens cannot be checked at the moment; try again."
    )
