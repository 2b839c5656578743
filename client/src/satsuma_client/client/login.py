"""A login as the client sees it: the request that begins it, and what must match when the browser comes back."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from satsuma_client.http.clock import nonce
from satsuma_client.http.errors import AccessDenied, OAuthError, class_for
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.authorization import AuthorizationRequest
from satsuma_client.protocol.messages.authorization_response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    parse_authorization_response,
)
from satsuma_client.protocol.pkce import challenge_of
from satsuma_client.protocol.secret import Secret

LIFE: Final = 600.0
"""Seconds in which a login is to be finished."""
_MOST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """What is kept between sending a browser away and its coming back; for the browser that began it alone."""

    state: str
    nonce: str
    code_verifier: str = field(repr=False)
    redirect_uri: str
    began: float
    next_url: str = "/"
    max_age: int | None = None

    @classmethod
    def begin(cls, redirect_uri: str, now: float, **more: Any) -> PendingLogin:
        """Draw what nobody guesses."""
        return cls(nonce(24), nonce(24), nonce(48), redirect_uri, now, **more)

    @classmethod
    def parse(cls, text: str) -> PendingLogin | None:
        """Read what was kept, None for what is none."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError):
            return None

    def render(self) -> str:
        """Write it, for a place that the browser cannot change and others cannot read."""
        return json.dumps(asdict(self))

    def request(
        self,
        client_id: str,
        scope: tuple[str, ...],
        resource: tuple[str, ...],
        parameters: Mapping[str, Any],
    ) -> AuthorizationRequest:
        """The authorization request.

        Spec: RFC 6749 §4.1.1; RFC 7636 §4.3; OIDC Core §3.1.2.1.
        """
        return AuthorizationRequest(
            client_id=client_id,
            redirect_uri=self.redirect_uri,
            scope=scope or None,
            state=self.state,
            nonce=self.nonce if "openid" in scope else None,
            code_challenge=challenge_of(self.code_verifier),
            resource=resource,
            max_age=self.max_age,
            **parameters,
        )

    def code(self, query: str, issuer: str | None, says_issuer: bool, now: float) -> Secret:
        """The code that the browser brought, if it answers this login; raises OAuthError.

        Where the issuer is known and says that it names itself, an answer that does not is another server's.

        Spec: RFC 6749 §4.1.2, §4.1.2.1, §10.12; RFC 9207 §2.4.
        """
        answer = read_answer(query)
        if not hmac.compare_digest((answer.state or "").encode(), self.state.encode()):
            raise WrongState()
        if now - self.began > LIFE:
            raise LoginExpired()
        if issuer is not None and (says_issuer or answer.iss is not None) and answer.iss != issuer:
            raise WrongIssuer()
        if isinstance(answer, AuthorizationErrorResponse):
            kind = class_for(answer.error, None, None)
            raise kind(answer.error, answer.error_description, doc_url=answer.error_uri)
        return answer.code


class LoginFailed(OAuthError):
    """A login that came to no end, for a reason that is not the server's."""


class WrongState(LoginFailed):
    """The answer belongs to another login, or to none."""

    advice = (
        "The browser brought an answer to another login than the one begun here:"
        " an old tab, a lost cookie, or someone who slips in an answer of his own."
    )
    remedy = "Begin the login again, in one tab."


class LoginExpired(LoginFailed):
    """The browser came back too late."""

    advice = "The login was begun more than ten minutes ago."
    remedy = "Begin it again."


class WrongIssuer(LoginFailed):
    """The answer is another server's."""

    advice = "The answer names another server than the one that was asked, or names none."
    remedy = "Begin the login again; if it happens again, somebody mixes up two servers."


class NotALoginAnswer(LoginFailed):
    """What the browser brought is no answer of an authorization server."""

    advice = "The address has no code and no error, or one of them twice."
    remedy = "Copy the whole address of the page at which the login ended."


def read_answer(query: str) -> AuthorizationResponse | AuthorizationErrorResponse:
    """Read the answer from a query, or from a whole URL that a person pasted; raises NotALoginAnswer."""
    text = query.strip()
    if "://" in text:
        text = urlsplit(text).query
    try:
        return parse_authorization_response(text.lstrip("?")[:_MOST].encode())
    except Malformed:
        raise NotALoginAnswer() from None


def is_denied(error: OAuthError) -> bool:
    """Say whether the person said no."""
    return isinstance(error, AccessDenied)
