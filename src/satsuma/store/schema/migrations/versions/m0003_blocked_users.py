"""Blocked users, scope texts, and indexes by which pruning finds the few rows that it needs."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Let grants be blocked with their account, and APIs say their scopes in several languages."""
    op.add_column(
        "user_grant", sa.Column("blocked", sa.SmallInteger, nullable=False, server_default="0")
    )
    op.add_column("api", sa.Column("scope_texts", Text, nullable=False, server_default="[]"))
    _index("account_blocked", "account", ["blocked"], "blocked = 1")
    _index("account_unconfirmed", "account", ["created_at"], "confirmed_at IS NULL")
    _index("user_grant_by_answer", "user_grant", ["answer_until"], "answer_until IS NOT NULL")


def _index(name: str, table: str, columns: Sequence[str], rows: str) -> None:
    where = sa.text(rows)
    op.create_index(name, table, list(columns), sqlite_where=where, postgresql_where=where)
