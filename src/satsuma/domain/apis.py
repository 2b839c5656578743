"""Protected APIs: what the gateway serves, and the scopes that open it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from satsuma.domain.effects import Effect
from satsuma.domain.limits import Limits

LifeCycle = Literal["live", "deprecated", "retired"]
Access = Literal["open", "approval", "private"]


MAX_VALUE: Final = 256
"""Every pattern of a policy is matched to a value of so many characters, and to a longer one where that is cheap."""


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """A scope of an API and the calls that need it: methods and a path prefix below the API's root."""

    scope: str
    methods: tuple[str, ...] = ()
    path_prefix: str = "/"


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What the gateway asks of a call before it forwards it; empty means no demand.

    `query` and `header` patterns are (name, regular expression, required); `body_fields` are (name, pattern, required)
    of a JSON object. `max_body` is bytes.
    """

    methods: tuple[str, ...] = ()
    consumes: tuple[str, ...] = ()
    produces: tuple[str, ...] = ()
    query: tuple[tuple[str, str, bool], ...] = ()
    headers: tuple[tuple[str, str, bool], ...] = ()
    body_fields: tuple[tuple[str, str, bool], ...] = ()
    body_required: bool = False
    length_required: bool = False
    max_body: int = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Api:
    """A protected API at `/{name}/v{version}` on the API surface.

    `issuers` are issuer names; `resource_id` and `resource_secret_digest` are the API's own credentials.
    `timeout` is seconds; `forward_authorization` lets the caller's token reach the upstream. `scope_texts` are
    (scope, language, sentence) for the pages; the language is empty for the sentence that stands for any other.
    `access` says how an application's owner comes to it: at once, after a decision, or not by asking: a private one is
    shown to nobody who has no subscription. Applications of a sandbox may call it where it says so. `openapi` names the
    document that describes it, by its digest; it is empty without one.
    """

    api_id: str
    name: str
    version: int
    title: str
    life_cycle: LifeCycle
    issuers: tuple[str, ...]
    upstream: str
    scopes: tuple[ScopeRule, ...]
    resource_id: str
    resource_secret_digest: bytes
    created_at: datetime
    policy: RequestPolicy = field(default_factory=RequestPolicy)
    limits: Limits = field(default_factory=Limits)
    timeout: int = 30
    forward_authorization: bool = False
    scope_texts: tuple[tuple[str, str, str], ...] = ()
    access: Access = "approval"
    description: str = ""
    sandbox: bool = False
    openapi: str = ""


@dataclass(frozen=True, slots=True)
class ApiDocument:
    """What describes an API, kept beside it because every process holds the API and few look at this.

    `packed` is the OpenAPI document as JSON, compressed; `digest` is what the API names it by.
    """

    api_id: str
    digest: str
    packed: bytes


@dataclass(frozen=True, slots=True)
class CreateApi(Effect):
    """Add an API; conflicts `api-exists` on its name and version, its id or its `resource_id`."""

    api: Api


@dataclass(frozen=True, slots=True)
class ReplaceApi(Effect):
    """Replace the API with the same `api_id`; conflicts `api-changed` unless all of it still is as `expected`.

    Conflicts `api-unknown` without it, `api-exists` where another API has its name and version, or its `resource_id`.
    """

    api: Api
    expected: Api


@dataclass(frozen=True, slots=True)
class SetLifeCycle(Effect):
    """Move an API through its life; conflicts `api-unknown`."""

    api_id: str
    life_cycle: LifeCycle


@dataclass(frozen=True, slots=True)
class PutApiDocument(Effect):
    """Keep an API's document in the place of the one that it had; conflicts `api-unknown`."""

    document: ApiDocument
