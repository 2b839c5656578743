"""The one catalogue: every room's rows of refusal, joined."""

from __future__ import annotations

from typing import Final

from satsuma.domain.errors import authorization as authorization_errors
from satsuma.domain.errors import gateway as gateway_errors
from satsuma.domain.errors import grants as grant_errors
from satsuma.domain.errors import token as server_errors
from satsuma.domain.errors import userinfo as userinfo_errors
from satsuma.domain.errors.parsing import ROWS as ROWS_
from satsuma.domain.errors.row import ErrorRow

GROUPS: Final[tuple[tuple[str, tuple[ErrorRow, ...]], ...]] = (
    ("Getting a token", (*ROWS_, *server_errors.ROWS)),
    ("Asking a person", authorization_errors.ROWS),
    ("Redeeming a code, refreshing", grant_errors.ROWS),
    ("Reading userinfo", userinfo_errors.ROWS),
    ("Calling an API", tuple(gateway_errors.ROWS)),
)
ROWS: Final[dict[str, ErrorRow]] = {row.slug: row for _, rows in GROUPS for row in rows}
