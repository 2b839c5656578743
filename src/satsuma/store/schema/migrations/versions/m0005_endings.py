"""What must end, ends: a link with the session that asked for it, a lost successor for the token it was given for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Links that are there hang on no session; a grant's predecessor is the generation before."""
    op.add_column("link", sa.Column("sid", Text, nullable=True))
    op.add_column("user_grant", sa.Column("predecessor", sa.BigInteger, nullable=True))
