"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Sequence = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _create_people()
    _create_clients()
    _create_apis()
    _create_keys()
    _create_feed()
    _create_ledger()
    _create_housekeeping()
    op.execute("INSERT INTO meta (name, value) VALUES ('min_reader', '0001')")
    op.execute("INSERT INTO meta (name, value) VALUES ('feed_floor', '0')")


def _create_people() -> None:
    op.create_table(
        "account",
        sa.Column("account_id", Text, primary_key=True),
        sa.Column("email", Text, nullable=False, unique=True),
        sa.Column("role", Text, nullable=False),
        sa.Column("locale", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=True),
        sa.Column("password_hash", Text, nullable=True),
        sa.Column("blocked", sa.SmallInteger, nullable=False),
    )
    op.create_table(
        "space",
        sa.Column("space_id", Text, primary_key=True),
        sa.Column(
            "owner_id", Text, sa.ForeignKey("account.account_id"), nullable=False, unique=True
        ),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "membership",
        sa.Column("space_id", Text, sa.ForeignKey("space.space_id"), primary_key=True),
        sa.Column("account_id", Text, sa.ForeignKey("account.account_id"), primary_key=True),
        sa.Column("role", Text, nullable=False),
    )


def _create_clients() -> None:
    op.create_table(
        "application",
        sa.Column("application_id", Text, primary_key=True),
        sa.Column("space_id", Text, sa.ForeignKey("space.space_id"), nullable=False),
        sa.Column("name", Text, nullable=False),
        sa.Column("client_id", Text, nullable=False, unique=True),
        sa.Column("state", Text, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("public", sa.SmallInteger, nullable=False),
        sa.Column("redirect_uris", Text, nullable=False),
        sa.Column("web_origins", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("space_id", "name"),
    )
    op.create_table(
        "client_secret",
        sa.Column("secret_id", Text, primary_key=True),
        sa.Column(
            "application_id", Text, sa.ForeignKey("application.application_id"), nullable=False
        ),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("ciphertext", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sa.Column("last_used_at", sa.BigInteger, nullable=True),
        sa.Column("last_used_from", Text, nullable=True),
    )
    op.create_index("client_secret_by_end", "client_secret", ["expires_at"])
    op.create_index("client_secret_of_application", "client_secret", ["application_id"])


def _create_apis() -> None:
    op.create_table(
        "api",
        sa.Column("api_id", Text, primary_key=True),
        sa.Column("name", Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("title", Text, nullable=False),
        sa.Column("life_cycle", Text, nullable=False),
        sa.Column("issuers", Text, nullable=False),
        sa.Column("upstream", Text, nullable=False),
        sa.Column("scopes", Text, nullable=False),
        sa.Column("resource_id", Text, nullable=False, unique=True),
        sa.Column("resource_secret_digest", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("policy", Text, nullable=False),
        sa.Column("limits", Text, nullable=False),
        sa.Column("timeout", sa.BigInteger, nullable=False),
        sa.Column("forward_authorization", sa.SmallInteger, nullable=False),
        sa.UniqueConstraint("name", "version"),
    )
    op.create_table(
        "subscription",
        sa.Column(
            "application_id", Text, sa.ForeignKey("application.application_id"), primary_key=True
        ),
        sa.Column("api_id", Text, sa.ForeignKey("api.api_id"), primary_key=True),
        sa.Column("state", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )


def _create_keys() -> None:
    op.create_table(
        "key",
        sa.Column("kid", Text, primary_key=True),
        sa.Column("purpose", Text, nullable=False),
        sa.Column("alg", Text, nullable=False),
        sa.Column("public", Text, nullable=False),
        sa.Column("private", sa.LargeBinary, nullable=False),
        sa.Column("announced_at", sa.BigInteger, nullable=False),
        sa.Column("active_at", sa.BigInteger, nullable=False),
        sa.Column("retires_at", sa.BigInteger, nullable=True),
        sa.Column("gone_at", sa.BigInteger, nullable=True),
        sa.Column("uses", sa.BigInteger, nullable=False),
    )


def _create_feed() -> None:
    op.create_table(
        "revocation",
        sa.Column("kind", Text, primary_key=True),
        sa.Column("id", Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("revocation_by_end", "revocation", ["until"])
    op.create_table(
        "feed",
        sa.Column("seq", Sequence, primary_key=True, autoincrement=False),
        sa.Column("kind", Text, nullable=False),
        sa.Column("id", Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _create_ledger() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", Sequence, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", Text, nullable=False),
        sa.Column("action", Text, nullable=False),
        sa.Column("object", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.Column("mac", sa.LargeBinary, nullable=True),
    )
    op.create_table(
        "request_log",
        sa.Column("request_id", Text, primary_key=True),
        sa.Column("supplied_id", Text, nullable=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("endpoint", Text, nullable=False),
        sa.Column("status", sa.BigInteger, nullable=False),
        sa.Column("slug", Text, nullable=False),
        sa.Column("client_id", Text, nullable=True),
        sa.Column("source", Text, nullable=False),
        sa.Column("detail", Text, nullable=False),
        sa.Column("repeated", sa.BigInteger, nullable=False),
    )
    op.create_index("request_log_by_supplied_id", "request_log", ["supplied_id"])
    op.create_index("request_log_by_time", "request_log", ["at"])


def _create_housekeeping() -> None:
    op.create_table(
        "lease",
        sa.Column("work", Text, primary_key=True),
        sa.Column("holder", Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "tomb",
        sa.Column("id", Text, primary_key=True),
        sa.Column("kind", Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", Text, primary_key=True),
        sa.Column("value", Text, nullable=False),
    )
