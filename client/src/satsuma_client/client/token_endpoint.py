"""Asking a token endpoint: the request, the secrets that are tried, the answer or the error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from satsuma_client.client.client_secret import GivenSecrets, secrets_of
from satsuma_client.client.token_answer import TokenAnswer, read_token_answer
from satsuma_client.http.clock import Clock, skew_of
from satsuma_client.http.curl import as_curl
from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import InvalidClient, NotOAuth
from satsuma_client.http.exchange import exchange, form_request
from satsuma_client.http.transport import Transport
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.access_token_request import AccessTokenRequest, TokenGrant
from satsuma_client.protocol.messages.client_authentication import (
    ClientAuthentication,
    ClientSecretBasic,
    ClientSecretPost,
    Parameters,
    PublicClient,
)
from satsuma_client.protocol.parameters import FormMessage, render_parameters
from satsuma_client.protocol.secret import Secret

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


class Authenticating(Protocol):
    """How a client proves itself, as often as it takes."""

    client_id: str

    def each(self) -> Sequence[tuple[str, ClientAuthentication | HeaderClient]]:
        """The proofs to try in turn, each with the secret by which a refusal is remembered."""
        ...


class SecretClient:
    """A client with one secret or several, by one of the registered methods; without a secret, a public one."""

    def __init__(self, client_id: str, given: GivenSecrets | None, method: str) -> None:
        """Take `client_secret_basic`, `client_secret_post` or `none` as the method; raises ValueError."""
        if method not in ("client_secret_basic", "client_secret_post", "none"):
            raise ValueError(f"no token_endpoint_auth_method that this client has: {method}")
        self.client_id = client_id
        self._given = given
        self._method = method
        secrets_of(given)

    def each(self) -> Sequence[tuple[str, ClientAuthentication | HeaderClient]]:
        """The proofs to try in turn."""
        secrets = secrets_of(self._given)
        if not secrets or self._method == "none":
            return [("", PublicClient(self.client_id))]
        kind = ClientSecretPost if self._method == "client_secret_post" else ClientSecretBasic
        return [(each.reveal(), kind(self.client_id, each)) for each in secrets]


class HeaderAuthenticating:
    """A client with a ready Authorization field."""

    def __init__(self, client_id: str, authorization: Secret) -> None:
        self.client_id = client_id
        self._authorization = authorization

    def each(self) -> Sequence[tuple[str, ClientAuthentication | HeaderClient]]:
        """The one proof."""
        secret = self._authorization
        return [(secret.reveal(), HeaderClient(self.client_id, secret))]


@dataclass(frozen=True, slots=True)
class Asked:
    """A token answer, when it came, and by how much the server's clock is ahead."""

    answer: TokenAnswer
    at: float
    skew: float


class TokenEndpoint:
    """Sends token requests of one client."""

    def __init__(
        self,
        url: str,
        client: Authenticating,
        transport: Transport,
        clock: Clock,
        tell: Callable[..., None],
    ) -> None:
        self.url = url
        self.client = client
        self._transport = transport
        self._clock = clock
        self._tell = tell

    def ask(
        self, grant: TokenGrant, scope: tuple[str, ...] | None, resource: tuple[str, ...]
    ) -> Asked:
        """Ask with each secret until one works; raises OAuthError."""
        refusals: list[InvalidClient] = []
        for at, (_, proof) in enumerate(self.client.each()):
            message = AccessTokenRequest(grant, proof, scope, resource).render()  # type: ignore[arg-type]
            try:
                asked = self._send(message, grant)
            except InvalidClient as error:
                refusals.append(_explained(error, proof))
                continue
            if at:
                self._tell("secret_worked", position=at)
            return asked
        raise refusals[0]

    def _send(self, message: FormMessage, grant: TokenGrant) -> Asked:
        request = form_request(self.url, message)
        self._tell("token_requested", grant_type=grant.parameters()[0][1])
        sent = self._clock().wall
        answer = exchange(self._transport, request)
        received = self._clock().wall
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
        return Asked(read, received, skew_of(answer.header("date"), sent, received))


def _explained(error: InvalidClient, proof: ClientAuthentication | HeaderClient) -> InvalidClient:
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
