"""The authorization response and error response, by query or by form."""

from __future__ import annotations

from dataclasses import dataclass

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.parameters import parse_parameters, render_parameters, required
from satsuma_client.protocol.redirect_uri import with_parameters
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """A code for the client, the state that it sent, and who answers.

    Spec: RFC 6749 §4.1.2; RFC 9207 §2.
    """

    code: Secret
    state: str | None = None
    iss: str | None = None

    @classmethod
    def parse(cls, query: bytes) -> AuthorizationResponse:
        """Read a response from a query or a form; raises Malformed.

        Spec: RFC 6749 §4.1.2; RFC 9207 §2.
        """
        sent = _parameters(query)
        return cls(Secret(required(sent, "code")), sent.get("state"), sent.get("iss"))

    def parameters(self) -> dict[str, str]:
        """Each parameter that is sent, in order.

        Spec: RFC 6749 §4.1.2; RFC 9207 §2.
        """
        return _present(("code", self.code.reveal()), ("state", self.state), ("iss", self.iss))

    def render(self) -> bytes:
        """The query, or the form of a POST.

        Spec: RFC 6749 §4.1.2.
        """
        return render_parameters(self.parameters().items())

    def location(self, redirect_uri: str) -> str:
        """Where the user agent goes; the redirect URI is kept character by character.

        Spec: RFC 6749 §3.1.2, §4.1.2.
        """
        return with_parameters(redirect_uri, self.parameters())


@dataclass(frozen=True, slots=True)
class AuthorizationErrorResponse:
    """Why the client gets no code, the state that it sent, and who answers.

    Spec: RFC 6749 §4.1.2.1; RFC 9207 §2.
    """

    error: str
    error_description: str | None = None
    error_uri: str | None = None
    state: str | None = None
    iss: str | None = None

    @classmethod
    def parse(cls, query: bytes) -> AuthorizationErrorResponse:
        """Read a response from a query or a form; raises Malformed.

        Spec: RFC 6749 §4.1.2.1; RFC 9207 §2.
        """
        sent = _parameters(query)
        return cls(
            required(sent, "error"),
            sent.get("error_description"),
            sent.get("error_uri"),
            sent.get("state"),
            sent.get("iss"),
        )

    def parameters(self) -> dict[str, str]:
        """Each parameter that is sent, in order.

        Spec: RFC 6749 §4.1.2.1; RFC 9207 §2.
        """
        return _present(
            ("error", self.error),
            ("error_description", self.error_description),
            ("error_uri", self.error_uri),
            ("state", self.state),
            ("iss", self.iss),
        )

    def render(self) -> bytes:
        """The query, or the form of a POST.

        Spec: RFC 6749 §4.1.2.1.
        """
        return render_parameters(self.parameters().items())

    def location(self, redirect_uri: str) -> str:
        """Where the user agent goes; the redirect URI is kept character by character.

        Spec: RFC 6749 §3.1.2, §4.1.2.1.
        """
        return with_parameters(redirect_uri, self.parameters())


def parse_authorization_response(
    query: bytes,
) -> AuthorizationResponse | AuthorizationErrorResponse:
    """Read whichever of the two came; raises Malformed.

    Spec: RFC 6749 §4.1.2, §4.1.2.1.
    """
    if "error" in _parameters(query):
        return AuthorizationErrorResponse.parse(query)
    return AuthorizationResponse.parse(query)


def _parameters(query: bytes) -> dict[str, str]:
    sent = parse_parameters(query)
    if "code" in sent and "error" in sent:
        raise Malformed("response-ambiguous")
    return sent


def _present(*pairs: tuple[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in pairs if value is not None}
