"""Facts to fill a store with; `n` tells one from another."""

from datetime import UTC, datetime, timedelta
from typing import Any

from satsuma.domain.accounts import Account, AddLink, CreateAccount, MailLink
from satsuma.domain.apis import Api, ApiDocument, CreateApi, RequestPolicy, ScopeRule
from satsuma.domain.applications import AddSecret, Application, ClientSecret, CreateApplication
from satsuma.domain.consents import Consent, PutConsent, PutSubject
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import AuthorizationCode, Grant, IssueCode
from satsuma.domain.keys import AddKey, Key
from satsuma.domain.limits import MONTH, Limits
from satsuma.domain.plans import Plan
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.sessions import Session, StartSession
from satsuma.domain.spaces import CreateSpace, Invitation, Invite, Space
from satsuma.domain.subscriptions import Subscribe, Subscription
from satsuma.domain.work import Enqueue, Work

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)


def account(n: int = 1, **changes: Any) -> Account:
    given = {
        "account_id": f"acc_{n}",
        "email": f"person{n}@example.org",
        "role": "developer",
        "locale": "fr",
    }
    return Account(**{**given, "created_at": NOW, **changes})


def space(n: int = 1, **changes: Any) -> Space:
    return Space(**{"space_id": f"spc_{n}", "owner_id": f"acc_{n}", "created_at": NOW, **changes})


def invitation(n: Any = 1, space: Any = 1, **changes: Any) -> Invitation:
    given = {
        "invitation_id": f"inv_{n}",
        "digest": digest(n),
        "space_id": f"spc_{space}",
        "email": "person2@example.org",
        "role": "developer",
        "invited_by": f"acc_{space}",
        "created_at": NOW,
        "expires_at": NOW + 7 * DAY,
    }
    return Invitation(**{**given, **changes})


def application(n: int = 1, space: int = 1, **changes: Any) -> Application:
    given = {
        "application_id": f"app_{n}",
        "space_id": f"spc_{space}",
        "name": f"Boutique n° {n}",
        "client_id": client_id(n),
        "state": "active",
        "generation": 1,
        "public": False,
        "redirect_uris": ("https://client.example/cb", "http://127.0.0.1/cb"),
        "web_origins": ("https://client.example",),
        "created_at": NOW,
        "id_token_signed_response_alg": "ES256",
    }
    return Application(**{**given, **changes})


def client_id(n: int = 1) -> str:
    return f"{n:032d}"


def secret(n: int = 1, application: int = 1, **changes: Any) -> ClientSecret:
    given = {
        "secret_id": f"sec_{n}",
        "application_id": f"app_{application}",
        "digest": b"\x00\xff" + str(n).encode(),
        "ciphertext": b"sealed\x00" + str(n).encode(),
        "created_at": NOW,
    }
    return ClientSecret(**{**given, **changes})


def api(n: int = 1, **changes: Any) -> Api:
    given = {
        "api_id": f"api_{n}",
        "name": f"shops-{n}",
        "version": 1,
        "title": "Points d’intérêt",
        "life_cycle": "live",
        "issuers": ("orange-m2m", "standard"),
        "upstream": "http://127.0.0.1:9000/poi",
        "scopes": (ScopeRule("poi:read", ("GET", "HEAD"), "/shops"), ScopeRule("poi:all")),
        "resource_id": f"res_{n}",
        "resource_secret_digest": b"\x80digest",
        "created_at": NOW,
        "policy": RequestPolicy(
            methods=("GET",),
            query=(("postalCode", r"\d{5}", True),),
            body_required=True,
            max_body=7,
        ),
        "limits": Limits(spike_per_second=5, quotas=((1000, 3600), (9000, 86400)), concurrency=3),
        "timeout": 12,
        "forward_authorization": True,
        "scope_texts": (("poi:read", "", "See “places”"), ("poi:read", "fr", "Voir des lieux")),
    }
    return Api(**{**given, **changes})


def api_document(n: int = 1, **changes: Any) -> ApiDocument:
    return ApiDocument(
        **{"api_id": f"api_{n}", "digest": f"digest-{n}", "packed": b"\0", **changes}
    )


def plan(n: int = 1, **changes: Any) -> Plan:
    given = {
        "plan_id": f"pln_{n}",
        "name": f"plan-{n}",
        "title": "Découverte",
        "limits": Limits(5, ((600, 60), (2500, MONTH)), 3),
        "needs_approval": True,
        "created_at": NOW,
    }
    return Plan(**{**given, **changes})


def subscription(application: int = 1, api: int = 1, **changes: Any) -> Subscription:
    given = {"application_id": f"app_{application}", "api_id": f"api_{api}", "state": "approved"}
    return Subscription(**{**given, "created_at": NOW, **changes})


