"""Every statement that serving runs, as text for SQLite 3.40 and PostgreSQL 15 alike.

Parameters are `:name`. A condition of an effect stands inside the statement that writes, never in a
read before it. A test prepares each statement against the migrated schema on both databases.
"""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.domain.accounts import Account
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application, ClientSecret
from satsuma.domain.audit import AuditRecord
from satsuma.domain.keys import Key
from satsuma.domain.request_log import LoggedRequest
from satsuma.domain.revocations import Change, Revocation
from satsuma.domain.spaces import Space
from satsuma.domain.subscriptions import Subscription
from satsuma.store.sql.clauses import add, marks, names, select, unchanged
from satsuma.store.sql.rows import columns

_CLIENT_ID_OF = "(SELECT a.client_id FROM application a WHERE a.application_id = {}.application_id)"

# Accounts and spaces
ADD_ACCOUNT = add("account", Account, "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :account_id)")
ADD_SPACE = add("space", Space, "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :space_id)")
ADD_OWNER = (
    "INSERT INTO membership (space_id, account_id, role) VALUES (:space_id, :owner_id, 'owner')"
)
FIND_ACCOUNT = select("account", Account) + " WHERE account_id = :account_id"
FIND_ACCOUNT_BY_EMAIL = select("account", Account) + " WHERE email = :email"
LIST_ACCOUNTS = (
    select("account", Account) + " WHERE account_id > :after ORDER BY account_id LIMIT :limit"
)
FIND_SPACE = select("space", Space) + " WHERE space_id = :space_id"
FIND_SPACE_OF = select("space", Space) + " WHERE owner_id = :account_id"

# Applications, their secrets and subscriptions
ADD_APPLICATION = add(
    "application",
    Application,
    "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id IN (:application_id, :client_id))",
)
SET_APPLICATION_STATE = (
    "UPDATE application SET state = :state "
    "WHERE application_id = :application_id AND state = :expected RETURNING client_id"
)
BUMP_GENERATION = (
    "UPDATE application SET generation = generation + 1 "
    "WHERE application_id = :application_id AND generation = :expected RETURNING client_id"
)
# Nothing changes, but the row stays locked until the commit: secrets are added one transaction
# after another.
LOCK_APPLICATION = (
    "UPDATE application SET generation = generation WHERE application_id = :application_id "
    "RETURNING client_id"
)
ADD_SECRET = add(
    "client_secret",
    ClientSecret,
    "(SELECT count(*) FROM client_secret s WHERE s.application_id = :application_id "
    "AND (s.expires_at IS NULL OR s.expires_at > :created_at)) < 2",
)
FIND_SECRET = "SELECT secret_id FROM client_secret WHERE secret_id = :secret_id"
EXPIRE_SECRET = (
    "UPDATE client_secret SET "
    "expires_at = CASE WHEN expires_at <= :expires_at THEN expires_at ELSE :expires_at END, "
    "ciphertext = CASE WHEN expires_at <= :now OR :expires_at <= :now THEN NULL "
    "ELSE ciphertext END "
    f"WHERE secret_id = :secret_id RETURNING {_CLIENT_ID_OF.format('client_secret')}"
)
NOTE_SECRET_USE = (
    "UPDATE client_secret SET last_used_at = :at, last_used_from = :source "
    "WHERE secret_id = :secret_id AND (last_used_at IS NULL OR last_used_at < :at)"
)
ADD_SUBSCRIPTION = add("subscription", Subscription, "1 = 1")
SET_SUBSCRIPTION_STATE = (
    "UPDATE subscription SET state = :state "
    "WHERE application_id = :application_id AND api_id = :api_id "
    f"RETURNING {_CLIENT_ID_OF.format('subscription')}"
)
FIND_CLIENT_ID = "SELECT client_id FROM application WHERE application_id = :application_id"
FIND_APPLICATION = select("application", Application) + " WHERE application_id = :application_id"
FIND_APPLICATION_BY_CLIENT_ID = select("application", Application) + " WHERE client_id = :client_id"
LIST_SECRETS = (
    select("client_secret", ClientSecret)
    + " WHERE application_id = :application_id ORDER BY created_at, secret_id"
)
LIST_SUBSCRIPTIONS = (
    select("subscription", Subscription) + " WHERE application_id = :application_id ORDER BY api_id"
)
FIND_SECRET_OWNER = "SELECT min(application_id) FROM client_secret WHERE digest = :digest"
LIST_WEB_ORIGINS = (
    "SELECT DISTINCT web_origins FROM application WHERE state = 'active' AND web_origins <> '[]'"
)
LIST_APPLICATIONS = (
    select("application", Application)
    + " WHERE application_id > :after ORDER BY application_id LIMIT :limit"
)
LIST_APPLICATIONS_OF_SPACE = (
    select("application", Application) + " WHERE space_id = :space_id AND application_id > :after "
    "ORDER BY application_id LIMIT :limit"
)

# APIs
ADD_API = add("api", Api, "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :api_id)")
REPLACE_API = (
    f"UPDATE api SET ({names(Api)}) = ({marks(Api)}) "
    f"WHERE api_id = :api_id AND {unchanged(Api)} RETURNING api_id"
)
SET_LIFE_CYCLE = "UPDATE api SET life_cycle = :life_cycle WHERE api_id = :api_id RETURNING api_id"
LOAD_API = select("api", Api) + " WHERE api_id = :api_id"
FIND_API = "SELECT api_id FROM api WHERE api_id = :api_id"
LIST_APIS = select("api", Api) + " ORDER BY name, version"

