"""Plans, decisions on subscriptions with a reason, the calls made by hours and days; held addresses are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Subscriptions that are there have no plan, and go by their API's own limits."""
    op.create_table(
        "plan",
        sa.Column("plan_id", Text, primary_key=True),
        sa.Column("name", Text, nullable=False, unique=True),
        sa.Column("title", Text, nullable=False),
        sa.Column("limits", Text, nullable=False),
        sa.Column("needs_approval", sa.SmallInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.add_column("subscription", sa.Column("plan_id", Text, nullable=True))
    op.add_column("subscription", sa.Column("reason", Text, nullable=False, server_default=""))
    undo = sa.text("purpose = 'undo'")
    op.create_index(
        "link_by_held_address", "link", ["email"], sqlite_where=undo, postgresql_where=undo
    )
    waiting = sa.text("state = 'pending'")
    op.create_index(
        "subscription_waiting",
        "subscription",
        ["created_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "usage",
        sa.Column("application_id", Text, primary_key=True),
        sa.Column("api_id", Text, primary_key=True),
        sa.Column("seconds", sa.BigInteger, primary_key=True),
        sa.Column("starts_at", sa.BigInteger, primary_key=True),
        sa.Column("calls", sa.BigInteger, nullable=False),
    )
    op.create_index("usage_by_time", "usage", ["seconds", "starts_at"])
