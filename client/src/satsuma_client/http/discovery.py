"""What an authorization server says of itself, read once."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit, urlunsplit

from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import NotOAuth, OAuthError
from satsuma_client.http.exchange import exchange, get_json
from satsuma_client.http.transport import Transport, check_url
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata

_OAUTH: Final = "/.well-known/oauth-authorization-server"
_OPENID: Final = "/.well-known/openid-configuration"


def discover(issuer: str, transport: Transport) -> AuthorizationServerMetadata:
    """Read an issuer's metadata, by either of its two addresses; raises OAuthError, ValueError.

    The document must name this very issuer.

    Spec: RFC 8414 §3, §3.3; OIDC Discovery §4.
    """
    check_url(issuer)
    failures: list[OAuthError] = []
    for url in dict.fromkeys(addresses_of(issuer)):
        request = get_json(url)
        answer = exchange(transport, request)
        if answer.status != 200:
            failures.append(error_of(answer, request))
            continue
        try:
            return AuthorizationServerMetadata.parse(answer.body, issuer)
        except Malformed as why:
            wrong = "names another issuer" if why.slug == "issuer-mismatch" else "cannot be read"
            raise NotOAuth(
                "",
                f"the metadata at {url} {wrong}",
                status=answer.status,
                fix="Give the issuer exactly as the server writes it, to the last slash.",
                body=answer.body[:4096],
            ) from None
    raise failures[0]


def wants_secret_in_form(metadata: AuthorizationServerMetadata) -> bool:
    """Say whether a server takes a client's secret in the form and not in the Authorization field.

    Spec: RFC 8414 §2.
    """
    methods = metadata.token_endpoint_auth_methods_supported or ("client_secret_basic",)
    return "client_secret_basic" not in methods and "client_secret_post" in methods


def addresses_of(issuer: str) -> tuple[str, ...]:
    """Where the metadata stands: before the issuer's path, and after it.

    Spec: RFC 8414 §3.1, §5; OIDC Discovery §4.1.
    """
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    after = urlunsplit((parts.scheme, parts.netloc, path + _OPENID, "", ""))
    before = urlunsplit((parts.scheme, parts.netloc, _OAUTH + path, "", ""))
    return before, after
