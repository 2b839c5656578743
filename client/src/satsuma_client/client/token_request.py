"""A token request, sent with each secret until one works; and its answer, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from satsuma_client.client.token_answer import TokenAnswer, read_token_answer
from satsuma_client.http.clock import skew_of
from satsuma_client.http.curl import as_curl
from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import InvalidClient, NotOAuth, UnsupportedTokenType
from satsuma_client.http.exchange import exchange, form_request
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.access_token_request import AccessTokenRequest, TokenGrant
from satsuma_client.protocol.messages.client_authentication import (
    ClientSecretBasic,
    Parameters,
)
from satsuma_client.protocol.parameters import FormMessage, render_parameters
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from satsuma_client.client.token_endpoint import Proof, TokenEndpoint

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class HeaderClient:
    """A client that has the Authorization field ready, as the guides' service hands it out; sent as it is."""

    client_id: str
    authorization: Secret

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters."""
        sent = "Basic " + self.authorization.reveal()
        return FormMessage(render_parameters(parameters), sent.encode())


@dataclass(frozen=True, slots=True)
class Asked:
    """A token answer, when it came, and by how much the server's clock is ahead."""

    answer: TokenAnswer
    at: float
    skew: float


def ask(
    endpoint: TokenEndpoint,
    grant: TokenGrant,
    scope: tuple[str, ...] | None,
    resource: tuple[str, ...],
) -> Asked:
    """Ask with each secret until one works; raises OAuthError."""
    refusals: list[InvalidClient] = []
    for at, (_, proof) in enumerate(endpoint.client.each()):
        message = AccessTokenRequest(grant, proof, scope, resource).render()  # type: ignore[arg-type]
        try:
            asked = _send(endpoint, message, grant)
        except InvalidClient as error:
            refusals.append(_explained(error, proof))
            continue
        if at:
            endpoint.tell("secret_worked", position=at)
        return asked
    raise refusals[0]


def _send(endpoint: TokenEndpoint, message: FormMessage, grant: TokenGrant) -> Asked:
    request = form_request(endpoint.url, message)
    endpoint.tell("token_requested", grant_type=grant.parameters()[0][1])
    sent = endpoint.clock().wall
    answer = exchange(endpoint.transport, request)
    received = endpoint.clock().wall
    if answer.status != _OK:
        raise error_of(answer, request)
    try:
        read = read_token_answer(answer.body)
    except Malformed as why:
        raise NotOAuth(
            "",
            f"the answer of the token endpoint cannot be read: {why.slug}",
            status=answer.status,
            curl=as_curl(request),
            body=b"",  # half a token is still a token
        ) from None
    kind = read.response.token_type
    if kind.lower() != "bearer":
        raise UnsupportedTokenType("", f"token_type is {kind[:40]!r}", curl=as_curl(request))
    return Asked(read, received, skew_of(answer.header("date"), sent, received))


def _explained(error: InvalidClient, proof: Proof) -> InvalidClient:
    """Say what a refused secret shows of itself."""
    if isinstance(proof, ClientSecretBasic) and _reserved(proof):
        error.hint += (
            " The secret has characters that RFC 6749 §2.3.1 form-encodes in Basic; some servers want them raw:"
            " try token_endpoint_auth_method='client_secret_post'."
        )
    return error


def _reserved(proof: ClientSecretBasic) -> bool:
    from urllib.parse import quote_plus

    text = proof.client_id + proof.client_secret.reveal()
    return quote_plus(text) != text
