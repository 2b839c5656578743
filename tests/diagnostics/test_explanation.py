"""Each cause of refusal is explained by its own name, with what was compared and how to mend it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from satsuma.diagnostics.causes import CAUSES
from satsuma.diagnostics.explanation import Present, explain
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, Client
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import ROWS
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.subscriptions import Subscription
from satsuma.http.messages import Request
from satsuma.telemetry.request_log import RequestLog

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
API = Api("api_1", "poi", 1, "POI", "live", ("standard",), "http://up", (), "r" * 32, b"", AT)
CLIENT = Client(
    Application("app_1", "spc_1", "Shops", "c" * 32, "active", 1, False, (), (), AT),
    (),
    (Subscription("app_1", "api_1", "pending", AT),),
)
PRESENT = Present(CLIENT, {"api_1": API})


def logged(slug: str, **detail: object) -> LoggedRequest:
    row = ROWS[slug]
    return LoggedRequest(
        "req1", "mine-123", AT, "token", row.status, slug, "c" * 32, "10.1.2.3", json.dumps(detail)
    )


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_each_row_is_explained_by_its_own_cause(row: ErrorRow) -> None:
    explanation = explain(logged(row.slug), row, PRESENT)
    others = [cause.happened for slug, cause in CAUSES.items() if slug != row.slug]
    assert explanation.happened.endswith(".")
    assert explanation.happened not in others
    assert explanation.help == row.help
    assert (explanation.slug, explanation.status) == (row.slug, row.status)


def test_each_row_has_a_cause_and_each_cause_a_row() -> None:
    assert ROWS.keys() - CAUSES.keys() == set(), "rows that ledger/causes.py does not explain"
    assert CAUSES.keys() - ROWS.keys() == set(), "causes that nothing refuses by"


@pytest.mark.parametrize(
    ("slug", "detail", "says"),
    [
        ("secret-wrong", {"because": "encoded twice"}, "what was sent: encoded twice"),
        ("client-unknown", {"client_id_length": 31}, "has 31 characters, ours have 32"),
        ("too-many-token-requests", {"retry_after": 12}, "Retry-After said 12 seconds"),
        ("query-parameter-missing", {"name": "postalCode"}, "its name is postalCode"),
        ("not-acceptable", {"accept_sent": False}, "an Accept header was sent: no"),
        ("upstream-slow", {"unheard_of": "x"}, "unheard_of was x"),
    ],
)
def test_what_was_compared_is_told(slug: str, detail: dict[str, object], says: str) -> None:
    (compared,) = explain(logged(slug, **detail), ROWS[slug], PRESENT).compared
    assert says in compared


def test_a_command_names_the_application_and_the_api() -> None:
    row = ROWS["not-subscribed"]
    explanation = explain(logged(row.slug, address="poi/v1"), row, PRESENT)
    assert explanation.command == "satsuma apps subscribe app_1 poi:1"


def test_the_present_facts_are_told_beside_what_was() -> None:
    explanation = explain(logged("token-expired"), ROWS["token-expired"], PRESENT)
    assert explanation.application == "Shops"
    assert explanation.now == (
        "Shops is active",
        "its subscription to poi v1 (live) is pending",
    )


def test_a_client_that_is_nobody_has_no_present() -> None:
    explanation = explain(logged("client-unknown"), ROWS["client-unknown"], Present(None, {}))
    assert (explanation.application, explanation.now) == (None, ())


def test_a_row_of_another_release_is_told_as_such() -> None:
    unknown = replace(logged("token-expired"), slug="never-heard", detail="[1]")
    assert "not known here" in explain(unknown, None, PRESENT).happened


def note(client_id: str | None = "c" * 32, path: bytes = b"/x", **detail: str) -> LoggedRequest:
    log = RequestLog(lambda: AT)
    request = Request(b"GET", path, b"", [], b"", "10.1.2.3", "req1")
    log.note(request, "gateway", ROWS["not-subscribed"], client_id, {**detail})
    (row,) = log.take()
    return row


SECRET = "sts_dGhpcyBpcyBub3QgYSByZWFsIHNlY3JldCBhdCBhbGwAb1c2d"


@pytest.mark.parametrize(
    "row",
    [
        note(client_id=SECRET),
        note(path=b"/" + SECRET.encode() + b"/v1/x"),
        note(path=b"/poi/v1/" + SECRET.encode()),
        note(scope=f"poi {SECRET}"),
        note(grant_type=SECRET),
    ],
    ids=["client_id", "name", "path", "scope", "grant_type"],
)
def test_a_secret_in_the_wrong_place_is_not_logged(row: LoggedRequest) -> None:
    assert SECRET not in repr(row)
    assert SECRET[4:20] not in repr(row)


def test_the_log_keeps_which_api_was_called() -> None:
    row = note(path=b"/poi/v1/shops")
    assert json.loads(row.detail) == {"method": "GET", "address": "poi/v1"}
