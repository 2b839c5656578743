"""The refused requests of a person's own applications, page by page, and why each was refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import msgspec

from satsuma.developer.operations import (
    Asked,
    BadParameter,
    Operation,
    Parameter,
    find_own,
    matching,
    whole,
)
from satsuma.diagnostics.refused import explanation_of, find_request, pytest_or_none
from satsuma.domain.request_log import LoggedRequest
from satsuma.store.port import Reader

_KEPT: Final = 8 * 24 * 3600
_LARGEST_PAGE: Final = 100
_ANY: Final = (0, 999)
_ID: Final = r"[A-Za-z0-9._-]{1,64}"


class ListedRequest(msgspec.Struct, frozen=True):
    """A refused request as it is listed; `repeated` is how many like it came in a minute."""

    request_id: str
    supplied_id: str | None
    at: datetime
    endpoint: str
    status: int
    slug: str
    client_id: str | None
    source: str
    repeated: int


class RequestPage(msgspec.Struct, frozen=True):
    """A page of them, the newest first; `before` asks for the next page, null where there is none."""

    requests: list[ListedRequest]
    before: str | None


class ExplainedRequest(msgspec.Struct, frozen=True):
    """Why a request was refused, what was compared, how things are now, and how to mend it.

    `command` is one of the command line; `test` a pytest that sends the same, null where a client cannot mend it.
    """

    request_id: str
    supplied_id: str | None
    at: datetime
    endpoint: str
    source: str
    status: int
    slug: str
    happened: str
    compared: tuple[str, ...]
    application: str | None
    now: tuple[str, ...]
    help: str
    command: str | None
    spec: str
    shown: str
    repeated: int
    test: str | None


def _list(reader: Reader, asked: Asked) -> RequestPage:
    values, limit = asked.values, asked.values["limit"]
    client_id = None
    if values["application"] is not None:
        client_id = _client_id(reader, asked, values["application"])
    since, place = asked.now - timedelta(seconds=values["within"]), _place(reader, asked)
    statuses = _statuses(values["status"])
    pages = (
        reader.list_requests_of_space(each, client_id, since, place, statuses, limit + 1)
        for each in asked.spaces
    )
    found = sorted(chain.from_iterable(pages), key=lambda row: (row.at, row.request_id))[::-1]
    page = [_listed(row) for row in found[:limit]]
    return RequestPage(page, page[-1].request_id if len(found) > limit else None)


def _client_id(reader: Reader, asked: Asked, named: str) -> str:
    """The client_id of an application of this person's, named by either of its ids; raises BadParameter."""
    application = find_own(reader, asked.spaces, named)
    if application is None:
        raise BadParameter("application")
    return application.client_id


def _place(reader: Reader, asked: Asked) -> tuple[datetime, str]:
    """Where the page begins: behind a row of the page before, or at the newest; raises BadParameter."""
    before = asked.values["before"]
    if before is None:
        return asked.now + timedelta(days=1), ""
    rows = (reader.find_request_of_space(each, before) for each in asked.spaces)
    row = next((row for row in rows if row is not None), None)
    if row is None:
        raise BadParameter("before")
    return row.at, row.request_id


def _statuses(said: str | None) -> tuple[int, int]:
    if said is None:
        return _ANY
    return int(said.replace("x", "0")), int(said.replace("x", "9"))


def _listed(row: LoggedRequest) -> ListedRequest:
    return ListedRequest(**{name: getattr(row, name) for name in ListedRequest.__struct_fields__})


def _explain(reader: Reader, asked: Asked) -> ExplainedRequest | None:
    rows = (find_request(reader, asked.item, each) for each in asked.spaces)
    found = next((row for row in rows if row is not None), None)
    if found is None:
        return None
    told: Any = explanation_of(found)
    names = [name for name in ExplainedRequest.__struct_fields__ if name != "test"]
    members = {name: getattr(told, name) for name in names}
    return ExplainedRequest(**members, test=pytest_or_none(found[0]))


OPERATIONS: Final = (
    Operation(
        "/requests",
        "listRequests",
        "The refused requests of your applications, the newest first; each is kept for 7 days.",
        RequestPage,
        _list,
        (
            Parameter(
                "application", "Only of this application, by either of its ids.", *matching(_ID)
            ),
            Parameter(
                "status", "Only with this status, or 4xx, 5xx.", *matching("[1-5](?:[0-9]{2}|xx)")
            ),
            Parameter("within", "Only of the last so many seconds.", *whole(1, _KEPT), _KEPT),
            Parameter("limit", "How many on a page.", *whole(1, _LARGEST_PAGE), 50),
            Parameter("before", "What the page before says of the next.", *matching(_ID)),
        ),
    ),
    Operation(
        "/requests/",
        "explainRequest",
        "Why a request was refused, by our id or the caller's own, and how to mend it.",
        ExplainedRequest,
        _explain,
    ),
)
