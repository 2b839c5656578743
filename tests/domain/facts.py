"""One good case of everything that the rules judge; a row of a table changes one thing of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from satsuma.domain.apis import Api, ScopeRule
from satsuma.domain.authorization import CheckedRequest, Situation
from satsuma.domain.consents import Consent
from satsuma.domain.grants.authorization_code import Redemption
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.grants.refresh_token import Presented
from satsuma.domain.sessions import Session

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

CLIENT, STRANGER = "C" * 32, "S" * 32
REDIRECT = "https://client.example/callback"
RESOURCE = "https://api.example/poi/v1"
DIGEST = b"d" * 32
GRANT_ID = "grt_1"
SCOPE = ("openid", "poi:read")


def a_grant(**changes: Any) -> Grant:
    """A grant whose refresh token is in its third generation."""
    good: dict[str, Any] = {
        "grant_id": GRANT_ID,
        "application_id": "app_1",
        "client_id": CLIENT,
        "account_id": "acc_1",
        "sub": "sub_1",
        "issuer": "standard",
        "scope": " ".join(SCOPE),
        "context": "{}",
        "created_at": NOW - 9 * DAY,
        "used_at": NOW - DAY,
        "generation": 3,
        "expires_at": NOW + 29 * DAY,
        "ends_at": NOW + 171 * DAY,
        "answer": b"sealed answer",
        "answer_until": NOW + SECOND,
    }
    return Grant(**good | changes)


def a_code(**changes: Any) -> AuthorizationCode:
    good: dict[str, Any] = {
        "digest": DIGEST,
        "grant_id": GRANT_ID,
        "client_id": CLIENT,
        "issuer": "standard",
        "redirect_uri": REDIRECT,
        "scope": " ".join(SCOPE),
        "resource": RESOURCE,
        "code_challenge": CHALLENGE,
        "context": "{}",
        "expires_at": NOW + 30 * SECOND,
    }
    return AuthorizationCode(**good | changes)


def a_redemption(**changes: Any) -> Redemption:
    good: dict[str, Any] = {
        "client_id": CLIENT,
        "issuer": "standard",
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "redirect_uris": (REDIRECT,),
        "native": False,
    }
    return Redemption(**good | changes)


def a_refresh(**changes: Any) -> Presented:
    good: dict[str, Any] = {
        "client_id": CLIENT,
        "issuer": "standard",
        "grant_id": GRANT_ID,
        "generation": 3,
        "scope": None,
    }
    return Presented(**good | changes)


def a_request(**changes: Any) -> CheckedRequest:
    good: dict[str, Any] = {
        "issuer": "standard",
        "client_id": CLIENT,
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "response_mode": "query",
    }
    return CheckedRequest(**good | changes)


def a_session(**changes: Any) -> Session:
    """A session whose owner logged in an hour ago."""
    at = NOW - timedelta(hours=1)
    good: dict[str, Any] = {
        "digest": b"s" * 32,
        "sid": "ses_1",
        "account_id": "acc_1",
        "created_at": at,
        "authenticated_at": at,
        "seen_at": NOW,
        "amr": "pwd",
        "user_agent": "",
        "source": "192.0.2.1",
    }
    return Session(**good | changes)


def a_consent(*scopes: str) -> Consent:
    return Consent("acc_1", "app_1", "standard", " ".join(scopes), NOW - DAY)


def a_situation(**changes: Any) -> Situation:
    good: dict[str, Any] = {
        "session": a_session(),
        "consent": a_consent(*SCOPE),
        "remembers": True,
    }
    return Situation(**good | changes)


def an_api(**changes: Any) -> Api:
    good: dict[str, Any] = {
        "api_id": "api_1",
        "name": "poi",
        "version": 1,
        "title": "Points of interest",
        "life_cycle": "live",
        "issuers": ("standard",),
        "upstream": "http://127.0.0.1:9",
        "scopes": (ScopeRule("poi:read"), ScopeRule("poi:write")),
        "resource_id": "R" * 32,
        "resource_secret_digest": b"r" * 32,
        "created_at": NOW - DAY,
    }
    return Api(**good | changes)
