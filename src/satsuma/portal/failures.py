"""The requests of an application that were refused, and why each was, told to its owner alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from satsuma.diagnostics.as_test import NotATest, as_test
from satsuma.diagnostics.causes import CAUSES
from satsuma.diagnostics.explanation import Explanation, Present, detail_of, explain
from satsuma.domain.errors.table import ROWS
from satsuma.domain.request_log import LoggedRequest
from satsuma.portal.application_pages import OwnApplication
from satsuma.portal.asked import Asked
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
        newest = failures[0].logged if failures else None
        return self._page(asked, failures, newest, await self._present(asked))

    async def one(self, asked: Asked) -> Response:
        """Explain one of this application's own; raises HTTPException 404 for any other."""
        logged = await self._own_request(asked)
        return self._page(asked, await self._failures(asked), logged, await self._present(asked))

    async def fix(self, asked: Asked, form: dict[str, str]) -> Response:
        """Do what fixes one of this application's own, where a click can; raises HTTPException 404 for any other."""
        logged = await self._own_request(asked)
        present = await self._present(asked)
        fix = fix_of(logged.slug, detail_of(logged), present.apis)
        if fix is None:
            raise HTTPException(404)
        await apply(self.own.desk.context(asked.visitor), asked.named, fix)
        tab = "config" if fix.kind == "register" else "apis"
        return see(f"/myapps/{asked.named}/{tab}?done=fixed")

    async def _own_request(self, asked: Asked) -> LoggedRequest:
        request_id = asked.request.path_params["request_id"]
        store = self.own.desk.frame.accounts.store
        logged = await store.read(lambda reader: reader.find_logged_request(request_id))
        if logged is None or logged.client_id != asked.client.application.client_id:
            raise HTTPException(404)
        return logged

    async def _failures(self, asked: Asked) -> list[Failure]:
        client_id = asked.client.application.client_id
        since = self.own.desk.clock() - _KEPT

        def look(reader: Reader) -> list[LoggedRequest]:
            return list(reader.list_logged_requests(since, client_id, _ANY_STATUS, MOST))

        rows = await self.own.desk.frame.accounts.store.read(look)
        return [_failure(row) for row in reversed(rows)]

    async def _present(self, asked: Asked) -> Present:
        return Present(asked.client, {api.api_id: api for api in self.own.desk.apis()})

    def _page(
        self,
        asked: Asked,
        failures: list[Failure],
        logged: LoggedRequest | None,
        present: Present,
    ) -> Response:
        explained = test = compared = fix = None
        if logged is not None:
            detail = detail_of(logged)
            explained = explain(logged, ROWS.get(logged.slug), present)
            test = _test_of(logged)
            compared = compared_of(logged.slug, detail)
            fix = fix_of(logged.slug, detail, present.apis)
        return self.own.show(
            asked,
            "requests",
            failures=failures,
            one=explained,
            wire=None if explained is None else _wire(explained),
            test=test,
            compared=compared,
            fix=fix,
        )


def _failure(logged: LoggedRequest) -> Failure:
    cause = CAUSES.get(logged.slug)
    row = ROWS.get(logged.slug)
    says = cause.happened if cause else row.says if row else logged.slug
    is_guide = bool(logged.supplied_id and logged.supplied_id.startswith(MARK))
    return Failure(logged, says, is_guide)


def _test_of(logged: LoggedRequest) -> str | None:
    try:
        return as_test(logged, ROWS.get(logged.slug))
    except NotATest:
        return None


def _wire(explained: Explanation) -> str:
    """What the caller saw of it."""
    row = ROWS.get(explained.slug)
    row = ROWS.get(row.shown_as, row) if row is not None and row.shown_as else row
    if row is None:
        return ""
    if row.code:
        shown = {"code": row.code, "message": row.message, "description": row.says}
    else:
        shown = {"error": row.error, "error_description": row.says}
    return json.dumps(shown, indent=2, ensure_ascii=False)
