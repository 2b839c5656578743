"""Explaining: from a row of the request log to what happened, what was compared, and how to mend it.

For the owner of the client alone: it tells what the wire did not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from satsuma.diagnostics.causes import CAUSES, Cause
from satsuma.domain.apis import Api
from satsuma.domain.applications import Client
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.request_log import LoggedRequest

_COMPARED: Final = {
    "because": "what was sent: {}",
    "issuer": "the issuer was {}",
    "client_id_length": "the client_id that was sent has {} characters, ours have 32",
    "client_id_sent": "a client_id without a client_secret was in the form: {}",
    "accept_sent": "an Accept header was sent: {}",
    "body_length": "the body had {} bytes",
    "length": "the body had {} bytes",
    "grant_type": "grant_type was {}",
    "scope": "scope was {}",
    "resource": "resource was {}",
    "limit": "the limit is {}",
    "seconds": "in any {} seconds",
    "window": "in any {} seconds",
    "retry_after": "Retry-After said {} seconds",
    "concurrency": "the API takes {} calls at once",
    "max_body": "the API takes {} bytes",
    "name": "its name is {}",
    "parameter": "its name is {}",
    "header": "its name is {}",
    "method": "the method was {}",
    "address": "the API's address was /{}",
    "api": "the API is {}",
    "status": "the API's server answered {}",
    "reason": "the reason was {}",
    "redirect_uri": "the redirect_uri that was sent: {}",
    "registered": "the registered one that is most like it: {}",
    "character": "they differ from character {} on",
    "at": "it happened at the {}",
}


@dataclass(frozen=True, slots=True)
class Present:
    """The facts as they are now: the client, if there is one, and the APIs by id."""

    client: Client | None
    apis: Mapping[str, Api]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the owner of a client is told of one request."""

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


def explain(logged: LoggedRequest, row: ErrorRow | None, present: Present) -> Explanation:
    """Explain a logged request by its row of the catalogue; None is a row of another release."""
    cause = CAUSES.get(logged.slug, Cause(row.says if row else "The cause is not known here."))
    detail = detail_of(logged)
    client = present.client
    application = None if client is None else client.application
    return Explanation(
        request_id=logged.request_id,
        supplied_id=logged.supplied_id,
        at=logged.at,
        endpoint=logged.endpoint,
        source=logged.source,
        status=logged.status,
        slug=logged.slug,
        happened=cause.happened,
        compared=tuple(_compared(name, value) for name, value in detail.items()),
        application=None if application is None else application.name,
        now=_now(present),
        help=row.help if row else "See the documentation of the release that wrote this.",
        command=_command(cause, detail, present),
        spec=row.spec if row else "",
        shown=row.says if row else "",
        repeated=logged.repeated,
    )


def detail_of(logged: LoggedRequest) -> dict[str, Any]:
    """What the request log kept of a request, beside its row."""
    try:
        detail = json.loads(logged.detail)
    except ValueError:
        return {}
    return detail if isinstance(detail, dict) else {}


def _compared(name: str, value: Any) -> str:
    shown = ("no", "yes")[value] if isinstance(value, bool) else value
    known = _COMPARED.get(name)
    return f"{name} was {shown}" if known is None else known.format(shown)


def _now(present: Present) -> tuple[str, ...]:
    client = present.client
    if client is None:
        return ()
    lines = [f"{client.application.name} is {client.application.state}"]
    held = [(present.apis.get(each.api_id), each.state) for each in client.subscriptions]
    lines += sorted(
        f"its subscription to {api.name} v{api.version} ({api.life_cycle}) is {state}"
        for api, state in held
        if api is not None
    )
    if not client.subscriptions:
        lines.append("it has no subscriptions")
    return tuple(lines)


def _command(cause: Cause, detail: Mapping[str, Any], present: Present) -> str | None:
    if cause.command is None:
        return None
    client = present.client
    application = "APPLICATION" if client is None else client.application.application_id
    address = str(detail.get("address", "NAME/vVERSION"))
    return cause.command.format(application=application, api=address.replace("/v", ":"))
