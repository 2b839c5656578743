"""Whether a code becomes tokens: facts, the slug of the answer, and what is committed with it."""

from datetime import timedelta
from typing import Any

import pytest

from satsuma.domain.effects import Effect
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.grants.authorization_code import Issue, decide
from satsuma.domain.grants.grant import RevokeGrant, UseCode
from tests.domain.facts import (
    CHALLENGE,
    DIGEST,
    GRANT_ID,
    NOW,
    REDIRECT,
    SECOND,
    STRANGER,
    TICK,
    VERIFIER,
    a_code,
    a_grant,
    a_redemption,
)

Said = tuple[str, tuple[Effect, ...]]
Facts = dict[str, Any]

ISSUED: Said = ("issued", (UseCode(DIGEST, NOW),))
ENDED: Said = ("code-reused", (RevokeGrant(GRANT_ID, NOW, "code-reused"),))
OTHER_VERIFIER = "x" * 43
LONG_AGO = NOW - 20 * SECOND


def refused(slug: str) -> Said:
    return slug, ()


def said(asked: Facts, code: Facts | None, grant: Facts | None) -> Said:
    known = None if code is None else a_code(**code)
    behind = None if grant is None else a_grant(**grant)
    decision = decide(a_redemption(**asked), known, behind, NOW)
    if isinstance(decision, Refusal):
        return decision.row.slug, decision.effects
    assert isinstance(decision, Issue)
    assert decision.grant is behind
    return "issued", decision.effects


# name, what is asked, the code, its grant (None: there is none), what is said
ONE_THING: list[tuple[str, Facts, Facts | None, Facts | None, Said]] = [
    ("good", {}, {}, {}, ISSUED),
    ("neither code nor grant", {}, None, None, refused("code-unknown")),
    ("no code", {}, None, {}, refused("code-unknown")),
    ("no grant behind the code", {}, {}, None, refused("code-unknown")),
    ("expired at this instant", {}, {"expires_at": NOW}, {}, refused("code-unknown")),
    ("its last instant", {}, {"expires_at": NOW + TICK}, {}, ISSUED),
    ("another client", {"client_id": STRANGER}, {}, {}, refused("code-of-other-client")),
    ("another issuer", {"issuer": "orange-u2m"}, {}, {}, refused("code-of-other-client")),
    ("no redirect_uri", {"redirect_uri": None}, {}, {}, refused("redirect-uri-mismatch")),
    (
        "a redirect_uri that begins alike",
        {"redirect_uri": REDIRECT + "/"},
        {},
        {},
        refused("redirect-uri-mismatch"),
    ),
    (
        "a redirect_uri that was taken from the client",
        {"redirect_uris": (REDIRECT + "/",)},
        {},
        {},
        refused("redirect-uri-removed"),
    ),
    (
        "another port of a native client's loopback",
        {
            "redirect_uri": "http://127.0.0.1:5/cb",
            "redirect_uris": ("http://127.0.0.1/cb",),
            "native": True,
        },
        {"redirect_uri": "http://127.0.0.1:5/cb"},
        {},
        ISSUED,
    ),
    ("another verifier", {"code_verifier": OTHER_VERIFIER}, {}, {}, refused("pkce-mismatch")),
    ("no verifier", {"code_verifier": None}, {}, {}, refused("pkce-mismatch")),
    (
        "the challenge in place of the verifier",
        {"code_verifier": CHALLENGE},
        {},
        {},
        refused("pkce-mismatch"),
    ),
    (
        "a verifier where no challenge was sent",
        {},
        {"code_challenge": None},
        {},
        refused("pkce-mismatch"),
    ),
    ("neither of them", {"code_verifier": None}, {"code_challenge": None}, {}, ISSUED),
    ("a revoked grant", {}, {}, {"revoked_at": NOW - SECOND}, refused("code-revoked")),
    ("a blocked account", {}, {}, {"blocked": True}, refused("code-of-blocked-account")),
    ("used at this instant", {}, {"used_at": NOW}, {}, refused("code-reused")),
    (
        "used ten seconds ago",
        {},
        {"used_at": NOW - timedelta(seconds=10)},
        {},
        refused("code-reused"),
    ),
    ("used longer ago", {}, {"used_at": NOW - timedelta(seconds=10) - TICK}, {}, ENDED),
]


@pytest.mark.parametrize(
    ("asked", "code", "grant", "expected"),
    [row[1:] for row in ONE_THING],
    ids=[row[0] for row in ONE_THING],
)
def test_one_thing_decides(
    asked: Facts, code: Facts | None, grant: Facts | None, expected: Said
) -> None:
    assert said(asked, code, grant) == expected


# Each of these is wrong alone as its slug says; the earlier wins over every later one.
ORDER: list[tuple[str, Facts, Facts, Facts]] = [
    ("code-unknown", {}, {"expires_at": NOW}, {}),
    ("code-of-other-client", {"client_id": STRANGER}, {}, {}),
    ("redirect-uri-mismatch", {"redirect_uri": None}, {}, {}),
    ("pkce-mismatch", {"code_verifier": OTHER_VERIFIER}, {}, {}),
    ("code-revoked", {}, {}, {"revoked_at": NOW - SECOND}),
    ("code-of-blocked-account", {}, {}, {"blocked": True}),
    ("code-reused", {}, {"used_at": LONG_AGO}, {}),
]
PAIRS = [(first, then) for n, first in enumerate(ORDER) for then in ORDER[n + 1 :]]


@pytest.mark.parametrize(
    ("first", "then"), PAIRS, ids=[f"{first[0]} and {then[0]}" for first, then in PAIRS]
)
def test_of_two_things_the_earlier_is_told_and_nothing_is_destroyed(
    first: tuple[str, Facts, Facts, Facts], then: tuple[str, Facts, Facts, Facts]
) -> None:
    merged = [first[n] | then[n] for n in (1, 2, 3)]
    assert said(merged[0], merged[1], merged[2]) == (first[0], ())


def test_a_thief_without_the_verifier_cannot_end_the_grant_by_a_replay() -> None:
    stolen = {"code_verifier": OTHER_VERIFIER}
    assert said(stolen, {"used_at": LONG_AGO}, {}) == ("pkce-mismatch", ())
    assert said({"code_verifier": VERIFIER}, {"used_at": LONG_AGO}, {}) == ENDED
