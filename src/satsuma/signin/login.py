"""The login page, and logging out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts.context import Declined
from satsuma.accounts.emails import BadEmail, as_written
from satsuma.accounts.login import TOO_OFTEN, log_in
from satsuma.accounts.password_hashing import Busy
from satsuma.domain.accounts import Account
from satsuma.signin.asked import Asked
from satsuma.web.cookies import SESSION
from satsuma.web.frame import Frame, carried, onward
from satsuma.web.languages import say
from satsuma.web.pages import see
from satsuma.web.wording import BUSY, STALE, WRONG, too_often
from satsuma_client.protocol.secret import Secret


@dataclass(frozen=True, slots=True)
class Login:
    """Logs a person in, alone or on the way through an authorization request.

    `application` gives the name of the one that a sealed request comes from, empty where there is none.
    """

    frame: Frame
    asked: Asked
    application: Callable[[str | None], str]

    async def show(self, request: Request) -> Response:
        """Show the form; who is logged in already goes on, unless asked to prove it again."""
        query = request.query_params
        visitor = await self.frame.visitor(request)
        again = query.get("again") == "1"
        if visitor is not None and not query.get("r") and not again:
            return see("/account")
        email = visitor.account.email if visitor is not None and again else self._hint(request)
        return self._form(request, email)

    async def sent(self, request: Request) -> Response:
        """Check what was typed; a login ends in a new session under a new id."""
        form = await self.frame.form(request)
        if form is None:
            return self._form(request, "", 400, STALE)
        email = form.get("email", "")[:254]
        query = request.query_params
        response = see(onward(query.get("r"), query.get("to")))
        try:
            account = await self._account(form, request.state.source)
            await self.frame.log_in(request, account, response)
        except Busy:
            return self._form(request, email, 503, BUSY, wait=5)
        except Declined as declined:
            if declined.slug != TOO_OFTEN:
                return self._form(request, email, 400, WRONG)
            wait = ceil(declined.wait)
            return self._form(request, email, 429, too_often(request, wait), wait)
        return response

    async def log_out(self, request: Request) -> Response:
        """End this browser's session."""
        form = await self.frame.form(request)
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        if form is None:
            return self.frame.show(request, "log_out.html", 400, visitor)
        await self.frame.sessions.end(visitor.session)
        response = self.frame.show(request, "logged_out.html")
        self.frame.cookies.drop(response, SESSION)
        return response

    async def ask_log_out(self, request: Request) -> Response:
        """Ask before the session ends: a link alone does nothing."""
        visitor = await self.frame.visitor(request)
        if visitor is None:
            return see("/login")
        return self.frame.show(request, "log_out.html", visitor=visitor)

    async def _account(self, form: dict[str, str], source: str) -> Account:
        try:
            email = as_written(form.get("email", ""))
        except BadEmail:
            email = ""
        return await log_in(self.frame.accounts, email, Secret(form.get("password", "")), source)

    def _form(
        self, request: Request, email: str, status: int = 200, problem: str = "", wait: int = 0
    ) -> Response:
        query = request.query_params
        response = self.frame.show(
            request,
            "login.html",
            status,
            problem=say(request, problem),
            again=query.get("again") == "1",
            here=carried(query, "r", "to", "again"),
            going=carried(query, "r"),
            email=email,
            application=self.application(query.get("r")),
            may_sign_up=self.frame.accounts.policy.sign_up == "open",
        )
        if wait:
            response.headers["retry-after"] = str(wait)
        return response

    def _hint(self, request: Request) -> str:
        """The address that the application hints at.

        Spec: OIDC Core §3.1.2.1.
        """
        asked = self.asked(request.query_params.get("r"))
        hint = None if asked is None else asked.request.login_hint
        return hint[:254] if hint and hint.isprintable() else ""
