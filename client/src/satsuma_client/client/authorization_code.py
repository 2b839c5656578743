"""An application that acts for a person: the login, and the tokens that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from satsuma_client.client.at_the_server import known
from satsuma_client.client.auth import OF_THIS_PROCESS, TokenAuth
from satsuma_client.client.caches.port import Cache
from satsuma_client.client.client_credentials import key_of, listed
from satsuma_client.client.client_secret import GivenSecrets
from satsuma_client.client.grants import Grants
from satsuma_client.client.id_token import Expected, check_id_token
from satsuma_client.client.login import PendingLogin
from satsuma_client.client.record import Record
from satsuma_client.client.renewal import Obtained
from satsuma_client.client.token_endpoint import SecretClient, TokenEndpoint
from satsuma_client.http.clock import Clock, system_clock
from satsuma_client.http.discovery import discover, wants_secret_in_form
from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import InvalidGrant, LoginRequired, NotOAuth
from satsuma_client.http.events import OnEvent, teller
from satsuma_client.http.exchange import exchange, get_json
from satsuma_client.http.transport import ByUrllib, Transport, check_url
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.messages.access_token_request import (
    AuthorizationCodeGrant,
    RefreshTokenGrant,
)
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.redirect_uri import with_parameters
from satsuma_client.protocol.secret import Secret

_DEFAULT_ALGORITHMS: Final = ("RS256", "ES256", "PS256", "EdDSA")


class PersonSource(Grants):
    """The refresh token of a login, as the record has it.

    Spec: RFC 6749 §6.
    """

    def obtain(self, record: Record) -> Obtained:
        """Ask the server; raises OAuthError, and LoginRequired where nobody has logged in."""
        if record.refresh_token is None:
            raise LoginRequired(description="nobody is logged in", fix="Call login(), once.")
        grant = RefreshTokenGrant(Secret(record.refresh_token))
        return self.obtained(self.endpoint.ask(grant, self.scope, self.resource))

    def given(self, record: Record, obtained: Obtained) -> Record:
        """Keep the new refresh token, or the old one where none came; the ID token stays the login's."""
        new = super().given(record, obtained)
        return replace(new, refresh_token=obtained.refresh_token or record.refresh_token)

    def refused(self, record: Record, error: Exception) -> Record:
        """A refresh token that is over is forgotten: the next call says that a login is wanted."""
        new = super().refused(record, error)
        if isinstance(error, InvalidGrant):
            return replace(new, token=None, refresh_token=None)
        return new


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who logged in where: the claims of the ID token, empty where the server gives none."""

    issuer: str
    claims: Mapping[str, Any]

    @property
    def subject(self) -> str | None:
        """The person, as the server names them."""
        return self.claims.get("sub")


class AuthorizationCode(TokenAuth):
    """Tokens for a person, by a login in the browser; PKCE, state, nonce and issuer are always checked.

    Spec: RFC 6749 §4.1; RFC 7636 §4.3; RFC 9207 §2.4; OIDC Core §3.1.3.
    """

    def __init__(
        self,
        metadata: AuthorizationServerMetadata,
        client_id: str,
        client_secret: GivenSecrets | None = None,
        *,
        redirect_uri: str | None = None,
        scope: str | Iterable[str] = "openid",
        resource: str | Iterable[str] | None = None,
        api_url: str | Iterable[str] | None = None,
        parameters: Mapping[str, Any] | None = None,
        subject: str = "",
        cache: Cache | None = None,
        token_endpoint_auth_method: str = "client_secret_basic",
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
        longest_wait: float = 5.0,
        clock: Clock = system_clock,
    ) -> None:
        """Work with a server by its metadata; raises ValueError for what cannot work.

        `parameters` are more of the authorization request's, by name: `prompt`, `login_hint`, `acr_values` and so on.
        `subject` tells the logins of several people apart in one cache, such as a session's id.
        """
        token_url = _token_url(metadata)
        tell = teller(on_event)
        self.metadata: AuthorizationServerMetadata = metadata
        self.client_id, self.redirect_uri = client_id, redirect_uri
        self.scope, self.resource = listed(scope), listed(resource)
        self._parameters = dict(parameters or {})
        self._transport = transport or ByUrllib()
        proven = SecretClient(client_id, client_secret, token_endpoint_auth_method)
        endpoint = TokenEndpoint(token_url, proven, self._transport, clock, tell)
        self._person = PersonSource(endpoint, None, self.resource, clock, tell)
        self._keys: Any = None
        server = metadata.issuer or token_url
        super().__init__(
            self._person,
            key=key_of(server, client_id, self.scope, self.resource, f"login {subject}"),
            cache=OF_THIS_PROCESS if cache is None else cache,
            origins=(*self.resource, *listed(api_url)),
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
    ) -> AuthorizationCode:
        """Ask the issuer where its endpoints are; raises OAuthError, ValueError."""
        sending = transport or ByUrllib()
        found = discover(issuer, sending)
        if wants_secret_in_form(found):
            more.setdefault("token_endpoint_auth_method", "client_secret_post")
        return cls(found, client_id, client_secret, transport=sending, **more)

    # ---- the login, in two halves: for a program of your own between them ----

    def begin(
        self, redirect_uri: str | None = None, *, next_url: str = "/", **parameters: Any
    ) -> tuple[str, PendingLogin]:
        """The address to send the browser to, and what to keep for when it comes back.

        Spec: RFC 6749 §4.1.1.
        """
        if "openid" in self.scope:
            _check_jwt()
        to = redirect_uri or self.redirect_uri
        if to is None:
            raise ValueError("a redirect_uri is needed, here or when the object is made")
        asked = {**self._parameters, **parameters}
        max_age = asked.pop("max_age", None)
        pending = PendingLogin.begin(to, self._clock().wall, next_url=next_url, max_age=max_age)
        request = pending.request(self.client_id, self.scope, self.resource, asked)
        return request.url(self.metadata.authorization_endpoint or ""), pending

    def finish(self, query: str, pending: PendingLogin) -> LoggedIn:
        """Exchange the code that the browser brought for tokens, check them, keep them; raises OAuthError.

        Spec: RFC 6749 §4.1.3; OIDC Core §3.1.3.
        """
        says = bool(self.metadata.authorization_response_iss_parameter_supported)
        now = self._clock().wall
        code = pending.code(query, self.metadata.issuer, says, now)
        grant = AuthorizationCodeGrant(code, pending.redirect_uri, Secret(pending.code_verifier))
        obtained = self._person.obtained(self._person.endpoint.ask(grant, None, self.resource))
        claims = self._checked(obtained, pending)
        self._keep(obtained)
        self._tell("logged_in", issuer=self.metadata.issuer)
        return LoggedIn(self.metadata.issuer, claims)

    def login(self, **how: Any) -> LoggedIn:
        """Log a person in from a terminal: a browser opens here, or the answer is pasted; raises OAuthError.

        `open_browser`, `paste`, `say` and `wait` are those of `interactive_login.login`; what else is given goes into
        the authorization request.

        Spec: RFC 8252 §7.3.
        """
        from satsuma_client.client.interactive_login import login

        return login(self, **how)

    # ---- what else a login is good for ----

    def userinfo(self) -> Mapping[str, Any]:
        """The claims of the person who logged in; raises OAuthError.

        They must be of the same person as the ID token.

        Spec: OIDC Core §5.3.2.
        """
        url = known(self.metadata.userinfo_endpoint, "userinfo")
        token = self.token()
        request = get_json(url, authorization=token.authorization())
        answer = exchange(self._transport, request)
        if answer.status != 200:
            raise error_of(answer, request)
        try:
            claims = parse_object(answer.body)
        except Malformed as why:
            raise NotOAuth("", f"userinfo cannot be read: {why.slug}") from None
        subject = self._subject()
        if subject is not None and claims.get("sub") != subject:
            raise NotOAuth("", "userinfo is of another person than the ID token")
        return claims

    def logout_url(self, post_logout_redirect_uri: str | None = None) -> str | None:
        """Where to send the browser to log out at the server too, None where the server has no such page.

        Spec: OIDC RP-Initiated Logout §2.
        """
        url = self.metadata.end_session_endpoint
        if url is None:
            return None
        token = self.record().token
        sent = {
            "client_id": self.client_id,
            "id_token_hint": token.id_token if token else None,
            "post_logout_redirect_uri": post_logout_redirect_uri,
        }
        return with_parameters(url, {name: text for name, text in sent.items() if text})

    # ---- inside ----

    def _checked(self, obtained: Obtained, pending: PendingLogin) -> Mapping[str, Any]:
        if "openid" not in self.scope:
            return {}
        if obtained.token.id_token is None:
            raise NotOAuth("", "the server gave no ID token, though `openid` was asked for")
        expected = Expected(
            self.metadata.issuer,
            self.client_id,
            self._algorithms(),
            nonce=pending.nonce,
            max_age=pending.max_age,
            access_token=obtained.token.access_token,
        )
        from satsuma_client.jose.issuer_keys import KeysUnavailable
        from satsuma_client.jose.signed import NotSigned

        try:
            now = self._clock().wall + self._person.skew
            return check_id_token(obtained.token.id_token, self._issuer_keys(), expected, now)
        except KeysUnavailable:
            raise NotOAuth("", "the server's keys cannot be had", fix="Try again later.") from None
        except NotSigned as why:
            raise NotOAuth(
                "", f"the ID token does not hold: {why.why}", fix="Begin the login again."
            ) from None

    def _algorithms(self) -> tuple[str, ...]:
        """By what the server signs, of what we verify; a secret's is none of it."""
        from satsuma_client.jose.signed import ALGORITHMS

        said = self.metadata.id_token_signing_alg_values_supported or _DEFAULT_ALGORITHMS
        return tuple(alg for alg in said if alg in ALGORITHMS)

    def _issuer_keys(self) -> Any:
        if self._keys is None:
            from satsuma_client.jose.issuer_keys import IssuerKeys

            url = known(self.metadata.jwks_uri, "jwks")
            self._keys = IssuerKeys(url, self._transport, self._clock)
        return self._keys

    def _keep(self, obtained: Obtained) -> None:
        """Put a login's tokens in the place of whatever was there."""
        self._slot.replace(obtained)
        try:
            self._rewrite(
                lambda record: self._person.given(replace(record, refresh_token=None), obtained)
            )
        except Exception as failure:  # the code is spent: this process at least has what it gave
            self._tell("cache_failed", why=type(failure).__name__)
            self._renewal.remember(self._person.given(Record(), obtained))

    def _subject(self) -> str | None:
        """The subject of the ID token that was checked when it came."""
        token = self.record().token
        if token is None or token.id_token is None:
            return None
        from satsuma_client.protocol.base64url import unb64

        sub = parse_object(unb64(token.id_token.split(".")[1].encode())).get("sub")
        return sub if isinstance(sub, str) else None


def _check_jwt() -> None:
    """Say before a login begins that its ID token could not be verified; raises ImportError."""
    try:
        import joserfc  # noqa: F401
    except ImportError:
        raise ImportError(
            "an ID token is verified by joserfc: pip install 'satsuma-client[jwt]'"
        ) from None


def _token_url(metadata: AuthorizationServerMetadata) -> str:
    if metadata.token_endpoint is None or metadata.authorization_endpoint is None:
        raise ValueError("the server has no authorization endpoint, or no token endpoint")
    check_url(metadata.authorization_endpoint)
    check_url(metadata.token_endpoint)
    return metadata.token_endpoint
