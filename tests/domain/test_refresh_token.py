"""Whether a refresh token is good: facts, the slug of the answer, and what is committed with it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.grants.grant import RevokeGrant, StartRefreshing
from satsuma.domain.grants.refresh_token import (
    ABSOLUTE,
    ASK_AGAIN,
    AnswerAgain,
    Refresh,
    Rotate,
    decide,
    is_live,
    reused,
    start,
)
from satsuma.domain.issuers import ORANGE_U2M, STANDARD, IssuerPolicy
from tests.domain.facts import DAY, GRANT_ID, NOW, SCOPE, SECOND, STRANGER, TICK, a_grant, a_refresh

Said = tuple[Any, ...]
Facts = dict[str, Any]

IN_THIRTY_DAYS = NOW + timedelta(days=30)
AGAIN: Said = ("answered again", b"sealed answer")
FAMILY_ENDED: Said = ("refresh-reused", (RevokeGrant(GRANT_ID, NOW, "refresh-reused"),))


def rotated(scope: tuple[str, ...] = SCOPE, ends: datetime = IN_THIRTY_DAYS) -> Said:
    return "rotated", scope, ends


def refreshed(scope: tuple[str, ...] = SCOPE, ends: datetime = IN_THIRTY_DAYS) -> Said:
    return "refreshed", scope, ends


def refused(slug: str) -> Said:
    return slug, ()


def said(presented: Facts, grant: Facts | None, rotates: bool = True) -> Said:
    known = None if grant is None else a_grant(**grant)
    decision = decide(a_refresh(**presented), known, rotates, NOW)
    match decision:
        case Refusal():
            return told(decision)
        case AnswerAgain(answer):
            return "answered again", answer
        case Rotate(scope, ends):
            return "rotated", scope, ends
        case Refresh(scope, ends):
            return "refreshed", scope, ends


def told(refusal: Refusal) -> Said:
    return refusal.row.slug, refusal.effects


BEFORE = {"generation": 2}
# The third was lost, and the fourth was given in its place for the second.
REPLACED: Facts = {"generation": 4, "predecessor": 2}
ONE_THING: list[tuple[str, Facts, Facts | None, Said]] = [
    ("good", {}, {}, rotated()),
    ("no grant", {}, None, refused("refresh-unknown")),
    ("a grant that gave no refresh token", {}, {"generation": 0}, refused("refresh-unknown")),
    ("another client", {"client_id": STRANGER}, {}, refused("refresh-of-other-client")),
    ("another issuer", {"issuer": "orange-u2m"}, {}, refused("refresh-of-other-client")),
    ("a revoked grant", {}, {"revoked_at": NOW - SECOND}, refused("refresh-revoked")),
    ("a blocked account", {}, {"blocked": True}, refused("refresh-of-blocked-account")),
    ("refreshing never began", {}, {"expires_at": None}, refused("refresh-expired")),
    ("expired at this instant", {}, {"expires_at": NOW}, refused("refresh-expired")),
    ("its last instant", {}, {"expires_at": NOW + TICK}, rotated()),
    ("a part of the scope", {"scope": ("poi:read",)}, {}, rotated(("poi:read",))),
    (
        "the scope in another order",
        {"scope": ("poi:read", "openid")},
        {},
        rotated(("poi:read", "openid")),
    ),
    ("a wider scope", {"scope": (*SCOPE, "email")}, {}, refused("scope-wider")),
    ("another scope", {"scope": ("email",)}, {}, refused("scope-wider")),
    ("near its absolute end", {}, {"ends_at": NOW + DAY}, rotated(ends=NOW + DAY)),
    ("without an absolute end", {}, {"ends_at": None}, rotated()),
    ("the predecessor, its answer lost", BEFORE, {}, AGAIN),
    ("the predecessor at the last instant", BEFORE, {"answer_until": NOW}, AGAIN),
    ("the predecessor, its answer gone", BEFORE, {"answer_until": NOW - TICK}, rotated()),
    ("the predecessor, no answer kept", BEFORE, {"answer": None}, rotated()),
    ("the predecessor, no time set", BEFORE, {"answer_until": None}, rotated()),
    ("the successor that was lost turns up", {}, REPLACED, FAMILY_ENDED),
    ("the predecessor of one that was replaced", BEFORE, REPLACED, AGAIN),
    ("the same, its answer gone", BEFORE, REPLACED | {"answer": None}, rotated()),
    ("before the predecessor of one that was replaced", {"generation": 1}, REPLACED, FAMILY_ENDED),
    ("an earlier one", {"generation": 1}, {}, FAMILY_ENDED),
    ("one that was never given", {"generation": 4}, {}, FAMILY_ENDED),
]


@pytest.mark.parametrize(
    ("presented", "grant", "expected"),
    [row[1:] for row in ONE_THING],
    ids=[row[0] for row in ONE_THING],
)
def test_one_thing_decides(presented: Facts, grant: Facts | None, expected: Said) -> None:
    assert said(presented, grant) == expected


@pytest.mark.parametrize(
    ("presented", "grant", "expected"),
    [
        ({}, {}, refreshed()),
        ({"scope": ("openid",)}, {"ends_at": NOW + DAY}, refreshed(("openid",), NOW + DAY)),
        (BEFORE, {}, AGAIN),
        ({"generation": 1}, {}, FAMILY_ENDED),
    ],
)
def test_a_client_that_keeps_its_token(presented: Facts, grant: Facts, expected: Said) -> None:
    assert said(presented, grant, rotates=False) == expected


# Each of these is wrong alone as its slug says; the earlier wins over every later one.
ORDER: list[tuple[str, Facts, Facts]] = [
    ("refresh-unknown", {}, {"generation": 0}),
    ("refresh-of-other-client", {"client_id": STRANGER}, {}),
    ("refresh-revoked", {}, {"revoked_at": NOW - SECOND}),
    ("refresh-of-blocked-account", {}, {"blocked": True}),
    ("refresh-expired", {}, {"expires_at": NOW}),
    ("scope-wider", {"scope": ("email",)}, {}),
    ("refresh-reused", {"generation": 1}, {}),
]
PAIRS = [(first, then) for n, first in enumerate(ORDER) for then in ORDER[n + 1 :]]


@pytest.mark.parametrize(
    ("first", "then"), PAIRS, ids=[f"{first[0]} and {then[0]}" for first, then in PAIRS]
)
def test_of_two_things_the_earlier_is_told_and_nothing_is_destroyed(
    first: tuple[str, Facts, Facts], then: tuple[str, Facts, Facts]
) -> None:
    assert said(first[1] | then[1], first[2] | then[2]) == (first[0], ())


def test_a_wider_scope_does_not_bring_a_lost_answer_back() -> None:
    assert said({"scope": ("email",)} | BEFORE, {}) == refused("scope-wider")


def test_the_predecessor_with_other_parameters_ends_the_family() -> None:
    assert told(reused(GRANT_ID, NOW)) == FAMILY_ENDED


def test_refreshing_ends_in_all_and_a_lost_answer_is_kept_for_half_a_minute() -> None:
    assert (timedelta(days=180), timedelta(seconds=30)) == (ABSOLUTE, ASK_AGAIN)


LIVE = {"good", "its last instant", "a part of the scope", "the scope in another order"}
LIVE |= {"near its absolute end", "without an absolute end", "a wider scope", "another scope"}


@pytest.mark.parametrize(
    ("name", "presented", "grant"),
    [row[:3] for row in ONE_THING if row[2] is not None],
    ids=[row[0] for row in ONE_THING if row[2] is not None],
)
def test_one_that_could_be_refreshed_lives_and_no_other(
    name: str, presented: Facts, grant: Facts
) -> None:
    assert is_live(a_refresh(**presented), a_grant(**grant), NOW) is (name in LIVE)


STARTED = StartRefreshing(GRANT_ID, NOW + timedelta(days=30), NOW + timedelta(days=180))


@pytest.mark.parametrize(
    ("policy", "scope", "expected"),
    [
        (STANDARD, "openid offline_access", STARTED),
        (STANDARD, "offline_access", STARTED),
        (STANDARD, "openid poi:read", None),
        (STANDARD, "openid offline_access_x", None),
        (ORANGE_U2M, "openid", STARTED),
        (ORANGE_U2M, "openid offline_access", STARTED),
    ],
)
def test_who_gets_a_refresh_token(
    policy: IssuerPolicy, scope: str, expected: StartRefreshing | None
) -> None:
    assert start(policy, a_grant(scope=scope, generation=0, ends_at=None), NOW) == expected


def test_a_trial_of_the_guide_refreshes_until_its_end_and_no_longer() -> None:
    ends = NOW + timedelta(hours=1)
    grant = a_grant(scope="openid", generation=0, ends_at=ends)
    assert grant.is_trial
    assert start(ORANGE_U2M, grant, NOW) == StartRefreshing(grant.grant_id, ends, ends)
    assert not a_grant(generation=1, ends_at=ends).is_trial
