"""A person's side: sessions, codes, grants, consents, subjects, links, durable work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables of a person's side; find a secret by its digest."""
    _create_session()
    _create_code()
    _create_grant()
    _create_consent_and_subject()
    _create_link()
    _create_work()
    op.create_index("client_secret_by_digest", "client_secret", ["digest"])


def _create_session() -> None:
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("sid", Text, nullable=False, unique=True),
        sa.Column("account_id", Text, sa.ForeignKey("account.account_id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("authenticated_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("amr", Text, nullable=False),
        sa.Column("user_agent", Text, nullable=False),
        sa.Column("source", Text, nullable=False),
    )
    op.create_index("session_of_account", "session", ["account_id"])
    op.create_index("session_by_start", "session", ["created_at"])
    op.create_index("session_by_use", "session", ["seen_at"])


def _create_code() -> None:
    op.create_table(
        "code",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("grant_id", Text, nullable=False),
        sa.Column("client_id", Text, nullable=False),
        sa.Column("issuer", Text, nullable=False),
        sa.Column("redirect_uri", Text, nullable=False),
        sa.Column("scope", Text, nullable=False),
        sa.Column("resource", Text, nullable=True),
        sa.Column("code_challenge", Text, nullable=True),
        sa.Column("context", Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
    )
    op.create_index("code_by_end", "code", ["expires_at"])


def _create_grant() -> None:
    op.create_table(
        "user_grant",
        sa.Column("grant_id", Text, primary_key=True),
        sa.Column("application_id", Text, nullable=False),
        sa.Column("client_id", Text, nullable=False),
        sa.Column("account_id", Text, nullable=False),
        sa.Column("sub", Text, nullable=False),
        sa.Column("issuer", Text, nullable=False),
        sa.Column("scope", Text, nullable=False),
        sa.Column("context", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sa.Column("ends_at", sa.BigInteger, nullable=True),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.Column("revoked_because", Text, nullable=True),
        sa.Column("answer", sa.LargeBinary, nullable=True),
        sa.Column("answer_until", sa.BigInteger, nullable=True),
    )
    op.create_index("user_grant_of_account", "user_grant", ["account_id"])
    op.create_index("user_grant_by_end", "user_grant", ["expires_at", "used_at"])
    op.create_index("user_grant_by_revocation", "user_grant", ["revoked_at"])


def _account_key() -> sa.Column[str]:
    return sa.Column("account_id", Text, sa.ForeignKey("account.account_id"), primary_key=True)


def _application_key() -> sa.Column[str]:
    to = sa.ForeignKey("application.application_id")
    return sa.Column("application_id", Text, to, primary_key=True)


def _create_consent_and_subject() -> None:
    op.create_table(
        "consent",
        _account_key(),
        _application_key(),
        sa.Column("issuer", Text, primary_key=True),
        sa.Column("scope", Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("consent_for_application", "consent", ["application_id"])
    op.create_table(
        "subject",
        _account_key(),
        _application_key(),
        sa.Column("sub", Text, nullable=False, unique=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("subject_for_application", "subject", ["application_id"])


def _create_link() -> None:
    op.create_table(
        "link",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", Text, nullable=False),
        sa.Column("account_id", Text, sa.ForeignKey("account.account_id"), nullable=False),
        sa.Column("email", Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=True),
    )
    op.create_index("link_of_account", "link", ["account_id"])
    op.create_index("link_by_end", "link", ["expires_at"])


def _create_work() -> None:
    op.create_table(
        "work",
        sa.Column("work_id", Text, primary_key=True),
        sa.Column("kind", Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
    )
    op.create_index("work_by_time", "work", ["kind", "due_at"])
