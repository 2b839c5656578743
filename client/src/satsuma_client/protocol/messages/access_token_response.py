"""The access token response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from satsuma_client.protocol.json_object import Members, parse_object, present, render_object
from satsuma_client.protocol.parameters import scope_text
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class AccessTokenResponse:
    """The tokens that a grant gave; `expires_in` is seconds, no `scope` means the one that was asked for.

    `more` holds the members that this class does not know, as they came.

    Spec: RFC 6749 §5.1; OIDC Core §3.1.3.3.
    """

    access_token: Secret
    token_type: str
    expires_in: int | None = None
    refresh_token: Secret | None = None
    scope: tuple[str, ...] | None = None
    id_token: Secret | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: bytes) -> AccessTokenResponse:
        """Read a response's JSON; raises Malformed.

        `expires_in` is also read where a server sends its digits as a text.

        Deviation: ADR-0017.
        Spec: RFC 6749 §5.1.
        """
        members = Members(parse_object(body))
        return cls(
            access_token=Secret(members.required_text("access_token")),
            token_type=members.required_text("token_type"),
            expires_in=members.whole_number("expires_in", also_as_text=True),
            refresh_token=members.secret("refresh_token"),
            scope=members.scope("scope"),
            id_token=members.secret("id_token"),
            more=members.others(),
        )

    def render(self) -> bytes:
        """The response's JSON.

        Spec: RFC 6749 §5.1.
        """
        known = {
            "token_type": self.token_type,
            "access_token": self.access_token,
            "expires_in": self.expires_in,
            "scope": "" if self.scope == () else scope_text(self.scope),
            "id_token": self.id_token,
            "refresh_token": self.refresh_token,
        }
        return render_object(present(known, self.more))
