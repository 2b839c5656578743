"""The algorithm that an application's ID tokens are signed with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Let applications choose it; those that are there keep RS256."""
    op.add_column(
        "application",
        sa.Column("id_token_signed_response_alg", Text, nullable=False, server_default="RS256"),
    )
