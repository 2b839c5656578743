"""Who stands behind an application: a name, a site, a policy, and whether an operator has confirmed them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Those that are there have said nothing."""
    for name in ("publisher", "client_uri", "policy_uri"):
        op.add_column("application", sa.Column(name, Text, nullable=False, server_default=""))
    confirmed = sa.Column(
        "publisher_confirmed", sa.SmallInteger, nullable=False, server_default="0"
    )
    op.add_column("application", confirmed)
