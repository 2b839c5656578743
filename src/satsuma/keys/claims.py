"""What an access token says, whichever way it is sealed or signed."""

from __future__ import annotations

from typing import Final, NamedTuple

from satsuma.domain.scopes import ALL_SCOPES

MAX_TOKEN: Final = 8192
"""The characters of the longest access token: none is made longer, and none is read."""


class AccessTokenClaims(NamedTuple):
    """The claims of an access token; instants are NumericDate seconds because claims are wire form.

    `generation` is the client's at issue; `scope` is space separated; `grant_id` and `sub` stand only where a
    resource owner stands behind the token.

    Spec: RFC 9068 §2.2; RFC 7519 §4.1.
    """

    iss: str
    jti: str
    client_id: str
    generation: int
    iat: int
    exp: int
    aud: tuple[str, ...]
    scope: str
    grant_id: str | None = None
    sub: str | None = None
    acr: str | None = None
    auth_time: int | None = None
    cnf: str | None = None

    @property
    def is_for_all(self) -> bool:
        """Whether it stands for every subscription of its client: a machine's alone, since no person allowed that."""
        return self.scope == ALL_SCOPES and self.sub is None
