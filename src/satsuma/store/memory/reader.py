"""The memory store's reader."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, Client
from satsuma.domain.audit import AuditRecord
from satsuma.domain.consents import Consent
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.keys import Key
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.revocations import Change, Revocation
from satsuma.domain.sessions import Session
from satsuma.domain.spaces import Space
from satsuma.domain.work import Work
from satsuma.store.memory.tables import Tables
from satsuma.store.sql.meta import TABLES


class MemoryReader:
    """Facts as they stand while the store's lock is held."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def find_client(self, client_id: str) -> Client | None:
        """Find a client by `client_id` with all its secrets and subscriptions."""
        t = self._tables
        application_id = t.by_client_id.get(client_id)
        if application_id is None:
            return None
        secrets = map(t.client_secret.get, t.secrets_of.get(application_id, ()))
        apis = sorted(t.apis_of.get(application_id, ()))
        return Client(
            t.application[application_id],
            tuple(sorted(filter(None, secrets), key=lambda s: (s.created_at, s.secret_id))),
            tuple(t.subscription[application_id, api_id] for api_id in apis),
        )

    def find_application(self, application_id: str) -> Application | None:
        """Find an application by its Application ID."""
        return self._tables.application.get(application_id)

    def list_applications(
        self, space_id: str | None, after: str, limit: int
    ) -> Sequence[Application]:
        """List applications by `application_id` greater than `after`, of one space or of all."""
        found = sorted(
            a.application_id
            for a in self._tables.application.values()
            if a.application_id > after and space_id in (None, a.space_id)
        )
        return [self._tables.application[a] for a in found[:limit]]

    def find_account(self, account_id: str) -> Account | None:
        """Find an account by id."""
        return self._tables.account.get(account_id)

    def find_account_by_email(self, email: str) -> Account | None:
        """Find an account by canonical e-mail."""
        return self._tables.account.get(self._tables.by_email.get(email, ""))

    def list_accounts(self, after: str, limit: int) -> Sequence[Account]:
        """List accounts by `account_id` greater than `after`."""
        found = sorted(each for each in self._tables.account if each > after)
        return [self._tables.account[each] for each in found[:limit]]

    def list_unconfirmed(self, before: datetime, now: datetime, limit: int) -> Sequence[Account]:
        """List accounts made before an instant and waited for no more, the oldest first."""
        t = self._tables
        awaited = {
            link.account_id
            for link in t.link.values()
            if link.used_at is None and link.expires_at > now
        }
        awaited |= {
            t.space[each.space_id].owner_id
            for each in t.application.values()
            if each.state != "revoked"
        }
        old = [a for a in t.account.values() if a.confirmed_at is None and a.created_at < before]
        found = [account for account in old if account.account_id not in awaited]
        return sorted(found, key=lambda a: (a.created_at, a.account_id))[:limit]

    def list_blocked_subjects(self) -> frozenset[str]:
        """The subjects of all blocked accounts together."""
        t = self._tables
        return frozenset(sub for (of, _), sub in t.subject.items() if t.account[of].blocked)

    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return next((s for s in self._tables.space.values() if s.owner_id == account_id), None)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space."""
        space = self._tables.space.get(space_id)
        return self._tables.account.get(space.owner_id) if space else None

    def list_web_origins(self) -> frozenset[str]:
        """The web origins of all active applications together."""
        active = (a for a in self._tables.application.values() if a.state == "active")
        return frozenset(origin for a in active for origin in a.web_origins)

    def find_secret_owner(self, digest: bytes) -> str | None:
        """Find the `application_id` of any secret, live or retired, with that digest."""
        secrets = self._tables.client_secret.values()
        return min((s.application_id for s in secrets if s.digest == digest), default=None)

    def find_session(self, digest: bytes) -> Session | None:
        """Find a session by the digest of its cookie."""
        return self._tables.session.get(digest)

    def list_sessions(self, account_id: str) -> Sequence[Session]:
        """List an account's sessions, the one seen last first."""
        found = [s for s in self._tables.session.values() if s.account_id == account_id]
        found.sort(key=lambda s: s.sid)
        return sorted(found, key=lambda s: s.seen_at, reverse=True)

    def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        """Find a code, used or not, together with its grant."""
        code = self._tables.code.get(digest)
        grant = self._tables.user_grant.get(code.grant_id) if code else None
        return (code, grant) if code and grant else None

    def find_grant(self, grant_id: str) -> Grant | None:
        """Find a grant, also a revoked one."""
        return self._tables.user_grant.get(grant_id)

    def list_grants(self, account_id: str) -> Sequence[tuple[Grant, Application]]:
        """List an account's grants that are not revoked with their applications, newest first."""
        found = [
            (grant, self._tables.application[grant.application_id])
            for grant in self._tables.user_grant.values()
            if grant.account_id == account_id
            and grant.revoked_at is None
            and grant.application_id in self._tables.application
        ]
        found.sort(key=lambda pair: pair[0].grant_id)
        return sorted(found, key=lambda pair: pair[0].created_at, reverse=True)

    def find_consent(self, account_id: str, application_id: str, issuer: str) -> Consent | None:
        """Find what an account allowed an application at an issuer."""
        return self._tables.consent.get((account_id, application_id, issuer))

    def list_consents(self, account_id: str) -> Sequence[Consent]:
        """List an account's consents, by application and issuer."""
        found = (c for c in self._tables.consent.values() if c.account_id == account_id)
        return sorted(found, key=lambda c: (c.application_id, c.issuer))

    def find_subject(self, account_id: str, application_id: str) -> str | None:
        """Find the subject by which an application knows an account."""
        return self._tables.subject.get((account_id, application_id))

    def find_account_of_subject(self, sub: str) -> str | None:
        """Find the `account_id` behind a subject."""
        pair = self._tables.by_sub.get(sub)
        return pair[0] if pair else None

    def find_link(self, digest: bytes) -> MailLink | None:
        """Find a link sent by mail, by the digest of its token."""
        return self._tables.link.get(digest)

    def due_work(self, kind: str, now: datetime, limit: int) -> Sequence[Work]:
        """Work of a kind that is due at `now`, the longest due first."""
        due = (w for w in self._tables.work.values() if w.kind == kind and w.due_at <= now)
        return sorted(due, key=lambda w: (w.due_at, w.work_id))[:limit]

    def count_work(self) -> int:
        """Count the pieces of work that are not finished."""
        return len(self._tables.work)

    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""
        return sorted(self._tables.api.values(), key=lambda a: (a.name, a.version))

    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""
        return sorted(self._tables.key.values(), key=lambda k: (k.announced_at, k.kid))

    def list_revocations(self, now: datetime) -> Sequence[Revocation]:
        """List all revocations that still matter at `now`."""
        found = (r for r in self._tables.revocation.values() if r.until > now)
        return sorted(found, key=lambda r: (r.kind, r.id))

    def feed_head(self) -> int:
        """The number of the newest change, 0 where there was none."""
        return self._tables.head()

    def feed_since(self, seq: int, limit: int) -> Sequence[Change]:
        """Changes after `seq` in commit order."""
        start = max(seq, self._tables.floor()) + 1
        rows = (self._tables.feed.get(n) for n in range(start, self._tables.head() + 1))
        return [row[0] for row in islice((row for row in rows if row), limit)]

    def feed_floor(self) -> int:
        """The highest number that pruning has removed."""
        return self._tables.floor()

    def audit_since(self, seq: int, limit: int) -> Sequence[AuditRecord]:
        """Audit rows after `seq` in order."""
        audit = self._tables.audit
        return [audit[n] for n in range(seq + 1, min(seq + limit, len(audit)) + 1)]

    def audit_sealed_head(self) -> AuditRecord | None:
        """The newest row that has its chain value."""
        return next((r for r in reversed(self._tables.audit.values()) if r.mac is not None), None)

    def find_logged_request(self, request_id: str) -> LoggedRequest | None:
        """Find a row of the request log by our id, or by the newest with that supplied id."""
        log = self._tables.request_log
        supplied = (r for r in log.values() if r.supplied_id == request_id)
        return log.get(request_id) or max(
            supplied, key=lambda r: (r.at, r.request_id), default=None
        )

    def find_meta(self, name: str) -> str | None:
        """Find a fact about the database itself."""
        return self._tables.meta.get(name)

    def count_rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        return {name: len(getattr(self._tables, name)) for name in TABLES}
