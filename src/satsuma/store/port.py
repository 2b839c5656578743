"""The port: how every room reads facts and commits effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.apis import Api, ApiDocument
from satsuma.domain.applications import Application, Client
from satsuma.domain.audit import AuditRecord
from satsuma.domain.consents import Consent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.keys import Key
from satsuma.domain.plans import Plan
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.revocations import Change, Revocation
from satsuma.domain.sessions import Session
from satsuma.domain.spaces import Invitation, Membership, Space
from satsuma.domain.subscriptions import Subscription
from satsuma.domain.usage_counts import UsagePoint
from satsuma.domain.work import Work

T = TypeVar("T")


class Conflict(Exception):
    """A condition of an effect did not hold; nothing of the commit stands. `slug` names the
    condition.
    """

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Unavailable(Exception):
    """The database cannot be reached or refuses to serve; the text says why and holds no secret."""


class SchemaTooOld(Exception):
    """The database stands at an older migration than this release needs; the text says which
    command mends it.
    """


class SchemaTooNew(Exception):
    """The database stands at a newer migration that this release cannot read; the text says so."""


class Reader(Protocol):
    """One consistent view of the facts, for the length of one `read`."""

    def find_client(self, client_id: str) -> Client | None:
        """Find a client by `client_id` with all its secrets and subscriptions."""

    def find_application(self, application_id: str) -> Application | None:
        """Find an application by its Application ID."""

    def list_applications(
        self, space_id: str | None, after: str, limit: int
    ) -> Sequence[Application]:
        """List applications by `application_id` greater than `after`, of one space or of all."""

    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""

    def list_web_origins(self) -> frozenset[str]:
        """The web origins of all active applications together."""

    def find_secret_owner(self, digest: bytes) -> str | None:
        """Find the `application_id` of any secret, live or retired, with that digest."""

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""

    def list_accounts(self, after: str, limit: int) -> Sequence[Account]:
        """List accounts by `account_id` greater than `after`."""

    def list_sandboxes(self, before: datetime, limit: int) -> Sequence[Account]:
        """List made-up people made before an instant, the oldest first."""

    def list_unconfirmed(self, before: datetime, now: datetime, limit: int) -> Sequence[Account]:
        """List accounts made before an instant whose e-mail was not confirmed, the oldest first.

        Not those that have a link that is live at `now`, or applications that are not revoked.
        """

    def list_password_costs(self) -> frozenset[str]:
        """The beginnings of all password hashes, as far as they say what they cost."""

    def list_blocked_subjects(self) -> frozenset[str]:
        """The subjects of all blocked accounts together."""

    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that is an account's own."""

    def find_space(self, space_id: str) -> Space | None:
        """Find a space by its id."""

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space, of several the one that is in for longest."""

    def find_membership(self, space_id: str, account_id: str) -> Membership | None:
        """Find how an account is in a space."""

    def list_members(self, space_id: str) -> Sequence[tuple[Membership, Account]]:
        """List who is in a space, the first first."""

    def list_memberships(self, account_id: str) -> Sequence[tuple[Membership, Space]]:
        """List the spaces that an account is in, the first first."""

    def list_invitations(self, space_id: str) -> Sequence[Invitation]:
        """List a space's invitations that nobody ended, the expired ones too, the first first."""

    def find_invitation(self, digest: bytes) -> Invitation | None:
        """Find an invitation by the digest of its token, also one that ended."""

    def find_session(self, digest: bytes) -> Session | None:
        """Find a session by the digest of its cookie."""

    def list_sessions(self, account_id: str) -> Sequence[Session]:
        """List an account's sessions, the one seen last first."""

    def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        """Find a code, used or not, together with its grant."""

    def find_grant(self, grant_id: str) -> Grant | None:
        """Find a grant, also a revoked one."""

    def list_grants(self, account_id: str) -> Sequence[tuple[Grant, Application]]:
        """List an account's grants that are not revoked with their applications, newest first."""

    def find_consent(self, account_id: str, application_id: str, issuer: str) -> Consent | None:
        """Find what an account allowed an application at an issuer."""

    def list_consents(self, account_id: str) -> Sequence[Consent]:
        """List an account's consents, by application and issuer."""

    def find_subject(self, account_id: str, application_id: str) -> str | None:
        """Find the subject by which an application knows an account."""

    def find_account_of_subject(self, sub: str) -> str | None:
        """Find the `account_id` behind a subject."""

    def find_link(self, digest: bytes) -> MailLink | None:
        """Find a link sent by mail, by the digest of its token."""

    def find_undo(self, email: str, now: datetime) -> MailLink | None:
        """Find the link, live at `now`, by which an address may take a change of address back."""

    def due_work(self, kind: str, now: datetime, limit: int) -> Sequence[Work]:
        """Work of a kind that is due at `now`, the longest due first."""

    def count_work(self) -> int:
        """Count the pieces of work that are not finished."""

    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""

    def find_api_document(self, api_id: str) -> ApiDocument | None:
        """Find the document that describes an API."""

    def list_plans(self) -> Sequence[Plan]:
        """List all plans by name."""

    def list_waiting(self, limit: int) -> Sequence[Subscription]:
        """List subscriptions that wait for a decision, the oldest first."""

    def sum_calls(self, application_id: str, api_id: str, since: datetime, *, by_days: bool) -> int:
        """Sum the calls in the hours, or the days, that began at or after an instant."""

    def list_usage(
        self, application_id: str, since: datetime, until: datetime, step: timedelta
    ) -> Sequence[UsagePoint]:
        """What an application used from an instant to another, summed by stretches of time, oldest first."""

    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""

    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""

    def feed_head(self) -> int:
        """The number of the newest change, 0 where there is none."""

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Changes after `seq` in commit order."""

    def feed_floor(self) -> int:
        """The highest number that pruning has removed: a reader behind it must load everything
        anew.
        """

    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Audit rows after `seq` in order."""

    def audit_sealed_head(self) -> AuditRecord | None:
        """The newest row that has its chain value."""

    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""

    def list_logged_requests(
        self, since: datetime, client_id: str | None, statuses: tuple[int, int], limit: int
    ) -> Sequence[LoggedRequest]:
        """The newest `limit` rows at or after an instant, oldest first.

        Of one client or of all; with a status from the first of `statuses` to the second.
        """

    def find_request_of_space(self, space_id: str, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log as `find_logged_request` does, among those of a space's applications alone."""

    def list_requests_of_space(
        self,
        space_id: str,
        client_id: str | None,
        since: datetime,
        before: tuple[datetime, str],
        statuses: tuple[int, int],
        limit: int,
    ) -> Sequence[LoggedRequest]:
        """The newest `limit` rows of a space's applications, or of one of them, newest first.

        At or after an instant, and before another one and the request id at it.
        """

    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""


class Store(Protocol):
    """What remembers. All methods may be called from one event loop; work happens in the store's
    own threads.
    """

    async def read(self, query: Callable[[Reader], T]) -> T:
        """Run `query` on one consistent view; raises `Unavailable`."""

    async def commit(self, *effects: Effect) -> None:
        """Commit all effects in one durable transaction; raises `Conflict` (nothing stands) or
        `Unavailable`.
        """

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete up to `limit` rows of each table that matter no more; give how many went."""

    async def changed(self, timeout: float) -> None:
        """Return when the database may have changed, at the latest after `timeout` seconds."""

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
