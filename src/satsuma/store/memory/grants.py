"""Grants in memory, with their codes and refresh tokens: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.applications import Application
from satsuma.domain.grants.grant import (
    AuthorizationCode,
    EndGrants,
    Grant,
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.store.memory.accounts import keep_account
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.revocations import end_grant
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _issue_code(t: Tables, effect: IssueCode, changes: Changes) -> None:
    code, grant = effect.code, effect.grant
    keep_account(t, grant.account_id)
    require(code.digest not in t.code and grant.grant_id not in t.user_grant, "code-exists")
    t.put(t.user_grant, grant.grant_id, grant)
    t.put(t.code, code.digest, code)


def _use_code(t: Tables, effect: UseCode, changes: Changes) -> None:
    code = known(t.code.get(effect.digest), "code-used")
    require(code.used_at is None, "code-used")
    grant = t.user_grant.get(code.grant_id)
    require(grant is not None and _goes_on(grant), "grant-revoked")
    t.put(t.code, code.digest, replace(code, used_at=effect.at))


def _goes_on(grant: Grant) -> bool:
    return grant.revoked_at is None and not grant.blocked


def _refreshed(t: Tables, grant_id: str, generation: int) -> Grant:
    grant = known(t.user_grant.get(grant_id), "refresh-moved")
    require(grant.generation == generation and _goes_on(grant), "refresh-moved")
    return grant


def _start_refreshing(t: Tables, effect: StartRefreshing, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, 0)
    started = replace(grant, generation=1, expires_at=effect.expires_at, ends_at=effect.ends_at)
    t.put(t.user_grant, grant.grant_id, started)


def _use_grant(t: Tables, effect: UseGrant, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, effect.generation)
    used = replace(grant, used_at=effect.at, expires_at=effect.expires_at)
    t.put(t.user_grant, grant.grant_id, used)


def _rotate_refresh(t: Tables, effect: RotateRefresh, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, effect.expected)
    rotated = replace(
        grant,
        generation=grant.generation + 1,
        used_at=effect.at,
        expires_at=effect.expires_at,
        answer=effect.answer,
        answer_until=effect.answer_until,
        predecessor=effect.predecessor,
    )
    t.put(t.user_grant, grant.grant_id, rotated)


def _revoke_grant(t: Tables, effect: RevokeGrant, changes: Changes) -> None:
    grant = t.user_grant.get(effect.grant_id)
    if grant:
        end_grant(t, grant, effect.at, effect.because, changes)


def _end_grants(t: Tables, effect: EndGrants, changes: Changes) -> None:
    theirs = [g for g in t.user_grant.values() if g.application_id == effect.application_id]
    for grant in [each for each in theirs if each.revoked_at is None]:
        ended = replace(
            grant,
            revoked_at=effect.at,
            revoked_because=effect.because,
            answer=None,
            answer_until=None,
        )
        t.put(t.user_grant, grant.grant_id, ended)
        changes.announce("grants", effect.application_id)


WRITERS: Writers = {
    IssueCode: _issue_code,
    UseCode: _use_code,
    StartRefreshing: _start_refreshing,
    UseGrant: _use_grant,
    RotateRefresh: _rotate_refresh,
    RevokeGrant: _revoke_grant,
    EndGrants: _end_grants,
}


class GrantQueries(Query):
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
