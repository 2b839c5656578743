"""How the owner of an application comes to an API, and what the API is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """To those that are there an operator decides who comes, as before."""
    op.add_column("api", sa.Column("access", Text, nullable=False, server_default="approval"))
    op.add_column("api", sa.Column("description", Text, nullable=False, server_default=""))
