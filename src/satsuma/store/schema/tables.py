"""The tables: the owner of the schema, for migrations and tests; serving does not import this.

Instants are UTC microseconds in 64 bits, flags 0 or 1, tuples JSON text; texts sort by code point
on both databases. A column's change is a new migration in `store/schema/migrations/versions`; a test
compares the two. The tables stand by aggregate, in the order of `store/sql/writing.py`.

Long because they are one schema.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Instant = sa.BigInteger
Number = sa.BigInteger
Sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Flag = sa.SmallInteger
Bytes = sa.LargeBinary


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=nullable)


def _instant(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Instant, nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, Number, nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, Text, primary_key=True)


def _of(name: str, target: str, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, Text, sa.ForeignKey(target), nullable=False, primary_key=primary_key)


def partial(name: str, column: str, rows: str) -> sa.Index:
    """An index of a few rows only."""
    where = sa.text(rows)
    return sa.Index(name, column, sqlite_where=where, postgresql_where=where)


# Accounts

account = sa.Table(
    "account",
    metadata,
    _key("account_id"),
    sa.Column("email", Text, nullable=False, unique=True),
    _text("role"),
    _text("locale"),
    _instant("created_at"),
    _instant("confirmed_at", nullable=True),
    _text("password_hash", nullable=True),
    sa.Column("blocked", Flag, nullable=False),
    partial("account_blocked", "blocked", rows="blocked = 1"),
    partial("account_unconfirmed", "created_at", rows="confirmed_at IS NULL"),
    partial("account_sandbox", "created_at", rows="role = 'sandbox'"),
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("digest", Bytes, primary_key=True),
    _text("purpose"),
    _of("account_id", "account.account_id"),
    _text("email"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    _text("sid", nullable=True),
    sa.Index("link_of_account", "account_id"),
    sa.Index("link_by_end", "expires_at"),
    partial("link_by_held_address", "email", rows="purpose = 'undo'"),
)


# Login sessions

session = sa.Table(
    "session",
    metadata,
    sa.Column("digest", Bytes, primary_key=True),
    sa.Column("sid", Text, nullable=False, unique=True),
    _of("account_id", "account.account_id"),
    _instant("created_at"),
    _instant("authenticated_at"),
    _instant("seen_at"),
    _text("amr"),
    _text("user_agent"),
    _text("source"),
    sa.Index("session_of_account", "account_id"),
    sa.Index("session_by_start", "created_at"),
    sa.Index("session_by_use", "seen_at"),
)


# Client spaces

space = sa.Table(
    "space",
    metadata,
    _key("space_id"),
    sa.Column("owner_id", Text, sa.ForeignKey("account.account_id"), nullable=True, unique=True),
    _instant("created_at"),
    sa.Column("name", Text, nullable=False, server_default=""),
)

membership = sa.Table(
    "membership",
    metadata,
    _of("space_id", "space.space_id", primary_key=True),
    _of("account_id", "account.account_id", primary_key=True),
    _text("role"),
    sa.Column("joined_at", Instant, nullable=False, server_default="0"),
    sa.Index("membership_of_account", "account_id"),
)

# No foreign key of who invited: it ends with them.
invitation = sa.Table(
    "invitation",
    metadata,
    _key("invitation_id"),
    sa.Column("digest", Bytes, nullable=False, unique=True),
    _of("space_id", "space.space_id"),
    _text("email"),
    _text("role"),
    _text("invited_by"),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("ended_at", nullable=True),
    sa.Index("invitation_of_space", "space_id"),
    sa.Index("invitation_of_inviter", "invited_by"),
    sa.Index("invitation_by_end", "expires_at"),
)


# Registered clients

application = sa.Table(
    "application",
    metadata,
    _key("application_id"),
    _of("space_id", "space.space_id"),
    _text("name"),
    sa.Column("client_id", Text, nullable=False, unique=True),
    _text("state"),
    _number("generation"),
    sa.Column("public", Flag, nullable=False),
    _text("redirect_uris"),
    _text("web_origins"),
    _instant("created_at"),
    sa.Column("id_token_signed_response_alg", Text, nullable=False, server_default="RS256"),
    sa.Column("description", Text, nullable=False, server_default=""),
    sa.Column("default_scopes", Text, nullable=False, server_default="[]"),
    sa.Column("pkce", Text, nullable=False, server_default="issuer"),
    sa.Column("access_token_format", Text, nullable=False, server_default="issuer"),
    sa.Column("access_token_signing_alg", Text, nullable=False, server_default="issuer"),
    sa.Column("post_logout_redirect_uris", Text, nullable=False, server_default="[]"),
    sa.Column("publisher", Text, nullable=False, server_default=""),
    sa.Column("client_uri", Text, nullable=False, server_default=""),
    sa.Column("policy_uri", Text, nullable=False, server_default=""),
    sa.Column("publisher_confirmed", Flag, nullable=False, server_default="0"),
    sa.UniqueConstraint("space_id", "name"),
)

client_secret = sa.Table(
    "client_secret",
    metadata,
    _key("secret_id"),
    _of("application_id", "application.application_id"),
    sa.Column("digest", Bytes, nullable=False),
    sa.Column("ciphertext", Bytes, nullable=True),
    _instant("created_at"),
    _instant("expires_at", nullable=True),
    _instant("last_used_at", nullable=True),
    _text("last_used_from", nullable=True),
    sa.Index("client_secret_of_application", "application_id"),
    sa.Index("client_secret_by_end", "expires_at"),
    sa.Index("client_secret_by_digest", "digest"),
)


# Protected APIs

api = sa.Table(
    "api",
    metadata,
    _key("api_id"),
    _text("name"),
    _number("version"),
    _text("title"),
    _text("life_cycle"),
    _text("issuers"),
    _text("upstream"),
    _text("scopes"),
    sa.Column("resource_id", Text, nullable=False, unique=True),
    sa.Column("resource_secret_digest", Bytes, nullable=False),
    _instant("created_at"),
    _text("policy"),
    _text("limits"),
    _number("timeout"),
    sa.Column("forward_authorization", Flag, nullable=False),
    sa.Column("scope_texts", Text, nullable=False, server_default="[]"),
    sa.Column("access", Text, nullable=False, server_default="approval"),
    sa.Column("description", Text, nullable=False, server_default=""),
    sa.Column("sandbox", Flag, nullable=False, server_default="0"),
    sa.Column("openapi", Text, nullable=False, server_default=""),
    sa.UniqueConstraint("name", "version"),
)

api_document = sa.Table(
    "api_document",
    metadata,
    _of("api_id", "api.api_id", primary_key=True),
    _text("digest"),
    sa.Column("packed", Bytes, nullable=False),
)


# Plans

plan = sa.Table(
    "plan",
    metadata,
    _key("plan_id"),
    sa.Column("name", Text, nullable=False, unique=True),
    _text("title"),
    _text("limits"),
    sa.Column("needs_approval", Flag, nullable=False),
    _instant("created_at"),
)


# Subscriptions

subscription = sa.Table(
    "subscription",
    metadata,
    _of("application_id", "application.application_id", primary_key=True),
    _of("api_id", "api.api_id", primary_key=True),
    _text("state"),
    _instant("created_at"),
    _text("plan_id", nullable=True),
    sa.Column("reason", Text, nullable=False, server_default=""),
    partial("subscription_waiting", "created_at", rows="state = 'pending'"),
)


# Calls made

# No foreign keys: what was used outlives who used it.
usage = sa.Table(
    "usage",
    metadata,
    _key("application_id"),
    _key("api_id"),
    sa.Column("seconds", Number, primary_key=True),
    sa.Column("starts_at", Instant, primary_key=True),
    _number("calls"),
    sa.Index("usage_by_time", "seconds", "starts_at"),
)

# No foreign key: the rest that is counted for nobody has an empty application_id.
usage_count = sa.Table(
    "usage_count",
    metadata,
    _key("application_id"),
    sa.Column("starts_at", Instant, primary_key=True),
    sa.Column("seconds", Number, primary_key=True),
    _key("api"),
    sa.Column("status", Number, primary_key=True),
    *(_number(f"took_{letter}") for letter in "abcdefghijkl"),
    sa.Index("usage_count_by_time", "seconds", "starts_at"),
)


# Consents and pairwise subjects

consent = sa.Table(
    "consent",
    metadata,
    _of("account_id", "account.account_id", primary_key=True),
    _of("application_id", "application.application_id", primary_key=True),
    sa.Column("issuer", Text, primary_key=True),
    _text("scope"),
    _instant("at"),
    sa.Index("consent_for_application", "application_id"),
)

subject = sa.Table(
    "subject",
    metadata,
    _of("account_id", "account.account_id", primary_key=True),
    _of("application_id", "application.application_id", primary_key=True),
    sa.Column("sub", Text, nullable=False, unique=True),
    _instant("at"),
    sa.Index("subject_for_application", "application_id"),
)


# Grants and their codes

# No foreign keys: a revoked grant outlives its account, so that its end can be explained.
user_grant = sa.Table(
    "user_grant",
    metadata,
    sa.Column("grant_id", Text, primary_key=True),
    _text("application_id"),
    _text("client_id"),
    _text("account_id"),
    _text("sub"),
    _text("issuer"),
    _text("scope"),
    _text("context"),
    _instant("created_at"),
    _instant("used_at"),
    sa.Column("generation", Number, nullable=False),
    _instant("expires_at", nullable=True),
    _instant("ends_at", nullable=True),
    _instant("revoked_at", nullable=True),
    _text("revoked_because", nullable=True),
    sa.Column("answer", Bytes, nullable=True),
    _instant("answer_until", nullable=True),
    sa.Column("blocked", Flag, nullable=False, server_default="0"),
    sa.Column("predecessor", Number, nullable=True),
    sa.Index("user_grant_of_account", "account_id"),
    sa.Index("user_grant_by_end", "expires_at", "used_at"),
    sa.Index("user_grant_by_revocation", "revoked_at"),
    partial("user_grant_by_answer", "answer_until", rows="answer_until IS NOT NULL"),
)

code = sa.Table(
    "code",
    metadata,
    sa.Column("digest", Bytes, primary_key=True),
    _text("grant_id"),
    _text("client_id"),
    _text("issuer"),
    _text("redirect_uri"),
    _text("scope"),
    _text("resource", nullable=True),
    _text("code_challenge", nullable=True),
    _text("context"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    sa.Index("code_by_end", "expires_at"),
)


# Keys

key = sa.Table(
    "key",
    metadata,
    _key("kid"),
    _text("purpose"),
    _text("alg"),
    _text("public"),
    sa.Column("private", Bytes, nullable=False),
    _instant("announced_at"),
    _instant("active_at"),
    _instant("retires_at", nullable=True),
    _instant("gone_at", nullable=True),
    _number("uses"),
)


# Revocations and the feed

revocation = sa.Table(
    "revocation",
    metadata,
    _key("kind"),
    _key("id"),
    _instant("until"),
    sa.Index("revocation_by_end", "until"),
)

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("seq", Sequence, primary_key=True, autoincrement=False),
    _text("kind"),
    _text("id"),
    _instant("until", nullable=True),
    _instant("at"),
)


# The audit trail

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("seq", Sequence, primary_key=True, autoincrement=False),
    _instant("at"),
    _text("actor"),
    _text("action"),
    _text("object"),
    _text("detail"),
    sa.Column("mac", Bytes, nullable=True),
)


# The request log

request_log = sa.Table(
    "request_log",
    metadata,
    _key("request_id"),
    _text("supplied_id", nullable=True),
    _instant("at"),
    _text("endpoint"),
    _number("status"),
    _text("slug"),
    _text("client_id", nullable=True),
    _text("source"),
    _text("detail"),
    _number("repeated"),
    sa.Index("request_log_by_time", "at"),
    sa.Index("request_log_by_supplied_id", "supplied_id"),
    sa.Index("request_log_by_client", "client_id", "at"),
)


# Durable work and leases

work = sa.Table(
    "work",
    metadata,
    sa.Column("work_id", Text, primary_key=True),
    _text("kind"),
    sa.Column("payload", Bytes, nullable=False),
    _instant("due_at"),
    sa.Column("attempts", Number, nullable=False),
    sa.Index("work_by_time", "kind", "due_at"),
)

lease = sa.Table("lease", metadata, _key("work"), _text("holder"), _instant("until"))


# The database itself: ids that are never given again, and facts

tomb = sa.Table("tomb", metadata, _key("id"), _text("kind"), _instant("at"))

meta = sa.Table("meta", metadata, _key("name"), _text("value"))
