"""*Try it*: the call of an operation, as the reader's own application, through this server's own front.

The address is never from a form: it is the API's own path, and what a form says goes into its parameters alone.

Spec: RFC 6750 §2.1; RFC 6570 §3.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from satsuma.domain.apis import Api
from satsuma.domain.applications import Client
from satsuma.domain.issuers import IssuerPolicy
from satsuma.portal.desk import Here
from satsuma.portal.own_token import OwnRequests
from satsuma.portal.reference.document import Document, Operation, as_object
from satsuma.portal.reference.inputs import Inputs, Values, inputs_of
from satsuma.portal.reference.parts import LARGEST
from satsuma.portal.reference.texts import size
from satsuma.portal.run_it import Came, Sent, token_request
from satsuma.samples import header_value, path_part, query_pairs
from satsuma.web.languages import N_

Exchange = tuple[Sent, Came]
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PATH: Final = re.compile(
    r"(?:/(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~!$&'()*+,=:@-]|\{[^{}/]{1,100}\})*)+"
)
_LARGEST_SHOWN: Final = 16_000
_MOST_LINES: Final = 250
_GRANT: Final = "client_credentials"

VIEWER: Final = N_(
    "You look at this client space as a viewer: an owner of it can give you another role."
)
NOBODY: Final = N_("to send this request as your own application, from here.")
NO_APPLICATION: Final = N_("to send this request from here.")
PUBLIC: Final = N_(
    "This application is public: it has no secret, so that it gets no token by itself."
)
NOT_ACTIVE: Final = N_("This application is not active.")
NOT_KEPT: Final = N_(
    "Secrets are shown once here and not kept, so that this page cannot send yours: call it from your terminal."
)
NOT_SUBSCRIBED: Final = N_("Your application is not subscribed to this API.")
PEOPLE_ONLY: Final = N_("This API takes tokens of people alone: its guide shows the login.")
NOT_FROM_HERE: Final = N_("This operation cannot be sent from here: call it from your terminal.")


@dataclass(frozen=True, slots=True)
class TryIt:
    """The form of an operation, or the `reason` why there is none for this reader."""

    own: OwnRequests
    here: Here
    api: Api
    operation: Operation
    inputs: Inputs
    client: Client | None
    issuer: IssuerPolicy | None
    reason: str

    @classmethod
    async def of(
        cls,
        own: OwnRequests,
        here: Here,
        states: Mapping[str, str],
        api: Api,
        document: Document,
        operation: Operation,
        form: Values | None,
    ) -> TryIt:
        """What this reader may send to an operation; with a form, what is wrong in it too."""
        client = None
        if here.visitor is not None and here.chosen is not None:
            client = await own.desk.own_client(here.visitor, here.chosen.application_id)
        issuer = next(
            (
                each
                for each in own.desk.issuers
                if each.name in api.issuers and _GRANT in each.grants
            ),
            None,
        )
        inputs = inputs_of(document, operation, form)
        trying = cls(own, here, api, operation, inputs, client, issuer, "")
        return replace(trying, reason=trying._reason(states))

    def _reason(self, states: Mapping[str, str]) -> str:
        """Why this reader cannot send it; empty where they can."""
        is_plain = _PATH.fullmatch(self.operation.path) and self.operation.method in METHODS
        if not is_plain or self.inputs.too_many:
            return NOT_FROM_HERE
        if self.here.visitor is None:
            return NOBODY
        if self.client is None:
            return NO_APPLICATION
        if not self.here.may("change"):
            return VIEWER
        application = self.client.application
        if application.public:
            return PUBLIC
        if application.state != "active":
            return NOT_ACTIVE
        if not self.own.desk.keeps_secrets:
            return NOT_KEPT
        if states.get(self.api.api_id) != "approved":
            return NOT_SUBSCRIBED
        return "" if self.issuer is not None else PEOPLE_ONLY

    @property
    def is_offered(self) -> bool:
        """Whether there is a form."""
        return not self.reason

    @property
    def is_unsubscribed(self) -> bool:
        """Whether a subscription is what is missing."""
        return self.reason == NOT_SUBSCRIBED

    @property
    def is_wrong(self) -> bool:
        """Whether a field has a problem."""
        return self.inputs.is_wrong

    @property
    def room(self) -> int:
        """How much of the page is left beside the form."""
        if not self.is_offered:
            return LARGEST
        texts = (
            text
            for each in self.inputs.fields
            for text in (each.value, each.hint, each.name, *each.choices)
        )
        taken = sum(size(text) for text in texts)
        options = 60 * sum(len(each.choices) for each in self.inputs.fields)
        return max(LARGEST - taken - options - 600 * len(self.inputs.fields), LARGEST // 6)

    async def send(self, request: Request) -> Exchange:
        """Get a token, then make the call; where no token comes, that is what is shown."""
        assert self.issuer is not None  # noqa: S101 - who has none may not send
        header = await self.own.ready_header(self.here, self.client, "reference.try")
        url = f"{self.own.desk.api_url}{self.issuer.path}/token"
        asked = token_request(url, header, [("grant_type", _GRANT)])
        came = await self.own.ask(request, asked)
        token = came.member("access_token")
        if not token:
            return asked, came
        sent = self.call(token)
        return _bounded(sent, await self.own.ask(request, sent))

    def call(self, token: str) -> Sent:
        """The request that the form describes."""
        path, pairs, fields = self.operation.path, [], []
        for each in self.inputs.fields:
            given = each.given
            style = given.get("style") if isinstance(given.get("style"), str) else None
            explode = given.get("explode") if isinstance(given.get("explode"), bool) else None
            name = given.get("name", "")
            if each.place == "body" or not each.value:
                continue
            if each.place == "path":
                part = path_part(name, each.parsed, style, explode)
                path = path.replace(f"{{{name}}}", part)
            elif each.place == "query":
                pairs += query_pairs(name, each.parsed, style, explode)
            else:
                fields.append((name, header_value(each.parsed, explode)))
        base = f"/{self.api.name}/v{self.api.version}"
        target = base + path + (f"?{'&'.join(pairs)}" if pairs else "")
        body = next((each.value for each in self.inputs.fields if each.place == "body"), "")
        headers = [
            ("Host", urlsplit(self.own.desk.api_url).netloc),
            ("Authorization", f"Bearer {token}"),
            ("Accept", _accept(self.operation)),
            *fields,
        ]
        if body:
            headers.append(("Content-Type", self.inputs.media))
            headers.append(("Content-Length", str(len(body.encode()))))
        return Sent(self.operation.method, target, tuple(headers), body, (token,))


def _accept(operation: Operation) -> str:
    """What is asked for: JSON where an answer may be, else whatever comes."""
    kinds = [
        kind
        for status, answer in as_object(operation.given.get("responses")).items()
        if str(status).startswith("2")
        for kind in as_object(as_object(answer).get("content"))
    ]
    return "application/json" if not kinds or any("json" in kind for kind in kinds) else "*/*"


def _bounded(sent: Sent, came: Came) -> Exchange:
    """An exchange as a page shows it: both bodies cut where they would make the page large."""
    told = came.told()
    shown = _cut(told)
    return replace(sent, body=_cut(sent.body)), came if shown == told else replace(came, body=shown)


def _cut(text: str) -> str:
    lines = text.split("\n")[: _MOST_LINES + 1]
    kept: list[str] = []
    room = _LARGEST_SHOWN
    for each in lines[:_MOST_LINES]:
        if size(each) > room:
            kept.append(each[: room // 6])
            break
        room -= size(each) + 24
        kept.append(each)
    whole = "\n".join(kept)
    return whole if whole == text else f"{whole}\n…"
