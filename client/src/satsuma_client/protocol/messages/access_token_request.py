"""The access token request of every grant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from satsuma_client.protocol import names
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.client_authentication import (
    ClientAuthentication,
    Parameters,
    parse_client_authentication,
)
from satsuma_client.protocol.parameters import (
    FormMessage,
    parse_with_resources,
    required,
    scope_of,
    scope_text,
)
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class ClientCredentialsGrant:
    """The client asks for itself.

    Spec: RFC 6749 §4.4.2.
    """

    def parameters(self) -> Parameters:
        """The grant's own parameters."""
        return [("grant_type", names.CLIENT_CREDENTIALS)]


@dataclass(frozen=True, slots=True)
class AuthorizationCodeGrant:
    """A code, the redirect URI that it came to, and the verifier of its challenge.

    Spec: RFC 6749 §4.1.3; RFC 7636 §4.5.
    """

    code: Secret
    redirect_uri: str | None = None
    code_verifier: Secret | None = None

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> AuthorizationCodeGrant:
        """Read a form that presents a code; raises Malformed where it has none.

        Spec: RFC 6749 §4.1.3; RFC 7636 §4.5.
        """
        verifier = form.get("code_verifier")
        return cls(
            Secret(required(form, "code")),
            form.get("redirect_uri"),
            None if verifier is None else Secret(verifier),
        )

    def parameters(self) -> Parameters:
        """The grant's own parameters."""
        verifier = None if self.code_verifier is None else self.code_verifier.reveal()
        return [
            ("grant_type", names.AUTHORIZATION_CODE),
            ("code", self.code.reveal()),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", verifier),
        ]


@dataclass(frozen=True, slots=True)
class RefreshTokenGrant:
    """A refresh token.

    Spec: RFC 6749 §6.
    """

    refresh_token: Secret

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> RefreshTokenGrant:
        """Read a form that presents a refresh token; raises Malformed where it has none.

        Spec: RFC 6749 §6.
        """
        return cls(Secret(required(form, "refresh_token")))

    def parameters(self) -> Parameters:
        """The grant's own parameters."""
        return [
            ("grant_type", names.REFRESH_TOKEN),
            ("refresh_token", self.refresh_token.reveal()),
        ]


TokenGrant = ClientCredentialsGrant | AuthorizationCodeGrant | RefreshTokenGrant


@dataclass(frozen=True, slots=True)
class AccessTokenRequest:
    """A grant, the client that has it, and how much of it is wanted.

    Spec: RFC 6749 §3.2; RFC 8707 §2.2.
    """

    grant: TokenGrant
    client: ClientAuthentication
    scope: tuple[str, ...] | None = None
    resource: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: bytes, authorization: bytes | None = None) -> AccessTokenRequest:
        """Read a request from its form and its Authorization field; raises Malformed.

        Spec: RFC 6749 §3.2, §3.2.1.
        """
        form, resource = parse_with_resources(body)
        grant = parse_grant(form)
        client = parse_client_authentication(form, authorization)
        return cls(grant, client, scope_of(form), resource)

    def render(self) -> FormMessage:
        """The form, and the Authorization field where the client has one.

        Spec: RFC 6749 §3.2.
        """
        resources: Parameters = [("resource", each) for each in self.resource]
        scope = ("scope", scope_text(self.scope))
        return self.client.authenticate([*self.grant.parameters(), scope, *resources])


def parse_grant(form: Mapping[str, str]) -> TokenGrant:
    """Read which grant a form presents; raises Malformed.

    Spec: RFC 6749 §4.1.3, §4.4.2, §6.
    """
    grant_type = required(form, "grant_type")
    if grant_type == names.CLIENT_CREDENTIALS:
        return ClientCredentialsGrant()
    if grant_type == names.AUTHORIZATION_CODE:
        return AuthorizationCodeGrant.parse(form)
    if grant_type == names.REFRESH_TOKEN:
        return RefreshTokenGrant.parse(form)
    raise Malformed("parameter-unsupported", parameter="grant_type")
