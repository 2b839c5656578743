"""Refused requests as those who may know are told of them: an operator all, an owner their own applications'."""

from __future__ import annotations

from satsuma.diagnostics.as_test import NotATest, as_test
from satsuma.diagnostics.explanation import Explanation, Present, explain
from satsuma.domain.errors.table import ROWS
from satsuma.domain.request_log import LoggedRequest
from satsuma.store.port import Reader

Found = tuple[LoggedRequest, Present]


def find_request(reader: Reader, request_id: str, space_id: str | None = None) -> Found | None:
    """A refused request by our id or the caller's own, with the facts as they are now; of one space, or of all."""
    if space_id is None:
        logged = reader.find_logged_request(request_id)
    else:
        logged = reader.find_request_of_space(space_id, request_id)
    if logged is None:
        return None
    client = reader.find_client(logged.client_id) if logged.client_id else None
    return logged, Present(client, {api.api_id: api for api in reader.list_apis()})


def explanation_of(found: Found) -> Explanation:
    """What the owner is told of a refused request."""
    logged, present = found
    return explain(logged, ROWS.get(logged.slug), present)


def pytest_of(logged: LoggedRequest) -> str:
    """A pytest that sends the same; raises NotATest."""
    return as_test(logged, ROWS.get(logged.slug))


def pytest_or_none(logged: LoggedRequest) -> str | None:
    """The same, None where the cause is none that a client's request holds."""
    try:
        return pytest_of(logged)
    except NotATest:
        return None
