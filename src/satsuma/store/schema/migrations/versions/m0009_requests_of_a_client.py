"""The refused requests of a client are found without reading everybody's."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """An index, which a release before keeps up without knowing of it."""
    op.create_index("request_log_by_client", "request_log", ["client_id", "at"])
