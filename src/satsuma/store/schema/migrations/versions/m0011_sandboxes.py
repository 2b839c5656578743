"""APIs that may be tried without an account, and the made-up people who try them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """None of the APIs that are there may be tried, until an operator says so."""
    op.add_column("api", sa.Column("sandbox", sa.SmallInteger, nullable=False, server_default="0"))
    where = sa.text("role = 'sandbox'")
    op.create_index(
        "account_sandbox", "account", ["created_at"], sqlite_where=where, postgresql_where=where
    )
