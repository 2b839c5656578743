"""What every page of a person works with: who is logged in, forms and their tokens, the way back to a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts.context import AccountContext
from satsuma.accounts.sessions import Sessions
from satsuma.domain.accounts import Account
from satsuma.domain.errors.refusal import Refused
from satsuma.domain.sessions import Session
from satsuma.management.sandboxes import is_over
from satsuma.store.port import Reader
from satsuma.web.cookies import SESSION, TRIED, Cookies
from satsuma.web.forms import FormRefused, Forms
from satsuma.web.pages import page

# What a login may lead to.
_ROOMS: Final = ("/account", "/myapps", "/guides", "/apis", "/errors")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in on this browser."""

    session: Session
    account: Account


@dataclass(frozen=True, slots=True)
class Frame:
    """Joins accounts, forms and cookies."""

    accounts: AccountContext
    sessions: Sessions
    forms: Forms
    cookies: Cookies

    async def visitor(self, request: Request) -> Visitor | None:
        """Find who is logged in; the made-up person of a sandbox is nobody, but where a page says otherwise."""
        found = await self.anybody(request)
        return None if found is None or found.account.is_made_up else found

    async def anybody(self, request: Request, cookie: str = SESSION) -> Visitor | None:
        """Find who is logged in, or the made-up person of a sandbox whose day has not passed."""
        session = await self.sessions.find(self.cookies.read(request, cookie))
        if session is None:
            return None
        account_id = session.account_id

        def look(reader: Reader) -> Account | None:
            return reader.find_account(account_id)

        account = await self.accounts.store.read(look)
        if account is None or account.blocked or is_over(account, self.accounts.clock()):
            return None
        return Visitor(session, account)

    async def form(self, request: Request) -> dict[str, str] | None:
        """The form of a POST; None where it does not come from our own page in this browser."""
        try:
            return await self.forms.read(request)
        except (FormRefused, Refused):
            return None

    def show(
        self,
        request: Request,
        template: str,
        status: int = 200,
        visitor: Visitor | None = None,
        **values: Any,
    ) -> Response:
        """Render a page with a form token, and who is logged in at its head."""
        account = None if visitor is None else visitor.account
        token = self.forms.token(request)
        response = page(
            template, status, request=request, form_token=token, account=account, **values
        )
        self.forms.remember(request, response)
        return response

    async def log_in(self, request: Request, account: Account, response: Response) -> str:
        """Start a session under a new id and give its cookie; the browser's earlier one ends, but a sandbox's."""
        before = self.cookies.read(request, SESSION)
        if before == self.cookies.read(request, TRIED):
            before = None
        agent, source = request.headers.get("user-agent", ""), request.state.source
        cookie = await self.sessions.start(account, "pwd", agent, source, before)
        self.cookies.put(response, SESSION, cookie)
        return cookie


def carried(query: Mapping[str, str], *names: str) -> str:
    """The query that carries these parameters from page to page."""
    found = {name: query[name] for name in names if query.get(name)}
    return f"?{urlencode(found)}" if found else ""


def onward(r: str | None, to: str | None = None) -> str:
    """Where a person goes after a login: back into the request, or to a page of the account or the portal."""
    if r:
        return f"/interaction?r={quote(r)}&after=login"
    return to if to and is_own_page(to) else "/account"


def is_own_page(path: str) -> bool:
    """Say whether a path is a page for a person: nobody may send a person elsewhere by a link to us."""
    inside = any(path == room or path.startswith(f"{room}/") for room in _ROOMS)
    is_plain = path.isascii() and path.isprintable()
    return inside and is_plain and not any(each in path for each in ("\\", "..", "//"))
