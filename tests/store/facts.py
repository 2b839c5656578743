"""Facts to fill a store with; `n` tells one from another."""

from datetime import UTC, datetime, timedelta
from typing import Any

from satsuma.domain.accounts import Account, CreateAccount
from satsuma.domain.apis import Api, CreateApi, Limits, RequestPolicy, ScopeRule
from satsuma.domain.applications import AddSecret, Application, ClientSecret, CreateApplication
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey, Key
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.domain.subscriptions import Subscribe, Subscription

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


def foundation(n: int = 1) -> tuple[Effect, ...]:
    """An account with its space and one application."""
    return (
        CreateAccount(account(n)),
        CreateSpace(space(n)),
        CreateApplication(application(n, n)),
    )


def furnished() -> tuple[Effect, ...]:
    """One of everything."""
    return (
        *foundation(),
        AddSecret(secret()),
        CreateApi(api()),
        Subscribe(subscription()),
        AddKey(key()),
    )
