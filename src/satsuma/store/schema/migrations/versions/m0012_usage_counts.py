"""What applications used: by API, class of statuses and minute, with a histogram of how long answers took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Nothing was counted before."""
    op.create_table(
        "usage_count",
        sa.Column("application_id", Text, primary_key=True),
        sa.Column("starts_at", sa.BigInteger, primary_key=True),
        sa.Column("seconds", sa.BigInteger, primary_key=True),
        sa.Column("api", Text, primary_key=True),
        sa.Column("status", sa.BigInteger, primary_key=True),
        *(sa.Column(f"took_{each}", sa.BigInteger, nullable=False) for each in "abcdefghijkl"),
    )
    op.create_index("usage_count_by_time", "usage_count", ["seconds", "starts_at"])
