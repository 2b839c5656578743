"""Facts of a person's side to fill a store with; `n` tells one from another."""

from typing import Any

from satsuma.domain.accounts import AddLink, MailLink
from satsuma.domain.consents import Consent, PutConsent, PutSubject
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import AuthorizationCode, Grant, IssueCode
from satsuma.domain.sessions import Session, StartSession
from satsuma.domain.work import Enqueue, Work
from tests.store.facts import DAY, HOUR, MINUTE, NOW, client_id, foundation


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


def peopled() -> tuple[Effect, ...]:
    """A foundation, and one of everything on a person's side."""
    return (
        *foundation(),
        StartSession(session()),
        PutSubject("acc_1", "app_1", "sub_1_1", NOW),
        PutConsent(consent()),
        IssueCode(code(), grant()),
        AddLink(link()),
        Enqueue(work()),
    )
