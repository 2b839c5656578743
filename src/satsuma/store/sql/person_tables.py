"""The tables of a person's side, under the rules of `tables`."""

from __future__ import annotations

import sqlalchemy as sa

from satsuma.store.sql.tables import Bytes, Flag, Instant, Number, Text, metadata, partial


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, Text, nullable=nullable)


def _instant(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Instant, nullable=nullable)


def _of_account(primary_key: bool = False) -> sa.Column[str]:
    to = sa.ForeignKey("account.account_id")
    return sa.Column("account_id", Text, to, nullable=False, primary_key=primary_key)


def _of_application() -> sa.Column[str]:
    to = sa.ForeignKey("application.application_id")
    return sa.Column("application_id", Text, to, nullable=False, primary_key=True)


session = sa.Table(
    "session",
    metadata,
    sa.Column("digest", Bytes, primary_key=True),
    sa.Column("sid", Text, nullable=False, unique=True),
    _of_account(),
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
    sa.Index("user_grant_of_account", "account_id"),
    sa.Index("user_grant_by_end", "expires_at", "used_at"),
    sa.Index("user_grant_by_revocation", "revoked_at"),
    partial("user_grant_by_answer", "answer_until", rows="answer_until IS NOT NULL"),
)

consent = sa.Table(
    "consent",
    metadata,
    _of_account(primary_key=True),
    _of_application(),
    sa.Column("issuer", Text, primary_key=True),
    _text("scope"),
    _instant("at"),
    sa.Index("consent_for_application", "application_id"),
)

subject = sa.Table(
    "subject",
    metadata,
    _of_account(primary_key=True),
    _of_application(),
    sa.Column("sub", Text, nullable=False, unique=True),
    _instant("at"),
    sa.Index("subject_for_application", "application_id"),
)

link = sa.Table(
    "link",
    metadata,
    sa.Column("digest", Bytes, primary_key=True),
    _text("purpose"),
    _of_account(),
    _text("email"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    sa.Index("link_of_account", "account_id"),
    sa.Index("link_by_end", "expires_at"),
)

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
