"""An application that acts for a person who logged in before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from satsuma_client.client.auth import TokenAuth
from satsuma_client.client.caches.port import Cache
from satsuma_client.client.client_credentials import key_of, listed
from satsuma_client.client.client_secret import GivenSecrets
from satsuma_client.client.grants import RefreshTokenSource
from satsuma_client.client.record import seed_of
from satsuma_client.client.token_endpoint import SecretClient, TokenEndpoint
from satsuma_client.http.clock import Clock, system_clock
from satsuma_client.http.events import OnEvent, teller
from satsuma_client.http.transport import ByUrllib, Transport, check_url
from satsuma_client.protocol.secret import Secret


class RefreshToken(TokenAuth):
    """Tokens for a person, by a refresh token and those that come in its place.

    Where the server changes the refresh token at each use, the newest is in the cache: name one that lasts.

    Spec: RFC 6749 §6.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        refresh_token: str | Secret,
        client_secret: GivenSecrets | None = None,
        *,
        scope: str | Iterable[str] | None = None,
        resource: str | Iterable[str] | None = None,
        api_url: str | Iterable[str] | None = None,
        subject: str | None = None,
        cache: Cache | None = None,
        token_endpoint_auth_method: str = "client_secret_basic",
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
        longest_wait: float = 5.0,
        clock: Clock = system_clock,
    ) -> None:
        """Ask at `token_url`, when a token is first needed; raises ValueError for what cannot work.

        `subject` names the person in the cache; without it the refresh token does, by a digest.
        """
        check_url(token_url)
        tell = teller(on_event)
        scopes, resources = listed(scope), listed(resource)
        first = refresh_token if isinstance(refresh_token, Secret) else Secret(refresh_token)
        proven = SecretClient(client_id, client_secret, token_endpoint_auth_method)
        endpoint = TokenEndpoint(token_url, proven, transport or ByUrllib(), clock, tell)
        source = RefreshTokenSource(endpoint, scopes or None, resources, clock, tell)
        source.first = first
        super().__init__(
            source,
            key=key_of(token_url, client_id, scopes, resources, subject or seed_of(first.reveal())),
            cache=cache,
            origins=(*resources, *listed(api_url)),
            clock=clock,
            tell=tell,
            longest_wait=longest_wait,
        )

    @classmethod
    def discover(
        cls,
        issuer: str,
        client_id: str,
        refresh_token: str | Secret,
        client_secret: GivenSecrets | None = None,
        *,
        transport: Transport | None = None,
        **more: Any,
    ) -> RefreshToken:
        """Ask the issuer where its token endpoint is; raises OAuthError, ValueError."""
        from satsuma_client.http.discovery import discover, wants_secret_in_form

        sending = transport or ByUrllib()
        found = discover(issuer, sending)
        if found.token_endpoint is None:
            raise ValueError(f"{issuer} has no token endpoint")
        if wants_secret_in_form(found):
            more.setdefault("token_endpoint_auth_method", "client_secret_post")
        url, told = found.token_endpoint, (client_id, refresh_token, client_secret)
        made = cls(url, *told, transport=sending, **more)
        made.metadata = found
        return made
