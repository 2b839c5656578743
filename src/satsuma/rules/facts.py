"""Facts: what the store knows, as frozen values. Instants are aware datetimes in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Role = Literal["user", "developer", "operator"]
ApplicationState = Literal["active", "pending", "blocked", "revoked"]
SubscriptionState = Literal["approved", "pending", "revoked"]
LifeCycle = Literal["live", "deprecated", "retired"]
KeyPurpose = Literal["seal", "sign"]
RevocationKind = Literal["token", "grant", "client", "subject"]


@dataclass(frozen=True, slots=True)
class Account:
    """A person; `email` is canonical: trimmed, NFKC, lower case."""

    account_id: str
    email: str
    role: Role
    locale: str
    created_at: datetime
    confirmed_at: datetime | None = None
    password_hash: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """A client space: one per e-mail address, holding applications."""

    space_id: str
    owner_id: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One secret of an application, by its keyed digest.

    Live while `expires_at` is None or still to come. `ciphertext` serves the owner's *Show* and goes when it retires.
    """

    secret_id: str
    application_id: str
    digest: bytes
    ciphertext: bytes | None
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    last_used_from: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A registered client; `client_id` is 32 alphanumerics, `application_id` a separate identifier.

    Spec: OIDC Registration §2.
    """

    application_id: str
    space_id: str
    name: str
    client_id: str
    state: ApplicationState
    generation: int
    public: bool
    redirect_uris: tuple[str, ...]
    web_origins: tuple[str, ...]
    created_at: datetime
    id_token_signed_response_alg: str = "RS256"


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
class Limits:
    """How often an application may call an API; `quotas` are (calls, seconds)."""

    spike_per_second: int = 25
    quotas: tuple[tuple[int, int], ...] = ()
    concurrency: int = 1000


@dataclass(frozen=True, slots=True)
class Api:
    """A protected API at `/{name}/v{version}` on the API surface.

    `issuers` are issuer names; `resource_id` and `resource_secret_digest` are the API's own credentials.
    `timeout` is seconds; `forward_authorization` lets the caller's token reach the upstream. `scope_texts` are
    (scope, language, sentence) for the pages; the language is empty for the sentence that stands for any other.
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


@dataclass(frozen=True, slots=True)
class Subscription:
    """An application's use of an API."""

    application_id: str
    api_id: str
    state: SubscriptionState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Client:
    """What one request needs to know of a client: the application, all its secrets, its subscriptions."""

    application: Application
    secrets: tuple[ClientSecret, ...]
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A sealing or signing key through its life.

    Known to verifiers from `announced_at`, makes tokens from `active_at` to `retires_at`, verifies until `gone_at`;
    a leaked key has `gone_at` in the past. `private` is wrapped by the master key; `public` is a JWK in JSON, empty for
    a sealing key. `uses` counts tokens made.
    """

    kid: str
    purpose: KeyPurpose
    alg: str
    public: str
    private: bytes
    announced_at: datetime
    active_at: datetime
    retires_at: datetime | None
    gone_at: datetime | None
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Revocation:
    """Something revoked, remembered until the last token it concerns has expired.

    `id` is a `jti`, a grant id, `client_id.generation`, or a subject.
    """

    kind: RevocationKind
    id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the feed: what changed, numbered in commit order."""

    seq: int
    kind: str
    id: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An audit row; `seq` and `mac` are given by the store and the sealer. `detail` is JSON."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: str
    mac: bytes | None = None


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A row of the request log; `detail` is JSON: classes and names, never a secret."""

    request_id: str
    supplied_id: str | None
    at: datetime
    endpoint: str
    status: int
    slug: str
    client_id: str | None
    source: str
    detail: str
    repeated: int = 1
