"""The revocation request; its response has no content."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma_client.protocol.messages.client_authentication import (
    ClientAuthentication,
    parse_client_authentication,
)
from satsuma_client.protocol.parameters import FormMessage, parse_parameters, required
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class RevocationRequest:
    """A client's wish that one of its tokens be good no longer.

    Spec: RFC 7009 §2.1.
    """

    token: Secret
    client: ClientAuthentication
    token_type_hint: str | None = None

    @classmethod
    def parse(cls, body: bytes, authorization: bytes | None = None) -> RevocationRequest:
        """Read a request from its form and its Authorization field; raises Malformed.

        Spec: RFC 7009 §2.1.
        """
        form = parse_parameters(body)
        token = Secret(required(form, "token"))
        return cls(
            token, parse_client_authentication(form, authorization), form.get("token_type_hint")
        )

    def render(self) -> FormMessage:
        """The form, and the Authorization field where the client has one.

        Spec: RFC 7009 §2.1.
        """
        hint = ("token_type_hint", self.token_type_hint)
        return self.client.authenticate([("token", self.token.reveal()), hint])
