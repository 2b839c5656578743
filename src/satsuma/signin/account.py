"""The pages of one's own account."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts import own_account
from satsuma.accounts.context import Declined
from satsuma.accounts.emails import BadEmail, canonical_email, masked_email
from satsuma.accounts.mail_links import find_linked
from satsuma.accounts.password_hashing import Busy
from satsuma.accounts.passwords import LONGEST, SHORTEST, BadPassword
from satsuma.web.cookies import SESSION
from satsuma.web.frame import Frame, Visitor
from satsuma.web.languages import LANGUAGES, N_, put_language, say
from satsuma.web.pages import NO_STORE, see
from satsuma.web.spent import spent
from satsuma.web.user_agent import browser_of
from satsuma.web.wording import BUSY, NO_ADDRESS, STALE, why_declined, why_not_password
from satsuma_client.protocol.secret import Secret

Step = Callable[[Request, Visitor, dict[str, str]], Awaitable[Response]]
CONFIRMATION: Final = N_("delete my account")
_NEWS: Final = {
    "password": N_("Your password was changed. Every other session has ended."),
    "email": N_("Your e-mail address was changed."),
    "language": N_("Your language was saved."),
    "session": N_("That session has ended."),
}


@dataclass(frozen=True, slots=True)
class AccountPages:
    """Shows the account and takes changes to it; sensitive ones after a fresh login alone."""

    frame: Frame

    async def overview(self, request: Request) -> Response:
        """Show what the account is, and where it is logged in."""
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        news = _NEWS.get(request.query_params.get("done", ""), "")
        return await self._overview(request, visitor, news=say(request, news))

    async def password(self, request: Request) -> Response:
        """Show the form of a new password."""
        return await self._fresh(request, "account_password.html")

    async def email(self, request: Request) -> Response:
        """Show the form of a new address."""
        return await self._fresh(request, "account_email.html")

    async def deletion(self, request: Request) -> Response:
        """Show what deletion means, and ask for the words that confirm it."""
        return await self._fresh(request, "account_delete.html")

    async def set_password(self, request: Request) -> Response:
        """Take a new password."""

        async def step(request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
            password = Secret(form.get("password", ""))
            accounts = self.frame.accounts
            session = visitor.session
            end_access = form.get("end_access") == "1"
            changed = await own_account.change_password(
                accounts, visitor.account, session, password, end_access
            )
            response = see("/account?done=password")
            await self.frame.log_in(request, changed, response)
            return response

        return await self._changed(request, "account_password.html", step)

    async def ask_email(self, request: Request) -> Response:
        """Send a link to a new address."""

        async def step(request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
            email = canonical_email(form.get("email", ""))
            source = request.state.source
            accounts, session = self.frame.accounts, visitor.session
            await own_account.ask_email(accounts, visitor.account, session, email, source)
            return self.frame.show(
                request, "sent.html", visitor=visitor, email=email, again="/account/email"
            )

        return await self._changed(request, "account_email.html", step)

    async def new_email(self, request: Request) -> Response:
        """Ask who comes by the link, and is logged in to the account, to confirm the new address."""
        return await self._new_email(request)

    async def _new_email(self, request: Request, status: int = 200) -> Response:
        token = request.path_params["token"]
        visitor = await self.frame.visitor(request)
        try:
            link, account = await find_linked(self.frame.accounts, "email", token)
        except Declined as declined:
            return spent(self.frame, request, declined, "/account/email", visitor)
        is_own = visitor is not None and visitor.account.account_id == account.account_id
        return self.frame.show(
            request,
            "account_email_confirm.html" if is_own else "account_email_whose.html",
            status,
            visitor,
            here=request.url.path,
            new=link.email,
            old=account.email if is_own else masked_email(account.email),
            undo=False,
        )

    async def change_email(self, request: Request) -> Response:
        """Change the address by the link, for who is logged in to the account."""
        form = await self.frame.form(request)
        if form is None:
            return await self.new_email(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return await self._new_email(request, 403)
        account_id, token = visitor.account.account_id, request.path_params["token"]
        try:
            await own_account.change_email(self.frame.accounts, account_id, token)
        except Declined as declined:
            if declined.slug == "link-of-another":
                return await self._new_email(request, 403)
            return spent(self.frame, request, declined, "/account/email", visitor)
        return see("/account?done=email")

    async def changed_email(self, request: Request) -> Response:
        """Ask whoever comes by the link to the old address whether it should be taken back."""
        token = request.path_params["token"]
        try:
            link, account = await find_linked(self.frame.accounts, "undo", token)
        except Declined as declined:
            return spent(self.frame, request, declined)
        return self.frame.show(
            request,
            "account_email_confirm.html",
            here=request.url.path,
            new=link.email,
            old=account.email,
            undo=True,
        )

    async def undo_email(self, request: Request) -> Response:
        """Take the address back by the link."""
        if await self.frame.form(request) is None:
            return await self.changed_email(request)
        try:
            await own_account.undo_email(self.frame.accounts, request.path_params["token"])
        except Declined as declined:
            return spent(self.frame, request, declined)
        response = see("/reset?done=restored")
        self.frame.cookies.drop(response, SESSION)
        return response

    async def set_language(self, request: Request) -> Response:
        """Set the language of pages and mails."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        language = (form or {}).get("language", "")
        if language not in LANGUAGES:
            return see("/account")
        await own_account.set_language(self.frame.accounts, visitor.account, language)
        response = see("/account?done=language")
        put_language(response, language, self.frame.cookies.secure)
        return response

    async def log_out_everywhere(self, request: Request) -> Response:
        """End every session."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        if form is None:
            return await self._overview(request, visitor, 400, problem=say(request, STALE))
        await own_account.log_out_everywhere(self.frame.accounts, visitor.account)
        response = self.frame.show(request, "logged_out.html")
        self.frame.cookies.drop(response, SESSION)
        return response

    async def end_session(self, request: Request) -> Response:
        """End one session, on another browser."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login?to=/account")
        if form is None:
            return await self._overview(request, visitor, 400, problem=say(request, STALE))
        try:
            await own_account.end_session(self.frame.accounts, visitor.account, form.get("sid", ""))
        except Declined as declined:
            problem = why_declined(request, declined)
            return await self._overview(request, visitor, 409, problem=problem)
        return see("/account?done=session")

    async def data(self, request: Request) -> Response:
        """All that is kept about the person, as a file."""
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        found = await own_account.own_data(self.frame.accounts, visitor.account)
        headers = {**NO_STORE, "content-disposition": 'attachment; filename="satsuma-account.json"'}
        body = json.dumps(found, indent=2, ensure_ascii=False)
        return Response(body, 200, headers, "application/json")

    async def delete(self, request: Request) -> Response:
        """Delete the account, where the words were typed."""

        async def step(request: Request, visitor: Visitor, form: dict[str, str]) -> Response:
            typed = form.get("confirmation", "").strip().casefold()
            if typed != say(request, CONFIRMATION).casefold():
                error = say(request, N_("Please type the words exactly."))
                return self._page(request, "account_delete.html", visitor, 400, error=error)
            await own_account.delete_account(self.frame.accounts, visitor.account)
            response = self.frame.show(request, "account_deleted.html")
            self.frame.cookies.drop(response, SESSION)
            return response

        return await self._changed(request, "account_delete.html", step)

    async def _fresh(self, request: Request, template: str) -> Response:
        visitor = await self.frame.visitor(request)
        if visitor is None or not self.frame.sessions.is_fresh(visitor.session):
            return prove_again(request, visitor)
        return self._page(request, template, visitor)

    async def _changed(self, request: Request, template: str, step: Step) -> Response:
        """Take a sensitive change from its form; whatever is wrong shows on the same page."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None or not self.frame.sessions.is_fresh(visitor.session):
            return prove_again(request, visitor)
        if form is None:
            return self._page(request, template, visitor, 400, problem=say(request, STALE))
        try:
            return await step(request, visitor, form)
        except BadPassword as refused:
            error = why_not_password(request, refused)
            return self._page(request, template, visitor, 400, error=error)
        except BadEmail:
            return self._page(request, template, visitor, 400, error=say(request, NO_ADDRESS))
        except Declined as declined:
            status = 429 if declined.wait else 409
            problem = why_declined(request, declined)
            return self._page(request, template, visitor, status, problem=problem)
        except Busy:
            return self._page(request, template, visitor, 503, problem=say(request, BUSY))

    def _page(
        self,
        request: Request,
        template: str,
        visitor: Visitor,
        status: int = 200,
        error: str = "",
        problem: str = "",
    ) -> Response:
        return self.frame.show(
            request,
            template,
            status,
            visitor,
            error=error,
            problem=problem,
            least=SHORTEST,
            most=LONGEST,
            words=CONFIRMATION,
        )

    async def _overview(
        self,
        request: Request,
        visitor: Visitor,
        status: int = 200,
        news: str = "",
        problem: str = "",
    ) -> Response:
        account_id = visitor.account.account_id
        sessions = await self.frame.accounts.store.read(
            lambda reader: reader.list_sessions(account_id)
        )
        listed = [
            (each, browser_of(each.user_agent), each.sid == visitor.session.sid)
            for each in sessions
            if self.frame.sessions.is_live(each)
        ]
        return self.frame.show(
            request,
            "account.html",
            status,
            visitor,
            sessions=listed,
            news=news,
            problem=problem,
            languages={"en": "English", "fr": "Français"},
        )


def prove_again(request: Request, visitor: Visitor | None) -> Response:
    """Send to the login, and back to this page afterwards."""
    again = "again=1&" if visitor is not None else ""
    return see(f"/login?{again}to={request.url.path}")
