"""The pages of sign-up and of a forgotten password: an address, a letter, a password by its link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts import recovery
from satsuma.accounts import sign_up as signing_up
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.emails import BadEmail, canonical_email, reachable_email
from satsuma.accounts.mail_links import find_linked
from satsuma.accounts.password_hashing import Busy
from satsuma.accounts.passwords import LONGEST, SHORTEST, BadPassword
from satsuma.domain.accounts import Account, LinkPurpose
from satsuma.web.cookies import ASKED
from satsuma.web.frame import Frame, carried, onward
from satsuma.web.languages import N_, language_of, say
from satsuma.web.pages import see
from satsuma.web.spent import spent
from satsuma.web.wording import BUSY, NO_ADDRESS, STALE, why_declined, why_not_password
from satsuma_client.protocol.secret import Secret

Ask = Callable[[AccountContext, str, str, str], Awaitable[None]]
Take = Callable[[AccountContext, str, Secret, bool], Awaitable[Account]]
_KEPT: Final = 3600
_NEWS: Final = {
    "restored": N_(
        "Your account has its address again. Every session and every access has ended, and so has the password: "
        "set a new one by a link to your address."
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a page that asks for an address says; `read` gives the address that was typed, or raises BadEmail."""

    path: str
    title: str
    lead: str
    button: str
    read: Callable[[str], str]


SIGN_UP: Final = Words(
    "/sign-up",
    N_("Sign up"),
    N_("We send a link to your address. You will choose a password there."),
    N_("Send the link"),
    canonical_email,
)
RESET: Final = Words(
    "/reset",
    N_("Forgot your password?"),
    N_("We send a link to your address. You will set a new password there."),
    N_("Send the link"),
    reachable_email,
)


@dataclass(frozen=True, slots=True)
class AddressPage:
    """A page that takes an address and says the same whoever has it: sign-up, or a forgotten password."""

    frame: Frame
    words: Words
    ask: Ask

    async def show(self, request: Request) -> Response:
        """Show the form."""
        return self._form(request)

    async def sent(self, request: Request) -> Response:
        """Ask for the letter, and say that it is on its way where it can be."""
        form = await self.frame.form(request)
        if form is None:
            return self._form(request, 400, problem=say(request, STALE))
        accounts, source = self.frame.accounts, request.state.source
        typed = form.get("email", "")[:254]
        try:
            email = self.words.read(typed)
        except BadEmail:
            return self._form(request, 400, typed, error=say(request, NO_ADDRESS))
        r = request.query_params.get("r", "")
        try:
            await self.ask(accounts, email, language_of(request), source)
        except Declined as declined:
            status = 429 if declined.wait else 403
            return self._form(request, status, typed, problem=why_declined(request, declined))
        response = self.frame.show(request, "sent.html", email=email, again=self._here(request))
        if r:
            self.frame.cookies.put(response, ASKED, r, _KEPT)
        return response

    def _here(self, request: Request) -> str:
        return self.words.path + carried(request.query_params, "r")

    def _form(
        self,
        request: Request,
        status: int = 200,
        email: str = "",
        error: str = "",
        problem: str = "",
    ) -> Response:
        news = _NEWS.get(request.query_params.get("done", ""), "")
        is_open = self.words is RESET or self.frame.accounts.policy.sign_up == "open"
        return self.frame.show(
            request,
            "address.html" if is_open else "closed.html",
            status if is_open else 403,
            words=self.words,
            here=self._here(request),
            going=carried(request.query_params, "r"),
            email=email,
            error=error,
            problem=problem,
            news=say(request, news),
        )


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The page behind a link: it takes a password, then logs the person in.

    It goes on with the authorization request that this very browser came by: a letter carries none, since it may have
    been asked for by somebody else.
    """

    frame: Frame
    purpose: LinkPurpose
    take: Take

    async def show(self, request: Request) -> Response:
        """Show the form while the link is good."""
        return await self._form(request)

    async def sent(self, request: Request) -> Response:
        """Take the password; the link is used up by it."""
        form = await self.frame.form(request)
        if form is None:
            return await self._form(request, 400, problem=say(request, STALE))
        password = Secret(form.get("password", ""))
        response = see(onward(self.frame.cookies.read(request, ASKED)))
        self.frame.cookies.drop(response, ASKED)
        token, end_access = request.path_params["token"], form.get("end_access") == "1"
        try:
            account = await self.take(self.frame.accounts, token, password, end_access)
            await self.frame.log_in(request, account, response)
        except Busy:
            return await self._form(request, 503, problem=say(request, BUSY))
        except BadPassword as refused:
            return await self._form(request, 400, error=why_not_password(request, refused))
        except Declined as declined:
            return spent(self.frame, request, declined, self._again)
        return response

    @property
    def _again(self) -> str:
        return "/sign-up" if self.purpose == "confirm" else "/reset"

    async def _form(
        self, request: Request, status: int = 200, error: str = "", problem: str = ""
    ) -> Response:
        token = request.path_params["token"]
        try:
            link, _ = await find_linked(self.frame.accounts, self.purpose, token)
        except Declined as declined:
            return spent(self.frame, request, declined, self._again)
        return self.frame.show(
            request,
            "new_password.html",
            status,
            first=self.purpose == "confirm",
            here=request.url.path,
            email=link.email,
            least=SHORTEST,
            most=LONGEST,
            error=error,
            problem=problem,
        )


def sign_up_page(frame: Frame) -> AddressPage:
    """The page of sign-up."""
    return AddressPage(frame, SIGN_UP, signing_up.sign_up)


def reset_page(frame: Frame) -> AddressPage:
    """The page of a forgotten password."""
    return AddressPage(frame, RESET, recovery.ask_reset)


def confirm_page(frame: Frame) -> NewPassword:
    """The page that ends a sign-up."""
    return NewPassword(frame, "confirm", signing_up.confirm)


def new_password_page(frame: Frame) -> NewPassword:
    """The page that ends a reset."""
    return NewPassword(frame, "reset", recovery.reset)
