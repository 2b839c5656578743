"""What an authorization request needs before it may have a code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from satsuma.domain.applications import PkceDemand
from satsuma.domain.claims import to_allow
from satsuma.domain.consents import Consent
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.sessions import Session

Prompt = Literal["none", "login", "consent", "select_account"]
ResponseMode = Literal["query", "form_post"]
PROMPTS: Final = ("none", "login", "consent", "select_account")
RESPONSE_MODES: Final = ("query", "form_post")


ACR: Final = "1"
"""The one class of authentication that a login here has: by password."""


def why_unprotected(
    is_public: bool, pkce: PkceDemand, issuer_demands: bool, nonced: bool
) -> ErrorRow | None:
    """Say why a request without `code_challenge` is refused; None where it may come so.

    A public client always sends one. A confidential one may be allowed to rely on the nonce of OpenID Connect in its
    place: `nonced` says that the request has one, and asks for an ID token to carry it back. It may also be let off.

    Spec: RFC 9700 §2.1.1, §4.5.3.2; RFC 7636 §4.4.1.
    """
    if is_public or pkce == "required":
        return errors.PKCE_MISSING
    if not issuer_demands or pkce == "optional":
        return None
    if pkce == "or-nonce":
        return None if nonced else errors.PKCE_OR_NONCE_MISSING
    return errors.PKCE_MISSING


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """An authorization request of a known client, found well formed, to a redirect URI that it registered.

    `claims` is JSON of the claims that are named; `max_age` is seconds. `trial` is the session of an owner who tries
    the own application: it alone may answer, the redirect URI is a page of ours, and what is granted ends soon.

    Spec: RFC 6749 §4.1.1; OIDC Core §3.1.2.1.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    response_mode: ResponseMode
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[Prompt, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str | None = None
    id_token_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    claims: str | None = None
    code_challenge: str | None = None
    resource: str | None = None
    trial: str | None = None

    @property
    def to_allow(self) -> tuple[str, ...]:
        """What a person must allow: the scopes, and those that cover the claims named beside them."""
        return to_allow(self.scope, self.claims)


@dataclass(frozen=True, slots=True)
class ShowLogin:
    """The person must log in; `again` says that a session exists but is not enough."""

    again: bool


@dataclass(frozen=True, slots=True)
class ShowConsent:
    """The person must be asked for `scopes`, of which `new` were not allowed before."""

    scopes: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IssueCodeFor:
    """A code may be issued for `scopes` in the present session."""

    scopes: tuple[str, ...]


Decision = ShowLogin | ShowConsent | IssueCodeFor | Refusal


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when an authorization request is decided.

    `hinted_account` is the account that `id_token_hint` names, or a `sub` that the claims demand: None where neither is
    given, empty where they name nobody, or not the same. A login after `login_after` and what was `consented` belong to
    this very request; `remembers` says whether consent of this client may be remembered.
    """

    session: Session | None
    consent: Consent | None
    remembers: bool
    hinted_account: str | None = None
    login_after: datetime | None = None
    consented: tuple[str, ...] | None = None


def decide(request: CheckedRequest, situation: Situation, now: datetime) -> Decision:
    """Say what an authorization request needs next: a login, a consent, a code, or an error.

    `prompt=login` and `max_age` are met by a login that happened after this request came in; `offline_access` always
    asks, because it outlives the person's presence. A hint that names nobody would lead to login for ever: it is an
    error.

    Spec: OIDC Core §3.1.2.1, §3.1.2.3, §3.1.2.4, §11.
    """
    silent = "none" in request.prompt
    if situation.hinted_account == "":
        return Refusal(errors.LOGIN_REQUIRED if silent else errors.HINT_UNKNOWN)
    session = situation.session
    if session is None:
        return Refusal(errors.LOGIN_REQUIRED) if silent else ShowLogin(again=False)
    if _needs_login(request, situation, session, now):
        return Refusal(errors.LOGIN_REQUIRED) if silent else ShowLogin(again=True)
    needed = _needed_consent(request, situation)
    if needed is None:
        return IssueCodeFor(request.scope)
    return Refusal(errors.CONSENT_REQUIRED) if silent else needed


def _needs_login(
    request: CheckedRequest, situation: Situation, session: Session, now: datetime
) -> bool:
    if situation.hinted_account not in (None, session.account_id):
        return True
    fresh_from = situation.login_after
    is_new = fresh_from is not None and session.authenticated_at >= fresh_from
    if not is_new and not {"login", "select_account"}.isdisjoint(request.prompt):
        return True
    if request.max_age is None:
        return False
    allowed = timedelta(seconds=request.max_age)
    return now - session.authenticated_at > allowed and not is_new


def _needed_consent(request: CheckedRequest, situation: Situation) -> ShowConsent | None:
    asked = request.to_allow
    if situation.consented is not None and set(asked) <= set(situation.consented):
        return None
    remembered: set[str] = set()
    if situation.consent is not None and situation.remembers:
        remembered = set(situation.consent.scope.split())
    new = tuple(scope for scope in asked if scope not in remembered)
    if new or "consent" in request.prompt or "offline_access" in request.scope:
        return ShowConsent(asked, new)
    return None
