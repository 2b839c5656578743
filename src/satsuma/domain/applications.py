"""Registered clients and their secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from satsuma.domain.effects import Effect
from satsuma.domain.subscriptions import Subscription

ApplicationState = Literal["active", "pending", "blocked", "revoked"]
PkceDemand = Literal["issuer", "required", "or-nonce", "optional"]
LOOSE_PKCE: Final = frozenset({"or-nonce", "optional"})
"""Demands that are less than an issuer's own: of confidential applications alone."""
AccessTokenFormat = Literal["issuer", "opaque", "jwt"]


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

    def is_live(self, now: datetime) -> bool:
        """Whether it works at an instant."""
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class Application:
    """A registered client; `client_id` is 32 alphanumerics, `application_id` a separate identifier.

    What says `issuer` is as each issuer has it. `default_scopes` stand for a request without `scope`; empty
    `post_logout_redirect_uris` mean that the redirect URIs stand for them. `publisher`, `client_uri` and `policy_uri`
    are what its owner says of who stands behind it; an operator has confirmed that where `publisher_confirmed`.

    Spec: OIDC Registration §2; OIDC RP-Initiated Logout §3.1; RFC 6749 §3.3.
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
    description: str = ""
    default_scopes: tuple[str, ...] = ()
    pkce: PkceDemand = "issuer"
    access_token_format: AccessTokenFormat = "issuer"
    access_token_signing_alg: str = "issuer"
    post_logout_redirect_uris: tuple[str, ...] = ()
    publisher: str = ""
    client_uri: str = ""
    policy_uri: str = ""
    publisher_confirmed: bool = False

    @property
    def logout_addresses(self) -> tuple[str, ...]:
        """Where a browser may go after a logout.

        Spec: OIDC RP-Initiated Logout §3.1.
        """
        return self.post_logout_redirect_uris or self.redirect_uris


@dataclass(frozen=True, slots=True)
class Client:
    """What one request needs to know of a client: the application, all its secrets, its subscriptions."""

    application: Application
    secrets: tuple[ClientSecret, ...]
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True, slots=True)
class CreateApplication(Effect):
    """Add an application; conflicts `application-exists` on its name within the space or its ids.

    Conflicts `space-unknown` without its space, `space-full` where that has `most` already, revoked ones included.
    """

    application: Application
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SetApplicationState(Effect):
    """Move an application to another state; conflicts `state-moved` unless its state still is `expected`.

    Conflicts `application-unknown` without the application.
    """

    application_id: str
    state: ApplicationState
    expected: ApplicationState


CHANGEABLE: Final = (
    "name",
    "redirect_uris",
    "web_origins",
    "id_token_signed_response_alg",
    "description",
    "default_scopes",
    "pkce",
    "access_token_format",
    "access_token_signing_alg",
    "post_logout_redirect_uris",
    "publisher",
    "client_uri",
    "policy_uri",
    "publisher_confirmed",
)
"""What of an application may be changed after it was created."""


@dataclass(frozen=True, slots=True)
class ChangeApplication(Effect):
    """Change what may be changed of an application; conflicts `application-changed` unless all that is as `expected`.

    What is not changeable stays as it is. Conflicts `application-unknown` without the application,
    `application-exists` where its space has another one of that name.
    """

    application: Application
    expected: Application


@dataclass(frozen=True, slots=True)
class MoveApplication(Effect):
    """Move an application into another space, as it is; conflicts `application-moved` unless it is in `expected`.

    Conflicts `space-unknown` without the other space, `application-exists` where that has one of its name,
    `space-full` where it has `most` already.
    """

    application_id: str
    space_id: str
    expected: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class BumpGeneration(Effect):
    """Raise the client's generation by one; conflicts `generation-moved` unless it still is `expected`."""

    application_id: str
    expected: int


@dataclass(frozen=True, slots=True)
class AddSecret(Effect):
    """Add a secret; conflicts `two-live-secrets` where two live at `secret.created_at` already.

    Conflicts `application-unknown` without its application, `application-revoked` where that is revoked,
    `secret-exists` on its id.
    """

    secret: ClientSecret


@dataclass(frozen=True, slots=True)
class ExpireSecrets(Effect):
    """Let every secret of an application end at `expires_at`, never later than it would.

    Its ciphertext goes with one where that is past at `now`. Conflicts `application-unknown`.
    """

    application_id: str
    expires_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class NoteSecretUse(Effect):
    """Remember when a secret was last used and from where; never moves backwards. Announces nothing."""

    secret_id: str
    at: datetime
    source: str
