"""What an application chooses for itself: its description, default scopes, PKCE, access tokens, logout addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Those that are there choose nothing: all stays as their issuers have it."""
    for name, none in (
        ("description", ""),
        ("default_scopes", "[]"),
        ("pkce", "issuer"),
        ("access_token_format", "issuer"),
        ("access_token_signing_alg", "issuer"),
        ("post_logout_redirect_uris", "[]"),
    ):
        column = sa.Column(name, Text, nullable=False, server_default=none)
        op.add_column("application", column)
