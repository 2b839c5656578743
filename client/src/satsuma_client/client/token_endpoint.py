"""A token endpoint and the client that asks it; the asking itself is imported when a token is first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from satsuma_client.client.client_secret import GivenSecrets, secrets_of
from satsuma_client.http.clock import Clock
from satsuma_client.http.transport import Transport
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from satsuma_client.client.token_request import Asked
    from satsuma_client.protocol.messages.access_token_request import TokenGrant
    from satsuma_client.protocol.messages.client_authentication import Parameters
    from satsuma_client.protocol.parameters import FormMessage


class Proof(Protocol):
    """How a client proves itself in one request."""

    @property
    def client_id(self) -> str:
        """Who it is."""
        ...

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters."""
        ...


class Authenticating(Protocol):
    """How a client proves itself, as often as it takes."""

    client_id: str

    def each(self) -> Sequence[tuple[str, Proof]]:
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

    def each(self) -> Sequence[tuple[str, Proof]]:
        """The proofs to try in turn."""
        from satsuma_client.protocol.messages.client_authentication import (
            ClientSecretBasic,
            ClientSecretPost,
            PublicClient,
        )

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

    def each(self) -> Sequence[tuple[str, Proof]]:
        """The one proof."""
        from satsuma_client.client.token_request import HeaderClient

        secret = self._authorization
        return [(secret.reveal(), HeaderClient(self.client_id, secret))]


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
        self.transport = transport
        self.clock = clock
        self.tell = tell

    def proof(self) -> Any:
        """How the client proves itself first."""
        return self.client.each()[0][1]

    def ask(
        self, grant: TokenGrant, scope: tuple[str, ...] | None, resource: tuple[str, ...]
    ) -> Asked:
        """Ask with each secret until one works; raises OAuthError."""
        from satsuma_client.client.token_request import ask

        return ask(self, grant, scope, resource)
