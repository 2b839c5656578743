"""Grants in SQL, with their codes and refresh tokens: what writes, finds and prunes them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

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
from satsuma.store import retention
from satsuma.store.sql.accounts import keep_account
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, names, prune, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.revocations import ENDED
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, statement, steps

ADD_GRANT = add("user_grant", Grant)
# A code's `scope` and `context` are read from its grant; their columns are written for one release
# more, then they go.
ADD_CODE = add("code", AuthorizationCode)
# Nothing changes, but the row stays locked until the commit: meanwhile the grant is not revoked.
KEEP_GRANT_OF_CODE = (
    "UPDATE user_grant SET used_at = used_at WHERE revoked_at IS NULL AND blocked = 0 "
    "AND grant_id = (SELECT c.grant_id FROM code c WHERE c.digest = :digest)"
)
USE_CODE = (
    "UPDATE code SET used_at = :at WHERE digest = :digest AND used_at IS NULL AND EXISTS "
    "(SELECT 1 FROM user_grant g WHERE g.grant_id = code.grant_id AND g.revoked_at IS NULL "
    "AND g.blocked = 0)"
)
FIND_UNUSED_CODE = "SELECT digest FROM code WHERE digest = :digest AND used_at IS NULL"
REVOKE_GRANT = f"UPDATE user_grant SET {ENDED} WHERE grant_id = :grant_id AND revoked_at IS NULL"
END_GRANTS_OF_APPLICATION = (
    f"UPDATE user_grant SET {ENDED} WHERE application_id = :application_id AND revoked_at IS NULL"
)
FIND_CODE = (
    f"SELECT {names(AuthorizationCode, 'c.')}, {names(Grant, 'g.')} "
    "FROM code c JOIN user_grant g ON g.grant_id = c.grant_id WHERE c.digest = :digest"
)
FIND_GRANT = select("user_grant", Grant) + " WHERE grant_id = :grant_id"
LIST_GRANTS = (
    f"SELECT {names(Grant, 'g.')}, {names(Application, 'a.')} "
    "FROM user_grant g JOIN application a ON a.application_id = g.application_id "
    "WHERE g.account_id = :account_id AND g.revoked_at IS NULL "
    "ORDER BY g.created_at DESC, g.grant_id"
)
PRUNE_CODES = prune("code", "digest", "expires_at")
PRUNE_REVOKED_GRANTS = prune("user_grant", "grant_id", "revoked_at")
PRUNE_EXPIRED_GRANTS = prune("user_grant", "grant_id", "expires_at")
PRUNE_UNREFRESHED_GRANTS = prune("user_grant", "grant_id", "used_at", "expires_at IS NULL AND ")
FORGET_ANSWERS = (
    "UPDATE user_grant SET answer = NULL, answer_until = NULL "
    "WHERE answer_until < :before AND grant_id IN (SELECT grant_id FROM user_grant "
    "WHERE answer_until < :before ORDER BY answer_until, grant_id LIMIT :limit)"
)


def _issue_code(transaction: Transaction, effect: IssueCode, changes: Changes) -> None:
    grant = values_of(effect.grant)
    keep_account(transaction, grant)
    require(transaction.run(ADD_GRANT, grant), "code-exists")
    require(transaction.run(ADD_CODE, values_of(effect.code)), "code-exists")


def _use_code(transaction: Transaction, effect: UseCode, changes: Changes) -> None:
    values = values_of(effect)
    transaction.hold(KEEP_GRANT_OF_CODE, values)
    if not transaction.run(USE_CODE, values):
        single_value(transaction.rows(FIND_UNUSED_CODE, values), "code-used")
        require(False, "grant-revoked")


def _revoke_grant(transaction: Transaction, effect: RevokeGrant, changes: Changes) -> None:
    if transaction.run(REVOKE_GRANT, values_of(effect)):
        changes.announce("grants", effect.grant_id)


def _end_grants(transaction: Transaction, effect: EndGrants, changes: Changes) -> None:
    if transaction.run(END_GRANTS_OF_APPLICATION, values_of(effect)):
        changes.announce("grants", effect.application_id)


WRITERS: Writers = {
    IssueCode: steps(_issue_code, taken="account-unknown"),
    UseCode: steps(_use_code, taken="code-used"),
    StartRefreshing: statement(
        "UPDATE user_grant SET generation = 1, expires_at = :expires_at, ends_at = :ends_at "
        "WHERE grant_id = :grant_id AND generation = 0 AND revoked_at IS NULL AND blocked = 0",
        "refresh-moved",
    ),
    UseGrant: statement(
        "UPDATE user_grant SET used_at = :at, expires_at = :expires_at "
        "WHERE grant_id = :grant_id AND generation = :generation AND revoked_at IS NULL "
        "AND blocked = 0",
        "refresh-moved",
    ),
    RotateRefresh: statement(
        "UPDATE user_grant SET generation = generation + 1, used_at = :at, "
        "expires_at = :expires_at, answer = :answer, answer_until = :answer_until, "
        "predecessor = :predecessor "
        "WHERE grant_id = :grant_id AND generation = :expected AND revoked_at IS NULL "
        "AND blocked = 0",
        "refresh-moved",
    ),
    RevokeGrant: steps(_revoke_grant),
    EndGrants: steps(_end_grants),
}


class GrantQueries(Query):
    def find_code(self, digest: bytes) -> tuple[AuthorizationCode, Grant] | None:
        """Find a code, used or not, together with its grant."""
        found = self._pairs(AuthorizationCode, Grant, FIND_CODE, digest=digest)
        return found[0] if found else None

    def find_grant(self, grant_id: str) -> Grant | None:
        """Find a grant, also a revoked one."""
        return self._one(Grant, FIND_GRANT, grant_id=grant_id)

    def list_grants(self, account_id: str) -> Sequence[tuple[Grant, Application]]:
        """List an account's grants that are not revoked with their applications, newest first."""
        return self._pairs(Grant, Application, LIST_GRANTS, account_id=account_id)


PRUNING = (
    (PRUNE_REVOKED_GRANTS, retention.ENDED_GRANT),
    (PRUNE_EXPIRED_GRANTS, retention.ENDED_GRANT),
    (PRUNE_UNREFRESHED_GRANTS, retention.ENDED_GRANT),
)
PRUNING_CODES = ((PRUNE_CODES, retention.EXPIRED_CODE),)
FORGETTING = ((FORGET_ANSWERS, retention.KEPT_ANSWER),)
