"""A person without a browser: the authorization endpoint, the code and its exchange are real; no page is shown."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

from satsuma.accounts.sessions import Sessions
from satsuma.app.platform import Platform, code_digests, sealed_requests
from satsuma.domain.errors.authorization import ACCESS_DENIED
from satsuma.domain.redirect_uris import may_remember
from satsuma.domain.sessions import Session
from satsuma.front.asgi import App
from satsuma.management.accounts import find_account
from satsuma.oauth.code_issuance import CodeIssuer, Consenting
from satsuma.oauth.sealed_request import open_request
from satsuma.replica.clients import ClientRecord
from satsuma.testing.inside import Told, ask
from satsuma.testing.values import Application, Issuer, Refused, Tokens, User
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.messages.authorization_response import AuthorizationErrorResponse


class People:
    """Who logs in to a platform and allows what an application asks for, or not."""

    def __init__(self, platform: Platform, app: App) -> None:
        """Ask `app`, which is the platform's own, past everything that a test puts before it."""
        self._platform = platform
        self._app = app
        now, vault = platform.clock.now, platform.vault
        self._sealed = sealed_requests(vault)
        self._sessions = Sessions(platform.store, vault, now)
        self._issuing = CodeIssuer(platform.store, code_digests(vault), now, vault.draw)

    async def authorize(self, url: str, user: User, allow: bool) -> str:
        """Follow an authorization URL to where the browser ends; raises Refused where it ends on a page of ours."""
        told = await ask(self._app, "GET", url)
        if not told.location:
            raise Refused("The authorization request was refused on a page", told.status, told.text)
        if not told.location.startswith(f"{self._platform.settings.pages_url}/interaction"):
            return told.location
        sealed = parse_qs(urlsplit(told.location).query)["r"][0]
        opened = open_request(self._sealed, sealed, self._platform.clock.now())
        assert opened is not None  # noqa: S101 - it was sealed a moment ago
        request = opened.request
        shared = {each.issuer.policy.name: each for each in self._platform.issuers}[request.issuer]
        if not allow:
            denied = AuthorizationErrorResponse(
                ACCESS_DENIED.error,
                ACCESS_DENIED.says,
                state=request.state,
                iss=shared.issuer.url,
            )
            return denied.location(request.redirect_uri)
        client = await self._client(request.client_id)
        remembers = may_remember(client.public, request.redirect_uri)
        consent: Consenting = "remember" if remembers else "once"
        session = await self._log_in(user)
        issued = await self._issuing.issue(shared.issuer, request, client, session, consent)
        return issued.location(request.redirect_uri)

    async def log_in_as(
        self,
        user: User,
        application: Application,
        issuer: Issuer,
        redirect_uri: str,
        scope: str,
        more: dict[str, str],
    ) -> Tokens:
        """Get tokens for a person; raises Refused with what the platform said."""
        verifier = b64(self._platform.vault.draw(32)).decode()
        challenge = b64(hashlib.sha256(verifier.encode()).digest()).decode()
        asked = {
            "response_type": "code",
            "client_id": application.client_id,
            "redirect_uri": redirect_uri,
            "scope": scope,
            "state": b64(self._platform.vault.draw(12)).decode(),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        ended = await self.authorize(f"{issuer.authorize_url}?{urlencode(asked)}", user, True)
        answer = {name: values[0] for name, values in parse_qs(urlsplit(ended).query).items()}
        if "code" not in answer:
            told = f"{answer.get('error')}: {answer.get('error_description')}"
            raise Refused("The authorization request was refused", 302, told)
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        return tokens_of(await self.ask_token(application, issuer, form))

    async def ask_token(
        self, application: Application, issuer: Issuer, form: dict[str, str]
    ) -> Told:
        """Ask the token endpoint as the application; a public one says who it is."""
        if not application.authorization_header:
            form = {**form, "client_id": application.client_id}
        header = application.authorization_header
        return await ask(self._app, "POST", issuer.token_url, form, header)

    async def _log_in(self, user: User) -> Session:
        account, _ = await find_account(self._platform.management("testing"), user.email)
        cookie = await self._sessions.start(account, "pwd", "satsuma.testing", "127.0.0.1", None)
        session = await self._sessions.find(cookie)
        assert session is not None  # noqa: S101 - it has just begun
        return session

    async def _client(self, client_id: str) -> ClientRecord:
        client = await self._platform.look_up(client_id)
        assert client is not None  # noqa: S101 - its request was taken a moment ago
        return client


def tokens_of(told: Told) -> Tokens:
    """Read the answer of a token endpoint; raises Refused."""
    if told.status != 200:
        raise Refused("The token request was refused", told.status, told.text)
    return Tokens.of(told.json)
