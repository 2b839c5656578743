"""The requests of an application that were refused, and why each was, told to its owner alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from satsuma.diagnostics.causes import CAUSES
from satsuma.diagnostics.explanation import detail_of
from satsuma.diagnostics.refused import Found, explanation_of, find_request, pytest_or_none
from satsuma.domain.errors.table import ROWS
from satsuma.domain.request_log import LoggedRequest
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.asked import Asked
from satsuma.portal.errors import on_the_wire
from satsuma.portal.fixes import apply, compared_of, fix_of
from satsuma.portal.run_it import MARK
from satsuma.store.port import Reader
from satsuma.web.pages import see

MOST: Final = 100
_KEPT: Final = timedelta(days=8)
_ANY_STATUS: Final = (0, 999)


@dataclass(frozen=True, slots=True)
class Failure:
    """A refused request in the list."""

    logged: LoggedRequest
    happened: str
    is_guide: bool


@dataclass(frozen=True, slots=True)
class FailurePages:
    """Lists an application's failures, and explains one."""

    own: OwnApplication

    def routes(self, base: str) -> list[Route]:
        """The routes of the tab."""
        return [
            Route(f"{base}/requests", self.own.page(self.show), methods=["GET"]),
            Route(f"{base}/requests/{{request_id}}", self.own.page(self.one), methods=["GET"]),
            Route(
                f"{base}/requests/{{request_id}}",
                self.own.form(self.fix, self.one),
                methods=["POST"],
            ),
        ]

    async def show(self, asked: Asked) -> Response:
        """List the failures, the newest explained beside the list."""
        failures = await self._failures(asked)
        newest = failures[0].logged.request_id if failures else ""
        return self._page(asked, failures, await self._find(asked, newest))

    async def one(self, asked: Asked) -> Response:
        """Explain one of this application's own; raises HTTPException 404 for any other."""
        found = await self._own_request(asked)
        return self._page(asked, await self._failures(asked), found)

    async def fix(self, asked: Asked, form: dict[str, str]) -> Response:
        """Do what fixes one of this application's own, where a click can; raises HTTPException 404 for any other."""
        logged, present = await self._own_request(asked)
        fix = fix_of(logged.slug, detail_of(logged), present.apis)
        if fix is None:
            raise HTTPException(404)
        await apply(self.own.desk.context(asked.visitor), asked.named, fix)
        tab = "config" if fix.kind == "register" else "apis"
        return see(f"/myapps/{asked.named}/{tab}?done=fixed")

    async def _own_request(self, asked: Asked) -> Found:
        found = await self._find(asked, asked.request.path_params["request_id"])
        if found is None:
            raise HTTPException(404)
        return found

    async def _find(self, asked: Asked, request_id: str) -> Found | None:
        """A refused request of this application, by our id or the caller's own; None for any other."""
        application = asked.client.application
        store = self.own.desk.frame.accounts.store
        found = await store.read(
            lambda reader: find_request(reader, request_id, application.space_id)
        )
        return None if found is None or found[0].client_id != application.client_id else found

    async def _failures(self, asked: Asked) -> list[Failure]:
        client_id = asked.client.application.client_id
        since = self.own.desk.clock() - _KEPT

        def look(reader: Reader) -> list[LoggedRequest]:
            return list(reader.list_logged_requests(since, client_id, _ANY_STATUS, MOST))

        rows = await self.own.desk.frame.accounts.store.read(look)
        return [_failure(row) for row in reversed(rows)]

    def _page(self, asked: Asked, failures: list[Failure], found: Found | None) -> Response:
        told: dict[str, Any] = dict.fromkeys(("one", "wire", "test", "compared", "fix"))
        if found is not None:
            logged, present = found
            detail = detail_of(logged)
            told = {
                "one": explanation_of(found),
                "wire": _seen_by_the_caller(logged.slug),
                "test": pytest_or_none(logged),
                "compared": compared_of(logged.slug, detail),
                "fix": fix_of(logged.slug, detail, present.apis),
            }
        return self.own.show(asked, "requests", failures=failures, **told)


def _failure(logged: LoggedRequest) -> Failure:
    cause = CAUSES.get(logged.slug)
    row = ROWS.get(logged.slug)
    says = cause.happened if cause else row.says if row else logged.slug
    is_guide = bool(logged.supplied_id and logged.supplied_id.startswith(MARK))
    return Failure(logged, says, is_guide)


def _seen_by_the_caller(slug: str) -> str:
    """What the caller saw of a cause: where telling would help an attacker, another one."""
    row = ROWS.get(slug)
    row = ROWS.get(row.shown_as, row) if row is not None and row.shown_as else row
    return "" if row is None else on_the_wire(row)
