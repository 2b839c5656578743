"""What an authorization request needs next: a login, a consent, a code, or an error."""

from datetime import timedelta
from typing import Any

import pytest

from satsuma.domain.authorization import (
    Decision,
    IssueCodeFor,
    ShowConsent,
    ShowLogin,
    decide,
)
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal
from tests.domain.facts import (
    NOW,
    SCOPE,
    SECOND,
    TICK,
    a_consent,
    a_request,
    a_session,
    a_situation,
)

Facts = dict[str, Any]

CODE = IssueCodeFor(SCOPE)
LOGIN, LOGIN_AGAIN = ShowLogin(again=False), ShowLogin(again=True)
LOGIN_REQUIRED, CONSENT_REQUIRED = (
    Refusal(errors.LOGIN_REQUIRED),
    Refusal(errors.CONSENT_REQUIRED),
)
ALL_NEW, NOTHING_NEW = ShowConsent(SCOPE, SCOPE), ShowConsent(SCOPE, ())
OFFLINE = ("openid", "offline_access")

AT_LOGIN = NOW - timedelta(hours=1)
SINCE, BEFORE = {"login_after": AT_LOGIN}, {"login_after": AT_LOGIN + TICK}
NOBODY = {"hinted_account": ""}
HINT_UNKNOWN = Refusal(errors.HINT_UNKNOWN)
STRANGE = {"hinted_account": "acc_2"}
ASK_LOGIN, ASK_ACCOUNT = {"prompt": ("login",)}, {"prompt": ("select_account",)}
ASK_CONSENT, SILENT = {"prompt": ("consent",)}, {"prompt": ("none",)}
TOO_OLD = {"max_age": 3599}
UNKNOWN: Facts = {"consent": None}
OUT: Facts = {"session": None}

# name, the request, the situation, what is decided
ROWS: list[tuple[str, Facts, Facts, Decision]] = [
    ("all is well", {}, {}, CODE),
    ("all is well, in silence", SILENT, {}, CODE),
    ("logged out", {}, OUT, LOGIN),
    ("logged out, in silence", SILENT, OUT, LOGIN_REQUIRED),
    ("the hint names another", {}, STRANGE, LOGIN_AGAIN),
    ("the hint names another, in silence", SILENT, STRANGE, LOGIN_REQUIRED),
    ("the hint names another, after a login", {}, STRANGE | SINCE, LOGIN_AGAIN),
    ("the hint names nobody", {}, NOBODY, HINT_UNKNOWN),
    ("the hint names nobody, in silence", SILENT, NOBODY, LOGIN_REQUIRED),
    ("the hint names nobody, logged out", {}, NOBODY | OUT, HINT_UNKNOWN),
    ("the hint names this one", {}, {"hinted_account": "acc_1"}, CODE),
    ("prompt=login", ASK_LOGIN, {}, LOGIN_AGAIN),
    ("prompt=login, last login before", ASK_LOGIN, BEFORE, LOGIN_AGAIN),
    ("prompt=login, met", ASK_LOGIN, SINCE, CODE),
    ("prompt=select_account", ASK_ACCOUNT, {}, LOGIN_AGAIN),
    ("prompt=select_account, last login before", ASK_ACCOUNT, BEFORE, LOGIN_AGAIN),
    ("prompt=select_account, met", ASK_ACCOUNT, SINCE, CODE),
    ("no prompt, last login before", {}, BEFORE, CODE),
    ("max_age, at its end", {"max_age": 3600}, {}, CODE),
    ("max_age, passed", TOO_OLD, {}, LOGIN_AGAIN),
    ("max_age, passed, in silence", TOO_OLD | SILENT, {}, LOGIN_REQUIRED),
    ("max_age, passed, last login before", TOO_OLD, BEFORE, LOGIN_AGAIN),
    ("max_age, passed, met", TOO_OLD, SINCE, CODE),
    ("max_age=0", {"max_age": 0}, {}, LOGIN_AGAIN),
    ("prompt=login and max_age, met", ASK_LOGIN | TOO_OLD, SINCE, CODE),
    ("never allowed", {}, UNKNOWN, ALL_NEW),
    ("never allowed, in silence", SILENT, UNKNOWN, CONSENT_REQUIRED),
    ("allowed in part", {}, {"consent": a_consent("openid")}, ShowConsent(SCOPE, ("poi:read",))),
    ("allowed more", {}, {"consent": a_consent("email", *SCOPE)}, CODE),
    ("not to be remembered", {}, {"remembers": False}, ALL_NEW),
    ("not to be remembered, in silence", SILENT, {"remembers": False}, CONSENT_REQUIRED),
    ("prompt=consent", ASK_CONSENT, {}, NOTHING_NEW),
    (
        "offline access always asks",
        {"scope": OFFLINE},
        {"consent": a_consent(*OFFLINE)},
        ShowConsent(OFFLINE, ()),
    ),
    (
        "offline access, in silence",
        {"scope": OFFLINE} | SILENT,
        {"consent": a_consent(*OFFLINE)},
        CONSENT_REQUIRED,
    ),
    ("just allowed", {}, UNKNOWN | {"consented": SCOPE}, CODE),
    ("just allowed, prompt=consent", ASK_CONSENT, {"consented": SCOPE}, CODE),
    ("just allowed, not to be remembered", {}, {"consented": SCOPE, "remembers": False}, CODE),
    (
        "just allowed, offline",
        {"scope": OFFLINE},
        {"consented": OFFLINE},
        IssueCodeFor(OFFLINE),
    ),
    ("just allowed in part", {}, UNKNOWN | {"consented": ("openid",)}, ALL_NEW),
    ("just allowed nothing", {}, UNKNOWN | {"consented": ()}, ALL_NEW),
    # Two things at once: who it is comes before what is allowed.
    ("logged out, never allowed", {}, OUT | UNKNOWN, LOGIN),
    ("logged out, never allowed, in silence", SILENT, OUT | UNKNOWN, LOGIN_REQUIRED),
    ("logged out, prompt=login", ASK_LOGIN, OUT, LOGIN),
    ("too old, never allowed", TOO_OLD, UNKNOWN, LOGIN_AGAIN),
    ("too old, never allowed, in silence", TOO_OLD | SILENT, UNKNOWN, LOGIN_REQUIRED),
    ("prompt=login consent", {"prompt": ("login", "consent")}, {}, LOGIN_AGAIN),
    ("prompt=login consent, logged in", {"prompt": ("login", "consent")}, SINCE, NOTHING_NEW),
    ("another hinted, allowed just now", {}, STRANGE | {"consented": SCOPE}, LOGIN_AGAIN),
]


@pytest.mark.parametrize(
    ("asked", "known", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_what_is_needed_next(asked: Facts, known: Facts, expected: Decision) -> None:
    assert decide(a_request(**asked), a_situation(**known), NOW) == expected


def test_a_login_long_ago_is_good_where_no_age_is_asked_for() -> None:
    session = a_session(authenticated_at=NOW - timedelta(days=29))
    assert decide(a_request(), a_situation(session=session), NOW) == CODE


def test_max_age_counts_from_the_last_login_to_the_tick() -> None:
    session = a_session(authenticated_at=NOW - 60 * SECOND - TICK)
    known = a_situation(session=session)
    assert decide(a_request(max_age=60), known, NOW) == LOGIN_AGAIN
    assert decide(a_request(max_age=61), known, NOW) == CODE
