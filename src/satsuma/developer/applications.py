"""The applications of the spaces that a person is in: which there are, and what each is registered with."""

from __future__ import annotations

from datetime import datetime
from itertools import chain
from typing import Final

import msgspec

from satsuma.developer.operations import Asked, Operation, Parameter, find_own, matching, whole
from satsuma.domain.applications import Application
from satsuma.store.port import Reader

_ID: Final = r"[A-Za-z0-9._-]{1,64}"
_LARGEST_PAGE: Final = 100


class ListedApplication(msgspec.Struct, frozen=True):
    """An application as it is listed."""

    application_id: str
    client_id: str
    name: str
    description: str
    state: str
    public: bool
    created_at: datetime


class ApplicationPage(msgspec.Struct, frozen=True):
    """A page of them; `after` asks for the next page, null where there is none."""

    applications: list[ListedApplication]
    after: str | None


class LiveSecret(msgspec.Struct, frozen=True):
    """A secret that is good, without the secret itself."""

    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class SubscribedApi(msgspec.Struct, frozen=True):
    """An API that the application asked for, and how that stands."""

    api: str
    state: str


class OwnApplication(msgspec.Struct, frozen=True):
    """An application with its addresses, its secrets' ends and its APIs."""

    application_id: str
    client_id: str
    name: str
    description: str
    state: str
    public: bool
    created_at: datetime
    redirect_uris: tuple[str, ...]
    secrets: list[LiveSecret]
    apis: list[SubscribedApi]


def _list(reader: Reader, asked: Asked) -> ApplicationPage:
    after, limit = asked.values["after"], asked.values["limit"]
    pages = (reader.list_applications(each, after or "", limit + 1) for each in asked.spaces)
    found = sorted(chain.from_iterable(pages), key=lambda each: each.application_id)
    page = [_listed(each) for each in found[:limit]]
    return ApplicationPage(page, page[-1].application_id if len(found) > limit else None)


def _listed(application: Application) -> ListedApplication:
    return ListedApplication(
        **{name: getattr(application, name) for name in ListedApplication.__struct_fields__}
    )


def _show(reader: Reader, asked: Asked) -> OwnApplication | None:
    application = find_own(reader, asked.spaces, asked.item)
    client = None if application is None else reader.find_client(application.client_id)
    if client is None:
        return None
    apis = {each.api_id: f"{each.name}/v{each.version}" for each in reader.list_apis()}
    return OwnApplication(
        **{
            name: getattr(client.application, name)
            for name in (*ListedApplication.__struct_fields__, "redirect_uris")
        },
        secrets=[
            LiveSecret(each.created_at, each.last_used_at, each.expires_at)
            for each in client.secrets
            if each.is_live(asked.now)
        ],
        apis=[
            SubscribedApi(apis[each.api_id], each.state)
            for each in client.subscriptions
            if each.api_id in apis
        ],
    )


OPERATIONS: Final = (
    Operation(
        "/applications",
        "listApplications",
        "Your applications, in the order of their ids, the deleted ones included.",
        ApplicationPage,
        _list,
        (
            Parameter("limit", "How many on a page.", *whole(1, _LARGEST_PAGE), 50),
            Parameter("after", "What the page before says of the next.", *matching(_ID)),
        ),
    ),
    Operation(
        "/applications/",
        "showApplication",
        "One of your applications, by either of its ids; without its secrets themselves.",
        OwnApplication,
        _show,
    ),
)
