"""The one catalogue: every room's rows of refusal, joined."""

from __future__ import annotations

from typing import Final

from satsuma.gateway import errors as gateway_errors
from satsuma.protocol import names
from satsuma.protocol.errors import Row
from satsuma.rules.grants import errors as grant_errors
from satsuma.server import authorization_errors, userinfo_errors
from satsuma.server import errors as server_errors

GROUPS: Final[tuple[tuple[str, tuple[Row, ...]], ...]] = (
    ("Getting a token", (*names.ROWS, *server_errors.ROWS)),
    ("Asking a person", authorization_errors.ROWS),
    ("Redeeming a code, refreshing", grant_errors.ROWS),
    ("Reading userinfo", userinfo_errors.ROWS),
    ("Calling an API", tuple(gateway_errors.ROWS)),
)
ROWS: Final[dict[str, Row]] = {row.slug: row for _, rows in GROUPS for row in rows}