def key(n: int = 1, **changes: Any) -> Key:
    given = {
        "kid": f"key_{n}",
        "purpose": "sign",
        "alg": "EdDSA",
        "public": '{"kty":"OKP"}',
        "private": b"wrapped\x00\x01",
        "announced_at": NOW,
        "active_at": NOW + MINUTE,
        "retires_at": None,
        "gone_at": None,
    }
    return Key(**{**given, **changes})


def logged(n: int = 1, **changes: Any) -> LoggedRequest:
    given = {
        "request_id": f"req_{n}",
        "supplied_id": None,
        "at": NOW,
        "endpoint": "/oauth/v3/token",
        "status": 401,
        "slug": "client-unknown",
        "client_id": client_id(n),
        "source": "192.0.2.1",
        "detail": '{"class":"no Basic"}',
    }
    return LoggedRequest(**{**given, **changes})


def digest(n: Any = 1) -> bytes:
    return b"\x00\xff" + str(n).encode()


def session(n: Any = 1, account: Any = 1, **changes: Any) -> Session:
    given = {
        "digest": digest(n),
        "sid": f"sid_{n}",
        "account_id": f"acc_{account}",
        "created_at": NOW,
        "authenticated_at": NOW,
        "seen_at": NOW,
        "amr": "pwd otp",
        "user_agent": "Mozilla/5.0 (é)",
        "source": "192.0.2.1",
    }
    return Session(**{**given, **changes})


def code(n: Any = 1, grant: Any = None, **changes: Any) -> AuthorizationCode:
    given = {
        "digest": digest(n),
        "grant_id": f"grt_{n if grant is None else grant}",
        "client_id": client_id(),
        "issuer": "standard",
        "redirect_uri": "https://client.example/cb",
        "scope": "openid poi:read",
        "resource": None,
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "context": '{"nonce":"n-0S6_WzA2Mj"}',
        "expires_at": NOW + MINUTE,
    }
    return AuthorizationCode(**{**given, **changes})


def grant(n: Any = 1, account: Any = 1, application: Any = 1, **changes: Any) -> Grant:
    given = {
        "grant_id": f"grt_{n}",
        "application_id": f"app_{application}",
        "client_id": client_id(application) if isinstance(application, int) else "",
        "account_id": f"acc_{account}",
        "sub": f"sub_{account}_{application}",
        "issuer": "standard",
        "scope": "openid poi:read",
        "context": '{"acr":"1"}',
        "created_at": NOW,
        "used_at": NOW,
        "generation": 0,
        "expires_at": None,
        "ends_at": None,
    }
    return Grant(**{**given, **changes})


def refreshing(n: Any = 1, account: Any = 1, **changes: Any) -> Grant:
    """A grant with its first refresh token."""
    given = {"generation": 1, "expires_at": NOW + 30 * DAY, "ends_at": NOW + 180 * DAY}
    return grant(n, account, **{**given, **changes})


def consent(account: Any = 1, application: Any = 1, **changes: Any) -> Consent:
    given = {
        "account_id": f"acc_{account}",
        "application_id": f"app_{application}",
        "issuer": "standard",
        "scope": "openid",
        "at": NOW,
    }
    return Consent(**{**given, **changes})


def link(n: Any = 1, account: Any = 1, **changes: Any) -> MailLink:
    given = {
        "digest": digest(n),
        "purpose": "reset",
        "account_id": f"acc_{account}",
        "email": f"person{account}@example.org",
        "expires_at": NOW + HOUR,
    }
    return MailLink(**{**given, **changes})


def work(n: Any = 1, **changes: Any) -> Work:
    given = {"work_id": f"wrk_{n}", "kind": "mail", "payload": b"sealed\x00", "due_at": NOW}
    return Work(**{**given, **changes})


def foundation(n: int = 1) -> tuple[Effect, ...]:
    """An account with its space and one application."""
    return (
        CreateAccount(account(n)),
        CreateSpace(space(n)),
        CreateApplication(application(n, n)),
    )


def furnished() -> tuple[Effect, ...]:
    """A foundation, and one of everything else that operators and owners make."""
    return (
        *foundation(),
        Invite(invitation()),
        AddSecret(secret()),
        CreateApi(api()),
        Subscribe(subscription()),
        AddKey(key()),
    )


def peopled() -> tuple[Effect, ...]:
    """A foundation, and one of everything that accounts have."""
    return (
        *foundation(),
        StartSession(session()),
        PutSubject("acc_1", "app_1", "sub_1_1", NOW),
        PutConsent(consent()),
        IssueCode(code(), grant()),
        AddLink(link()),
        Enqueue(work()),
    )
