"""The errors: found by what was received, by number and by name; each with its cause and its cure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import GROUPS, ROWS, SHOWN
from satsuma.portal.desk import Desk
from satsuma.portal.pasted import LONGEST, find_rows
from satsuma.web.languages import say
from satsuma.web.wording import STALE

_CODE: Final = re.compile(r"[0-9]{1,3}\Z")


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """Shows the errors to everybody."""

    desk: Desk

    async def index(self, request: Request) -> Response:
        """List every cause of refusal, by number and by name."""
        return await self._index(request, "")

    async def paste(self, request: Request) -> Response:
        """Find what a pasted text means; nothing of it is kept, and nothing goes into an address."""
        form = await self.desk.frame.form(request)
        return await self._index(
            request, (form or {}).get("got", "")[:LONGEST].strip(), stale=form is None
        )

    async def _index(self, request: Request, sought: str, *, stale: bool = False) -> Response:
        here = await self.desk.here(request)
        return self.desk.show(
            request,
            "errors.html",
            here,
            400 if stale else 200,
            form=True,
            problem=say(request, STALE) if stale else "",
            groups=GROUPS,
            numbers=list(_numbers()),
            sought=bool(sought),
            found=find_rows(sought) if sought else [],
        )

    async def one(self, request: Request) -> Response:
        """Show one cause and its cure; by a number or a standard's word, all that it may mean."""
        name = request.path_params["slug"]
        here = await self.desk.here(request)
        rows = [ROWS[name]] if name in ROWS else _meant(name)
        if len(rows) == 1:
            (row,) = rows
            shown = row.shown_as if row.shown_as != row.slug else None
            return self.desk.show(
                request, "error.html", here, row=row, shown=shown, wire=on_the_wire(row)
            )
        if not rows:
            raise HTTPException(404)
        return self.desk.show(request, "error_word.html", here, name=name, rows=rows)


def _meant(name: str) -> list[ErrorRow]:
    """The rows that a number or a word of a registry stands for."""
    if _CODE.match(name):
        return [row for row in SHOWN if row.code and row.code == int(name)]
    return [row for row in SHOWN if row.error == name and not row.code]


def _numbers() -> Iterator[tuple[int, str]]:
    """Each number of the numbered envelope once, with its title."""
    titles = {row.code: row.message for row in SHOWN if row.code}
    yield from sorted(titles.items())


def on_the_wire(row: ErrorRow) -> str:
    """What an answer says of a cause, as JSON."""
    if row.code:
        shown = {"code": row.code, "message": row.message, "description": row.says}
    else:
        shown = {"error": row.error, "error_description": row.says}
    return json.dumps(shown, indent=2)
