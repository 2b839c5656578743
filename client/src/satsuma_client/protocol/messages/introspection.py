"""The introspection request and response."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import Members, parse_object, present, render_object
from satsuma_client.protocol.messages.client_authentication import (
    ClientAuthentication,
    parse_client_authentication,
)
from satsuma_client.protocol.parameters import (
    FormMessage,
    parse_parameters,
    required,
    scope_text,
)
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class IntrospectionRequest:
    """A question about a token, by a client that proves itself.

    Spec: RFC 7662 §2.1.
    """

    token: Secret
    client: ClientAuthentication
    token_type_hint: str | None = None

    @classmethod
    def parse(cls, body: bytes, authorization: bytes | None = None) -> IntrospectionRequest:
        """Read a request from its form and its Authorization field; raises Malformed.

        Spec: RFC 7662 §2.1.
        """
        form = parse_parameters(body)
        token = Secret(required(form, "token"))
        return cls(
            token, parse_client_authentication(form, authorization), form.get("token_type_hint")
        )

    def render(self) -> FormMessage:
        """The form, and the Authorization field where the client has one.

        Spec: RFC 7662 §2.1.
        """
        hint = ("token_type_hint", self.token_type_hint)
        return self.client.authenticate([("token", self.token.reveal()), hint])


@dataclass(frozen=True, slots=True)
class IntrospectionResponse:
    """What a server says of a token; only `active` is there for one that is not.

    `exp`, `iat` and `nbf` are epoch seconds; `aud` is a list of one where a single text was sent. `more` holds the
    members that this class does not know, as they came.

    Spec: RFC 7662 §2.2.
    """

    active: bool
    scope: tuple[str, ...] | None = None
    client_id: str | None = None
    username: str | None = None
    token_type: str | None = None
    exp: int | None = None
    iat: int | None = None
    nbf: int | None = None
    sub: str | None = None
    aud: tuple[str, ...] | None = None
    iss: str | None = None
    jti: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: bytes) -> IntrospectionResponse:
        """Read a response's JSON; raises Malformed.

        Spec: RFC 7662 §2.2.
        """
        members = Members(parse_object(body))
        active = members.flag("active")
        if active is None:
            raise Malformed("member-missing", member="active")
        return cls(
            active=active,
            scope=members.scope("scope"),
            client_id=members.text("client_id"),
            username=members.text("username"),
            token_type=members.text("token_type"),
            exp=members.whole_number("exp"),
            iat=members.whole_number("iat"),
            nbf=members.whole_number("nbf"),
            sub=members.text("sub"),
            aud=_audience(members),
            iss=members.text("iss"),
            jti=members.text("jti"),
            more=members.others(),
        )

    def render(self) -> bytes:
        """The response's JSON.

        Spec: RFC 7662 §2.2.
        """
        aud = self.aud
        known = {
            "active": self.active,
            "token_type": self.token_type,
            "scope": "" if self.scope == () else scope_text(self.scope),
            "client_id": self.client_id,
            "username": self.username,
            "sub": self.sub,
            "iss": self.iss,
            "aud": aud[0] if aud is not None and len(aud) == 1 else aud,
            "iat": self.iat,
            "nbf": self.nbf,
            "exp": self.exp,
            "jti": self.jti,
        }
        return render_object(present(known, self.more))


def _audience(members: Members) -> tuple[str, ...] | None:
    """One text or a list of texts.

    Spec: RFC 7519 §4.1.3.
    """
    if isinstance(members.value("aud"), str):
        one = members.text("aud")
        return None if one is None else (one,)
    return members.texts("aud")
