"""The OpenAPI documents that describe APIs, and by which digest each API names its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """The APIs that are there have none."""
    op.add_column("api", sa.Column("openapi", Text, nullable=False, server_default=""))
    op.create_table(
        "api_document",
        sa.Column("api_id", Text, sa.ForeignKey("api.api_id"), primary_key=True),
        sa.Column("digest", Text, nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
    )
