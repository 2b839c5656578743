"""Statements on a person's side, under the rules of `statements`."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.domain.accounts import Account, MailLink
from satsuma.domain.applications import Application
from satsuma.domain.consents import Consent
from satsuma.domain.grants.grant import AuthorizationCode, Grant
from satsuma.domain.sessions import Session
from satsuma.domain.work import Work
from satsuma.store.sql.clauses import add, names, select

# Accounts
SET_PASSWORD = (
    "UPDATE account SET password_hash = :password_hash WHERE account_id = :account_id "
    "RETURNING account_id"
)
CONFIRM_ACCOUNT = (
    "UPDATE account SET confirmed_at = :at WHERE account_id = :account_id RETURNING account_id"
)
CHANGE_EMAIL = "UPDATE account SET email = :email WHERE account_id = :account_id"
SET_LOCALE = "UPDATE account SET locale = :locale WHERE account_id = :account_id"
# Nothing changes, but the row stays locked until the commit: meanwhile the account is neither
# deleted nor blocked.
KEEP_ACCOUNT = "UPDATE account SET locale = locale WHERE account_id = :account_id RETURNING blocked"
SET_BLOCKED = (
    "UPDATE account SET blocked = :blocked WHERE account_id = :account_id RETURNING account_id"
)
BLOCK_GRANTS = (
    "UPDATE user_grant SET blocked = :blocked WHERE account_id = :account_id "
    "AND blocked <> :blocked"
)
LIST_BLOCKED_SUBJECTS = (
    "SELECT s.sub FROM subject s JOIN account a ON a.account_id = s.account_id WHERE a.blocked = 1"
)

# Whoever has a live link, or applications in use, is waited for.
LIST_UNCONFIRMED = (
    select("account", Account)
    + " WHERE confirmed_at IS NULL AND created_at < :before AND NOT EXISTS "
    "(SELECT 1 FROM link l WHERE l.account_id = account.account_id AND l.used_at IS NULL "
    "AND l.expires_at > :now) AND NOT EXISTS "
    "(SELECT 1 FROM application p JOIN space s ON s.space_id = p.space_id "
    "WHERE s.owner_id = account.account_id AND p.state <> 'revoked') "
    "ORDER BY created_at, account_id LIMIT :limit"
)
FIND_OWNER = (
    select("account", Account)
    + " WHERE account_id = (SELECT s.owner_id FROM space s WHERE s.space_id = :space_id)"
)

# The end of an account. Its e-mail becomes one that nobody can have: a change to a unique key keeps
# out, until the commit, whoever would refer to the row, and lets the statements after it see
# whoever already does.
TAKE_ACCOUNT = (
    "UPDATE account SET email = account_id WHERE account_id = :account_id "
    "RETURNING coalesce(confirmed_at, 0)"  # SQLite 3.40 calls no value NULL here, though it is
)
_OWN_SPACES = "(SELECT s.space_id FROM space s WHERE s.owner_id = :account_id)"
_OWN_APPLICATIONS = (
    "(SELECT a.application_id FROM application a JOIN space s ON s.space_id = a.space_id "
    "WHERE s.owner_id = :account_id AND a.state = 'revoked')"
)
_BURY = (
    "INSERT INTO tomb (id, kind, at) SELECT {id}, '{kind}', :at FROM {rows} ON CONFLICT DO NOTHING"
)
_OWN = "WHERE account_id = :account_id"
_THERE = f"WHERE application_id IN {_OWN_APPLICATIONS}"
BURY_SUBJECTS = _BURY.format(id="sub", kind="subject", rows=f"subject {_OWN}")
BURY_SUBJECTS_THERE = _BURY.format(id="sub", kind="subject", rows=f"subject {_THERE}")
DELETE_SUBJECTS = f"DELETE FROM subject {_OWN}"
DELETE_SUBJECTS_THERE = f"DELETE FROM subject {_THERE}"
DELETE_CONSENTS = f"DELETE FROM consent {_OWN}"
DELETE_CONSENTS_THERE = f"DELETE FROM consent {_THERE}"
DELETE_SECRETS = f"DELETE FROM client_secret {_THERE}"
DELETE_SUBSCRIPTIONS = f"DELETE FROM subscription {_THERE}"
_REVOKED = f"application WHERE space_id IN {_OWN_SPACES} AND state = 'revoked'"
BURY_APPLICATIONS = _BURY.format(id="application_id", kind="application", rows=_REVOKED)
BURY_CLIENTS = _BURY.format(id="client_id", kind="client", rows=_REVOKED)
DELETE_APPLICATIONS = f"DELETE FROM {_REVOKED} RETURNING client_id"
DELETE_MEMBERSHIPS = (
    f"DELETE FROM membership WHERE account_id = :account_id OR space_id IN {_OWN_SPACES}"
)
BURY_SPACES = _BURY.format(id="space_id", kind="space", rows="space WHERE owner_id = :account_id")
DELETE_SPACES = "DELETE FROM space WHERE owner_id = :account_id"
DELETE_SESSIONS = f"DELETE FROM session {_OWN}"
DELETE_LINKS = f"DELETE FROM link {_OWN}"
_END = "revoked_at = :at, revoked_because = :because, answer = NULL, answer_until = NULL"
END_GRANTS = (
    f"UPDATE user_grant SET {_END} WHERE account_id = :account_id AND revoked_at IS NULL "
    "RETURNING grant_id"
)
DELETE_ACCOUNT = f"DELETE FROM account {_OWN}"

# Sessions
ADD_SESSION = add("session", Session)
SEE_SESSION = "UPDATE session SET seen_at = :at WHERE digest = :digest AND seen_at < :at"
END_SESSION = "DELETE FROM session WHERE digest = :digest RETURNING sid"
END_SESSIONS = (
    "DELETE FROM session WHERE account_id = :account_id AND digest IS DISTINCT FROM :keep "
    "RETURNING sid"
)
FIND_SESSION = select("session", Session) + " WHERE digest = :digest"
LIST_SESSIONS = (
    select("session", Session) + " WHERE account_id = :account_id ORDER BY seen_at DESC, sid"
)

# Subjects and consents
ADD_SUBJECT = (
    "INSERT INTO subject (account_id, application_id, sub, at) "
    "SELECT :account_id, :application_id, :sub, :at "
    "WHERE NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :sub) ON CONFLICT DO NOTHING"
)
FIND_SUBJECT = (
    "SELECT sub FROM subject WHERE account_id = :account_id AND application_id = :application_id"
)
FIND_ACCOUNT_OF_SUBJECT = "SELECT account_id FROM subject WHERE sub = :sub"
# Gives what was remembered before, and keeps the row until the commit.
OPEN_CONSENT = (
    f"INSERT INTO consent ({names(Consent)}) "
    "VALUES (:account_id, :application_id, :issuer, '', :at) "
    "ON CONFLICT (account_id, application_id, issuer) DO UPDATE SET scope = consent.scope "
    "RETURNING scope"
)
SET_CONSENT = (
    "UPDATE consent SET scope = :scope, at = CASE WHEN at < :at THEN :at ELSE at END "
    "WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)
REMOVE_CONSENT = (
    "DELETE FROM consent WHERE account_id = :account_id AND application_id = :application_id"
)
LIST_CONSENTS = (
    select("consent", Consent) + " WHERE account_id = :account_id ORDER BY application_id, issuer"
)
FIND_CONSENT = (
    select("consent", Consent)
    + " WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)
REMEMBERED_SCOPE = (
    "SELECT scope FROM consent "
    "WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)

# Codes and grants
ADD_GRANT = add("user_grant", Grant)
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
FIND_CODE = (
    f"SELECT {names(AuthorizationCode, 'c.')}, {names(Grant, 'g.')} "
    "FROM code c JOIN user_grant g ON g.grant_id = c.grant_id WHERE c.digest = :digest"
)
START_REFRESHING = (
    "UPDATE user_grant SET generation = 1, expires_at = :expires_at, ends_at = :ends_at "
    "WHERE grant_id = :grant_id AND generation = 0 AND revoked_at IS NULL AND blocked = 0"
)
USE_GRANT = (
    "UPDATE user_grant SET used_at = :at, expires_at = :expires_at "
    "WHERE grant_id = :grant_id AND generation = :generation AND revoked_at IS NULL "
    "AND blocked = 0"
)
ROTATE_REFRESH = (
    "UPDATE user_grant SET generation = generation + 1, used_at = :at, expires_at = :expires_at, "
    "answer = :answer, answer_until = :answer_until "
    "WHERE grant_id = :grant_id AND generation = :expected AND revoked_at IS NULL "
    "AND blocked = 0"
)
END_ACCESS = (
    f"UPDATE user_grant SET {_END} WHERE account_id = :account_id "
    "AND application_id = :application_id AND revoked_at IS NULL RETURNING grant_id"
)
REVOKE_GRANT = f"UPDATE user_grant SET {_END} WHERE grant_id = :grant_id AND revoked_at IS NULL"
FIND_GRANT = select("user_grant", Grant) + " WHERE grant_id = :grant_id"
LIST_GRANTS = (
    f"SELECT {names(Grant, 'g.')}, {names(Application, 'a.')} "
    "FROM user_grant g JOIN application a ON a.application_id = g.application_id "
    "WHERE g.account_id = :account_id AND g.revoked_at IS NULL "
    "ORDER BY g.created_at DESC, g.grant_id"
)

# Links sent by mail
END_LINKS = (
    "UPDATE link SET expires_at = :now WHERE account_id = :account_id AND purpose = :purpose "
    "AND used_at IS NULL AND expires_at > :now"
)
ADD_LINK = add("link", MailLink)
USE_LINK = (
    "UPDATE link SET used_at = :at WHERE digest = :digest AND used_at IS NULL AND expires_at > :at"
)
FIND_LINK = select("link", MailLink) + " WHERE digest = :digest"

# Durable work
ADD_WORK = add("work", Work)
TAKE_WORK = (
    "UPDATE work SET due_at = :until, attempts = attempts + 1 "
    "WHERE work_id = :work_id AND due_at <= :at"
)
FINISH_WORK = "DELETE FROM work WHERE work_id = :work_id"
DUE_WORK = (
    select("work", Work) + " WHERE kind = :kind AND due_at <= :now ORDER BY due_at, work_id "
    "LIMIT :limit"
)
COUNT_WORK = "SELECT count(*) FROM work"

# Pruning. The condition stands outside too: a session that was seen or a grant that was refreshed
# while we waited for it is judged again.
_PRUNE = (
    "DELETE FROM {table} WHERE {ended} AND {key} IN "
    "(SELECT {key} FROM {table} WHERE {ended} ORDER BY {end}, {key} LIMIT :limit)"
)


def _prune(table: str, key: str, end: str, condition: str = "") -> str:
    return _PRUNE.format(table=table, key=key, end=end, ended=f"{condition}{end} < :before")


PRUNE_OLD_SESSIONS = _prune("session", "digest", "created_at")
PRUNE_IDLE_SESSIONS = _prune("session", "digest", "seen_at")
PRUNE_CODES = _prune("code", "digest", "expires_at")
PRUNE_REVOKED_GRANTS = _prune("user_grant", "grant_id", "revoked_at")
PRUNE_EXPIRED_GRANTS = _prune("user_grant", "grant_id", "expires_at")
PRUNE_UNREFRESHED_GRANTS = _prune("user_grant", "grant_id", "used_at", "expires_at IS NULL AND ")
PRUNE_LINKS = _prune("link", "digest", "expires_at")
FORGET_ANSWERS = (
    "UPDATE user_grant SET answer = NULL, answer_until = NULL "
    "WHERE answer_until < :before AND grant_id IN (SELECT grant_id FROM user_grant "
    "WHERE answer_until < :before ORDER BY answer_until, grant_id LIMIT :limit)"
)
