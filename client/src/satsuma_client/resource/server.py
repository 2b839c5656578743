"""The protection of an API: one object, asked for each call, in whichever framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from satsuma_client.http.clock import Clock, system_clock
from satsuma_client.http.discovery import discover
from satsuma_client.http.events import OnEvent, teller
from satsuma_client.http.transport import ByUrllib, Transport, check_url
from satsuma_client.jose.issuer_keys import IssuerKeys
from satsuma_client.jose.signed import ALGORITHMS
from satsuma_client.protocol.messages.challenge import Challenge, bearer_challenge
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.revocation_feed import FEED
from satsuma_client.protocol.secret import Secret
from satsuma_client.resource.bearer import read_bearer
from satsuma_client.resource.feed import RevocationFeed
from satsuma_client.resource.introspection import KEPT_FOR, IntrospectionVerifier
from satsuma_client.resource.jwt import JwtVerifier
from satsuma_client.resource.verified import Refused, VerifiedToken, invalid

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
_JSON: Final = "application/json"


class ResourceServer:
    """Verifies the tokens of an issuer for one API: JWTs by its keys, others by asking it.

    `audience` is how the API names itself in tokens, best its own URL. Credentials of the API are needed for tokens
    that are no JWTs; without them those are refused.

    Spec: RFC 6750 §2.1, §3; RFC 9068 §4; RFC 7662 §2; RFC 9728 §2.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        client_id: str | None = None,
        client_secret: str | Secret | None = None,
        scopes: Iterable[str] = (),
        algorithms: Collection[str] = ALGORITHMS,
        kept_for: float = KEPT_FOR,
        ask_always: bool = False,
        follow_feed: bool = True,
        metadata: AuthorizationServerMetadata | None = None,
        transport: Transport | None = None,
        clock: Clock = system_clock,
        on_event: OnEvent | None = None,
    ) -> None:
        """Trust an issuer, whose metadata is fetched at the first call; raises ValueError for what cannot work.

        `scopes` are those that the API has, for its metadata and its OpenAPI document. A JWT that is revoked is good
        here until its time is over, unless the issuer is asked about those too (`ask_always`). Where the issuer has a
        revocation feed a thread follows it, and answers are used again while it is heard; `follow_feed=False` has none.
        """
        check_url(issuer)
        if not set(algorithms) <= ALGORITHMS:
            raise ValueError(
                f"no algorithm that tokens are verified by: {set(algorithms) - ALGORITHMS}"
            )
        self.issuer, self.audience, self.scopes = issuer, audience, tuple(scopes)
        self._client_id = client_id
        self._secret = (
            client_secret if isinstance(client_secret, Secret | None) else Secret(client_secret)
        )
        self._algorithms = algorithms
        self._kept_for = kept_for
        self._ask_always = ask_always
        self._follows = follow_feed
        self._found = metadata
        self._transport = transport or ByUrllib()
        self._clock = clock
        self._tell = teller(on_event)
        self._jwt: JwtVerifier | None = None
        self._introspection: IntrospectionVerifier | None = None

    # ---- the decision ----

    def check(self, authorization: Sequence[str], scope: str | Iterable[str] = ()) -> VerifiedToken:
        """Let a call through by the Authorization fields that it has; raises Refused.

        Spec: RFC 6750 §3, §3.1.
        """
        return covered(self.verify(read_bearer(authorization)), scope_of(scope))

    async def acheck(
        self, authorization: Sequence[str], scope: str | Iterable[str] = ()
    ) -> VerifiedToken:
        """The same, without holding up the loop where somebody must be asked."""
        token = read_bearer(authorization)
        known = self._introspection.known(token) if self._introspection else None
        if isinstance(known, VerifiedToken):
            return covered(known, scope_of(scope))
        import asyncio

        return covered(await asyncio.to_thread(self.verify, token), scope_of(scope))

    def verify(self, token: str) -> VerifiedToken:
        """Verify a token, whatever it is to be used for; raises Refused."""
        if token.count(".") == 2 and not self._ask_always:
            return self._by_keys()(token)
        return self._by_asking()(token)

    # ---- what is told ----

    def refusal(self, refused: Refused) -> tuple[int, list[tuple[str, str]], bytes]:
        """The answer that a refusal is: status, fields and body.

        Spec: RFC 6750 §3; RFC 9728 §5.1.
        """
        fields = [("Content-Type", _JSON), ("Cache-Control", "no-store")]
        if refused.status in (400, 401, 403):
            fields.append(("WWW-Authenticate", self.challenge(refused).render()))
        if refused.status == 503:
            fields.append(("Retry-After", "1"))
        told = {"error": refused.error or "unauthorized", "error_description": refused.description}
        return refused.status, fields, json.dumps(told).encode()

    def challenge(self, refused: Refused) -> Challenge:
        """What the caller is asked for, and where it learns who gives it.

        Spec: RFC 6750 §3; RFC 9728 §5.1.
        """
        description = refused.description if refused.error else ""
        made = bearer_challenge(self.audience, refused.error, description, " ".join(refused.scope))
        if self.metadata_url is None:
            return made
        return Challenge("Bearer", (*made.parameters, ("resource_metadata", self.metadata_url)))

    @property
    def metadata_path(self) -> str:
        """Where the API's metadata is served: before the path of its own URL.

        Spec: RFC 9728 §3.1.
        """
        return WELL_KNOWN + urlsplit(self.audience).path.rstrip("/")

    @property
    def metadata_url(self) -> str | None:
        """The address of the metadata, None where the API's name is no URL."""
        parts = urlsplit(self.audience)
        if parts.scheme not in ("https", "http") or not parts.netloc:
            return None
        return f"{parts.scheme}://{parts.netloc}{self.metadata_path}"

    def metadata(self) -> dict[str, Any]:
        """What the API says of itself.

        Spec: RFC 9728 §2, §3.2.
        """
        told: dict[str, Any] = {
            "resource": self.audience,
            "authorization_servers": [self.issuer],
            "bearer_methods_supported": ["header"],
        }
        if self.scopes:
            told["scopes_supported"] = list(self.scopes)
        return told

    # ---- the frameworks ----

    def asgi(self, app: Any, *, scope: str | Iterable[str] = (), public: Iterable[str] = ()) -> Any:
        """Protect an ASGI application, but for the paths that are `public`; the token is in `scope["satsuma"]`."""
        from satsuma_client.resource.hosts.asgi import Protected

        return Protected(self, app, scope_of(scope), tuple(public))

    def wsgi(self, app: Any, *, scope: str | Iterable[str] = (), public: Iterable[str] = ()) -> Any:
        """Protect a WSGI application, but for the paths that are `public`; the token is in `environ["satsuma"]`."""
        from satsuma_client.resource.hosts.wsgi import Protected

        return Protected(self, app, scope_of(scope), tuple(public))

    def fastapi(self, *scope: str) -> Any:
        """A dependency of FastAPI that gives the verified token, with a security scheme for its OpenAPI document."""
        from satsuma_client.resource.hosts.fastapi import dependency

        return dependency(self, scope)

    def flask(self, *scope: str) -> Callable[[Any], Any]:
        """A decorator of a Flask view; the token is `flask.g.token`."""
        from satsuma_client.resource.hosts.flask import decorator

        return decorator(self, scope)

    def django(self, *scope: str) -> Callable[[Any], Any]:
        """A decorator of a Django view, also an asynchronous one; the token is `request.token`."""
        from satsuma_client.resource.hosts.django import decorator

        return decorator(self, scope)

    # ---- inside ----

    def about_issuer(self) -> AuthorizationServerMetadata:
        """The issuer's metadata, fetched once; raises OAuthError."""
        if self._found is None:
            self._found = discover(self.issuer, self._transport)
        return self._found

    def _by_keys(self) -> JwtVerifier:
        if self._jwt is None:
            url = self._endpoint("jwks_uri")
            keys = IssuerKeys(url, self._transport, self._clock)
            self._jwt = JwtVerifier(self.issuer, self.audience, keys, self._clock, self._algorithms)
        return self._jwt

    def _by_asking(self) -> IntrospectionVerifier:
        if self._introspection is None:
            if self._client_id is None or self._secret is None:
                raise invalid("this API takes signed tokens alone")
            self._introspection = IntrospectionVerifier(
                self._endpoint("introspection_endpoint"),
                self._client_id,
                self._secret,
                self.audience,
                self._transport,
                self._clock,
                kept_for=self._kept_for,
                issuer=self.issuer,
                feed=self._feed(self._client_id, self._secret),
                tell=self._tell,
            )
        return self._introspection

    def _feed(self, client_id: str, secret: Secret) -> RevocationFeed | None:
        """The feed of what is revoked, where the issuer has one and it is wanted."""
        url = self.about_issuer().more.get(FEED)
        if not self._follows or not isinstance(url, str):
            return None
        check_url(url)
        return RevocationFeed(url, client_id, secret, self._transport, self._clock, self._tell)

    def _endpoint(self, name: str) -> str:
        from satsuma_client.http.errors import OAuthError
        from satsuma_client.resource.verified import unavailable

        try:
            url = getattr(self.about_issuer(), name)
        except OAuthError as error:
            self._tell("discovery_failed", error=type(error).__name__)
            raise unavailable() from None
        if url is None:
            self._tell("discovery_failed", missing=name)
            raise unavailable()
        check_url(url)
        found: str = url
        return found


def scope_of(scope: str | Iterable[str]) -> tuple[str, ...]:
    """One text or several, as several."""
    return tuple(scope.split()) if isinstance(scope, str) else tuple(scope)


def covered(token: VerifiedToken, scope: tuple[str, ...]) -> VerifiedToken:
    """The token, if it covers the call; raises Refused that names the whole scope of the call.

    Spec: RFC 6750 §3.1.
    """
    if not token.has(scope):
        raise Refused(
            403, "insufficient_scope", f"This call needs the scope: {' '.join(scope)}.", scope
        )
    return token
