"""Where the answer to an authorization request may go, and whether consent may be remembered there."""

from datetime import timedelta
from typing import Any

import pytest

from satsuma.domain.applications import Application
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.redirect_uris import ReturnAddress, find_return_address, may_remember
from tests.domain.facts import CLIENT, NOW, REDIRECT

LOOPBACK = "http://127.0.0.1/callback"
WELL: dict[str, str] = {"redirect_uri": REDIRECT}


def an_application(**changes: Any) -> Application:
    good: dict[str, Any] = {
        "application_id": "app_1",
        "space_id": "spc_1",
        "name": "Application",
        "client_id": CLIENT,
        "state": "active",
        "generation": 1,
        "public": False,
        "redirect_uris": (REDIRECT, LOOPBACK),
        "web_origins": (),
        "created_at": NOW - timedelta(days=1),
    }
    return Application(**good | changes)


def refused(slug: str) -> tuple[str, tuple[()]]:
    return slug, ()


NATIVE = {"public": True}
MOVED = {"redirect_uri": "http://127.0.0.1:5000/callback"}
# name, the parameters, the application (None: there is none), where to or why not
ROWS: list[tuple[str, dict[str, str], dict[str, Any] | None, Any]] = [
    ("registered", WELL, {}, ReturnAddress(REDIRECT, "query", None)),
    ("with a state", WELL | {"state": "s"}, {}, ReturnAddress(REDIRECT, "query", "s")),
    (
        "by a form",
        WELL | {"response_mode": "form_post"},
        {},
        ReturnAddress(REDIRECT, "form_post", None),
    ),
    (
        "by what there is not, in the query",
        WELL | {"response_mode": "fragment"},
        {},
        ReturnAddress(REDIRECT, "query", None),
    ),
    (
        "another port of a native client",
        MOVED,
        NATIVE,
        ReturnAddress(MOVED["redirect_uri"], "query", None),
    ),
    ("another port of a web client", MOVED, {}, refused("redirect-uri-unregistered")),
    ("nobody's", WELL, None, refused("authorize-client-unknown")),
    ("pending", WELL, {"state": "pending"}, refused("authorize-client-not-active")),
    ("blocked", WELL, {"state": "blocked"}, refused("authorize-client-not-active")),
    ("revoked", WELL, {"state": "revoked"}, refused("authorize-client-not-active")),
    ("none sent", {}, {}, refused("redirect-uri-missing")),
    ("longer", {"redirect_uri": REDIRECT + "/"}, {}, refused("redirect-uri-unregistered")),
    ("shorter", {"redirect_uri": REDIRECT[:-1]}, {}, refused("redirect-uri-unregistered")),
    ("none registered", WELL, {"redirect_uris": ()}, refused("redirect-uri-unregistered")),
    # Of two things the earlier is told.
    ("blocked, none sent", {}, {"state": "blocked"}, refused("authorize-client-not-active")),
]


@pytest.mark.parametrize(
    ("parameters", "application", "expected"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_where_an_answer_may_go(
    parameters: dict[str, str], application: dict[str, Any] | None, expected: Any
) -> None:
    known = None if application is None else an_application(**application)
    found = find_return_address(parameters, known)
    if isinstance(found, Refusal):
        assert (found.row.slug, found.effects) == expected
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("public", "redirect_uri", "remembered"),
    [
        (False, REDIRECT, True),
        (False, LOOPBACK, True),
        (True, REDIRECT, True),
        (True, LOOPBACK, False),
        (True, "com.example.app:/callback", False),
        (True, "httpsx://client.example/callback", False),
    ],
)
def test_consent_is_not_remembered_where_another_program_could_pose_as_the_client(
    public: bool, redirect_uri: str, remembered: bool
) -> None:
    assert may_remember(public, redirect_uri) is remembered
