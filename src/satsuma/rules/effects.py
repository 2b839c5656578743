"""Effects: what a decision does to the store, as frozen values, committed together or not at all.

An effect whose condition does not hold makes the whole commit conflict, and says which slug it conflicts with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.rules.facts import (
    Account,
    Api,
    Application,
    ApplicationState,
    ClientSecret,
    Key,
    LifeCycle,
    LoggedRequest,
    RevocationKind,
    Space,
    Subscription,
    SubscriptionState,
)
from satsuma.rules.person_effects import PersonEffect


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """Add an account; conflicts `account-exists` where the e-mail is taken."""

    account: Account


@dataclass(frozen=True, slots=True)
class CreateSpace:
    """Add a client space; conflicts `space-exists` where the owner has one, or `account-unknown`."""

    space: Space


@dataclass(frozen=True, slots=True)
class CreateApplication:
    """Add an application; conflicts `application-exists` on its name within the space or its ids.

    Conflicts `space-unknown` without its space.
    """

    application: Application


@dataclass(frozen=True, slots=True)
class SetApplicationState:
    """Move an application to another state; conflicts `state-moved` unless its state still is `expected`.

    Conflicts `application-unknown` without the application.
    """

    application_id: str
    state: ApplicationState
    expected: ApplicationState


@dataclass(frozen=True, slots=True)
class BumpGeneration:
    """Raise the client's generation by one; conflicts `generation-moved` unless it still is `expected`."""

    application_id: str
    expected: int


@dataclass(frozen=True, slots=True)
class AddSecret:
    """Add a secret; conflicts `two-live-secrets` where two live at `secret.created_at` already.

    Conflicts `application-unknown` without its application, `secret-exists` on its id.
    """

    secret: ClientSecret


@dataclass(frozen=True, slots=True)
class ExpireSecret:
    """Let a secret end at `expires_at`, never later than it would.

    Its ciphertext goes with it when that is past at `now`. Conflicts `secret-unknown`.
    """

    secret_id: str
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class NoteSecretUse:
    """Remember when a secret was last used and from where; never moves backwards. Announces nothing."""

    secret_id: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class CreateApi:
    """Add an API; conflicts `api-exists` on its name and version, its id or its `resource_id`."""

    api: Api


@dataclass(frozen=True, slots=True)
class ReplaceApi:
    """Replace the API with the same `api_id`; conflicts `api-changed` unless all of it still is as `expected`.

    Conflicts `api-unknown` without it, `api-exists` where another API has its name and version, or its `resource_id`.
    """

    api: Api
    expected: Api


@dataclass(frozen=True, slots=True)
class SetLifeCycle:
    """Move an API through its life; conflicts `api-unknown`."""

    api_id: str
    life_cycle: LifeCycle


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Add a subscription; conflicts `subscribed` where there is one for the pair.

    Conflicts `application-unknown` or `api-unknown` where one of the pair is missing.
    """

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class SetSubscriptionState:
    """Move a subscription to another state; conflicts `subscription-unknown`."""

    application_id: str
    api_id: str
    state: SubscriptionState


@dataclass(frozen=True, slots=True)
class AddKey:
    """Add a key; conflicts `key-exists` on its kid."""

    key: Key


@dataclass(frozen=True, slots=True)
class SetKeyLife:
    """Set when a key retires and goes; conflicts `key-moved` unless its `retires_at` still is `expected_retires_at`."""

    kid: str
    expected_retires_at: datetime | None
    retires_at: datetime | None
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountKeyUses:
    """Add to a key's count of tokens made. Announces nothing."""

    kid: str
    uses: int


@dataclass(frozen=True, slots=True)
class Revoke:
    """Remember a revocation until `until`; idempotent, the later `until` stands."""

    kind: RevocationKind
    id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Audit:
    """Append an audit row in commit order; `detail` is JSON without secrets."""

    at: datetime
    actor: str
    action: str
    object: str
    detail: str = "{}"


@dataclass(frozen=True, slots=True)
class SealAudit:
    """Write the chain values of rows `(seq, mac)`.

    Conflicts `already-sealed` where a row has a different value, or is missing.
    """

    macs: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class LogRequests:
    """Write rows of the request log; a row with a known `request_id` replaces it. Announces nothing."""

    rows: tuple[LoggedRequest, ...]


@dataclass(frozen=True, slots=True)
class Lease:
    """Take or renew a lease on a named work until `until`; conflicts `leased` where another holds it at `now`."""

    work: str
    holder: str
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class SetMeta:
    """Set a fact about the database itself; conflicts `meta-moved` unless it still is `expected` (None: absent)."""

    name: str
    expected: str | None
    value: str


Effect = (
    CreateAccount
    | CreateSpace
    | CreateApplication
    | SetApplicationState
    | BumpGeneration
    | AddSecret
    | ExpireSecret
    | NoteSecretUse
    | CreateApi
    | ReplaceApi
    | SetLifeCycle
    | Subscribe
    | SetSubscriptionState
    | AddKey
    | SetKeyLife
    | CountKeyUses
    | Revoke
    | Audit
    | SealAudit
    | LogRequests
    | Lease
    | SetMeta
    | PersonEffect
)