# Keys
ADD_KEY = add("key", Key, "NOT EXISTS (SELECT 1 FROM tomb WHERE tomb.id = :kid)")
SET_KEY_LIFE = (
    "UPDATE key SET retires_at = :retires_at, gone_at = :gone_at "
    "WHERE kid = :kid AND retires_at IS NOT DISTINCT FROM :expected_retires_at"
)
COUNT_KEY_USES = "UPDATE key SET uses = uses + :uses WHERE kid = :kid"
LIST_KEYS = select("key", Key) + " ORDER BY announced_at, kid"

# Revocations and the feed
REVOKE = (
    "INSERT INTO revocation (kind, id, until) VALUES (:kind, :id, :until) "
    "ON CONFLICT (kind, id) DO UPDATE SET until = excluded.until "
    "WHERE revocation.until < excluded.until"
)
LIST_REVOCATIONS = select("revocation", Revocation) + " WHERE until > :now ORDER BY kind, id"
FEED_FLOOR = "SELECT CAST(value AS BIGINT) FROM meta WHERE name = 'feed_floor'"
FEED_HEAD = (
    "SELECT max(seq) FROM (SELECT 0 AS seq UNION ALL SELECT max(seq) AS seq FROM feed "
    f"UNION ALL {FEED_FLOOR}) AS numbers"
)
ADD_CHANGE = (
    f"INSERT INTO feed (seq, kind, id, until, at) SELECT ({FEED_HEAD}) + 1, :kind, :id, :until, :at"
)
FEED_SINCE = select("feed", Change) + " WHERE seq > :seq ORDER BY seq LIMIT :limit"

# Audit
ADD_AUDIT = (
    "INSERT INTO audit (seq, at, actor, action, object, detail) "
    "SELECT (SELECT coalesce(max(seq), 0) + 1 FROM audit), :at, :actor, :action, :object, :detail"
)
SEAL_AUDIT = "UPDATE audit SET mac = :mac WHERE seq = :seq AND (mac IS NULL OR mac = :mac)"
AUDIT_SINCE = select("audit", AuditRecord) + " WHERE seq > :seq ORDER BY seq LIMIT :limit"
AUDIT_SEALED_HEAD = (
    select("audit", AuditRecord) + " WHERE mac IS NOT NULL ORDER BY seq DESC LIMIT 1"
)

# The request log
LOG_REQUEST = (
    f"INSERT INTO request_log ({names(LoggedRequest)}) VALUES ({marks(LoggedRequest)}) "
    "ON CONFLICT (request_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in columns(LoggedRequest)[1:])
)
FIND_LOGGED_REQUEST = select("request_log", LoggedRequest) + " WHERE request_id = :request_id"
FIND_SUPPLIED_REQUEST = (
    select("request_log", LoggedRequest)
    + " WHERE supplied_id = :request_id ORDER BY at DESC, request_id DESC LIMIT 1"
)

# Leases and facts about the database itself
LEASE = (
    "INSERT INTO lease (work, holder, until) VALUES (:work, :holder, :until) "
    "ON CONFLICT (work) DO UPDATE SET holder = excluded.holder, until = excluded.until "
    "WHERE lease.holder = excluded.holder OR lease.until <= :now"
)
ADD_META = "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING"
SET_META = "UPDATE meta SET value = :value WHERE name = :name AND value = :expected"
FIND_META = "SELECT value FROM meta WHERE name = :name"

# Pruning. The condition stands outside too: a row that changed while we waited for it is judged
# again.
PRUNE_FEED = (
    "DELETE FROM feed WHERE at < :before AND seq IN "
    "(SELECT seq FROM feed WHERE at < :before ORDER BY seq LIMIT :limit) RETURNING seq"
)
RAISE_FEED_FLOOR = (
    "UPDATE meta SET value = CAST(CAST(:floor AS BIGINT) AS TEXT) "
    "WHERE name = 'feed_floor' AND CAST(value AS BIGINT) < :floor"
)
PRUNE_REVOCATIONS = (
    "DELETE FROM revocation WHERE until <= :now AND (kind, id) IN "
    "(SELECT kind, id FROM revocation WHERE until <= :now ORDER BY until, kind, id LIMIT :limit)"
)
PRUNE_REQUEST_LOG = (
    "DELETE FROM request_log WHERE at < :before AND request_id IN "
    "(SELECT request_id FROM request_log WHERE at < :before ORDER BY at, request_id LIMIT :limit)"
)
FORGET_CIPHERTEXTS = (
    "UPDATE client_secret SET ciphertext = NULL WHERE secret_id IN "
    "(SELECT secret_id FROM client_secret "
    "WHERE expires_at <= :now AND ciphertext IS NOT NULL ORDER BY expires_at, secret_id LIMIT :limit)"
)
PRUNE_SECRETS = (
    "DELETE FROM client_secret WHERE secret_id IN "
    "(SELECT secret_id FROM client_secret WHERE expires_at < :before "
    "ORDER BY expires_at, secret_id LIMIT :limit)"
)
PRUNE_KEYS = (
    "DELETE FROM key WHERE gone_at < :before AND kid IN "
    "(SELECT kid FROM key WHERE gone_at < :before ORDER BY gone_at, kid LIMIT :limit) RETURNING kid"
)
BURY = "INSERT INTO tomb (id, kind, at) VALUES (:id, :kind, :at) ON CONFLICT DO NOTHING"

TABLES = (
    "account",
    "space",
    "membership",
    "application",
    "client_secret",
    "api",
    "subscription",
    "session",
    "code",
    "user_grant",
    "consent",
    "subject",
    "link",
    "work",
    "key",
    "revocation",
    "feed",
    "audit",
    "request_log",
    "lease",
    "tomb",
    "meta",
)
COUNT_ROWS = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS amount FROM {table}" for table in TABLES
)
