"""An application that asks for itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from satsuma_client.client.auth import TokenAuth
from satsuma_client.client.caches.port import Cache
from satsuma_client.client.client_secret import GivenSecrets
from satsuma_client.client.grants import ClientCredentialsSource
from satsuma_client.client.token_endpoint import (
    Authenticating,
    HeaderAuthenticating,
    SecretClient,
    TokenEndpoint,
)
from satsuma_client.http.clock import Clock, system_clock
from satsuma_client.http.events import OnEvent, teller
from satsuma_client.http.transport import ByUrllib, Transport, check_url
from satsuma_client.protocol.secret import Secret

ORANGE: Final = "https://api.orange.com"
_WAIT: Final = 5.0
"""Seconds that a call waits at most where an API asks to wait."""


class ClientCredentials(TokenAuth):
    """Tokens for the application itself, by its id and secret.

    Spec: RFC 6749 §4.4.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: GivenSecrets | None = None,
        *,
        scope: str | Iterable[str] | None = None,
        resource: str | Iterable[str] | None = None,
        api_url: str | Iterable[str] | None = None,
        cache: Cache | None = None,
        token_endpoint_auth_method: str = "client_secret_basic",
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
        longest_wait: float = _WAIT,
        clock: Clock = system_clock,
        client: Authenticating | None = None,
    ) -> None:
        """Ask at `token_url`, when a token is first needed; raises ValueError for what cannot work.

        `client_secret` is a text, a path that is read again, or a list of those that are valid during a change.
        `resource` and `api_url` name the only origins that get the token. No `cache` is the memory of this process.
        """
        check_url(token_url)
        tell = teller(on_event)
        scopes, resources = listed(scope), listed(resource)
        proven = client or SecretClient(client_id, client_secret, token_endpoint_auth_method)
        endpoint = TokenEndpoint(token_url, proven, transport or ByUrllib(), clock, tell)
        source = ClientCredentialsSource(endpoint, scopes or None, resources, clock, tell)
        super().__init__(
            source,
            key=key_of(token_url, client_id, scopes, resources, ""),
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
        client_secret: GivenSecrets | None = None,
        *,
        transport: Transport | None = None,
        **more: Any,
    ) -> ClientCredentials:
        """Ask the issuer where its token endpoint is; raises OAuthError, ValueError."""
        from satsuma_client.http.discovery import discover, wants_secret_in_form

        sending = transport or ByUrllib()
        found = discover(issuer, sending)
        if found.token_endpoint is None:
            raise ValueError(f"{issuer} has no token endpoint")
        if wants_secret_in_form(found):
            more.setdefault("token_endpoint_auth_method", "client_secret_post")
        made = cls(found.token_endpoint, client_id, client_secret, transport=sending, **more)
        made.metadata = found
        return made

    @classmethod
    def orange(
        cls,
        authorization_header: str | Secret,
        *,
        base_url: str = ORANGE,
        **more: Any,
    ) -> ClientCredentials:
        """The guides' service, by the Authorization header that it shows, with `Basic ` before it or not.

        Raises ValueError for what is no such header.

        Spec: OAuth M2M guide, step 1.
        """
        from satsuma_client.protocol.basic import parse_basic
        from satsuma_client.protocol.errors import Malformed

        given = authorization_header
        text = given.reveal() if isinstance(given, Secret) else given
        encoded = text.strip()
        while encoded[:6].lower() == "basic ":
            encoded = encoded[6:].strip()
        try:
            client_id = parse_basic(b"Basic " + encoded.encode()).client_id
        except (Malformed, UnicodeEncodeError):
            raise ValueError(
                "this is not the Authorization header of an application: copy it whole from its page"
            ) from None
        client = HeaderAuthenticating(client_id, Secret(encoded))
        more.setdefault("api_url", base_url)
        return cls(f"{base_url}/oauth/v3/token", client_id, client=client, **more)


def listed(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """One text or several, as several; a scope's text is split at its spaces."""
    if given is None:
        return ()
    return tuple(given.split()) if isinstance(given, str) else tuple(given)


def key_of(
    server: str, client_id: str, scope: tuple[str, ...], resource: tuple[str, ...], subject: str
) -> str:
    """By what a token is shared: server, client, scope, resource and person."""
    parts = (server, client_id, " ".join(sorted(scope)), " ".join(sorted(resource)), subject)
    return "|".join(part.replace("%", "%25").replace("|", "%7C") for part in parts)
