"""The one table: every row of refusal, by what a caller meets.

A slug means one row within its group. Two groups may mean different rows by one slug, since each is told by a surface
of its own; where nobody says which group, a later one of `GROUPS` is meant.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from satsuma.domain.errors import (
    authorization,
    connection,
    developer,
    gateway,
    grants,
    parsing,
    token,
    userinfo,
)
from satsuma.domain.errors.row import ErrorRow


class Group(NamedTuple):
    """Rows that a caller meets at one place."""

    title: str
    rows: tuple[ErrorRow, ...]


CONNECTION: Final = Group("Before a request is read", connection.ROWS)
"""What is answered before there is a request to log: it has no page of its own."""
GROUPS: Final = (
    Group("Getting a token", (*parsing.ROWS, *token.ROWS)),
    Group("Consent and login", authorization.ROWS),
    Group("Redeeming a code, refreshing", grants.ROWS),
    Group("Reading userinfo", userinfo.ROWS),
    Group("Asking the developer's own API", developer.ROWS),
    Group("Calling an API", gateway.ROWS),
)
TABLE: Final = (CONNECTION, *GROUPS)
SHOWN: Final = tuple(row for group in GROUPS for row in group.rows)
"""Every row that has a page, in the order of the groups."""
ROWS: Final[dict[str, ErrorRow]] = {row.slug: row for group in GROUPS for row in group.rows}
"""The row that a logged slug means."""
