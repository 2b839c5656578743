"""Client spaces with several people: since when each is in, who is invited, a name, and an owner who may leave."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

# SQLite takes a NOT NULL away by another table alone; references are off while a file is brought up, and checked after.
_SPACE_ANEW = (
    "CREATE TABLE space_anew (space_id TEXT NOT NULL, owner_id TEXT, created_at BIGINT NOT NULL, "
    "name TEXT DEFAULT '' NOT NULL, PRIMARY KEY (space_id), UNIQUE (owner_id), "
    "FOREIGN KEY(owner_id) REFERENCES account (account_id))",
    "INSERT INTO space_anew (space_id, owner_id, created_at) "
    "SELECT space_id, owner_id, created_at FROM space",
    "DROP TABLE space",
    "ALTER TABLE space_anew RENAME TO space",
)


def upgrade() -> None:
    """Each space has its one owner, since it was made, and nobody is invited."""
    if op.get_context().dialect.name == "sqlite":
        for text in _SPACE_ANEW:
            op.execute(text)
    else:
        op.alter_column("space", "owner_id", existing_type=Text, nullable=True)
        op.add_column("space", sa.Column("name", Text, nullable=False, server_default=""))
    joined = sa.Column("joined_at", sa.BigInteger, nullable=False, server_default="0")
    op.add_column("membership", joined)
    op.execute(
        "UPDATE membership SET joined_at = "
        "(SELECT s.created_at FROM space s WHERE s.space_id = membership.space_id)"
    )
    op.create_index("membership_of_account", "membership", ["account_id"])
    op.create_table(
        "invitation",
        sa.Column("invitation_id", Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("space_id", Text, sa.ForeignKey("space.space_id"), nullable=False),
        sa.Column("email", Text, nullable=False),
        sa.Column("role", Text, nullable=False),
        sa.Column("invited_by", Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=True),
    )
    op.create_index("invitation_of_space", "invitation", ["space_id"])
    op.create_index("invitation_of_inviter", "invitation", ["invited_by"])
    op.create_index("invitation_by_end", "invitation", ["expires_at"])
