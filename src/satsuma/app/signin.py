"""The person's side of one process: the parts that login, consent and logout pages share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.routing import Route

from satsuma.accounts.sessions import Sessions
from satsuma.app.accounts import build_accounts
from satsuma.app.platform import Platform, code_digests, sealed_logouts, sealed_requests
from satsuma.domain.apis import Api
from satsuma.domain.applications import Application
from satsuma.management.sandboxes import is_over
from satsuma.oauth.code_issuance import CodeIssuer
from satsuma.oauth.id_token_hint import read_hint
from satsuma.oauth.issuer import IssuerContext
from satsuma.signin.account import AccountPages
from satsuma.signin.asked import Asked
from satsuma.signin.connected_applications import ConnectedPages
from satsuma.signin.dev_mail import DevMail
from satsuma.signin.end_session import EndSession
from satsuma.signin.interaction import Interaction, MayLogIn
from satsuma.signin.language import Language
from satsuma.signin.login import Login
from satsuma.signin.sign_up import (
    AddressPage,
    NewPassword,
    confirm_page,
    new_password_page,
    reset_page,
    sign_up_page,
)
from satsuma.store.port import Reader
from satsuma.web.cookies import Cookies
from satsuma.web.forms import Forms
from satsuma.web.frame import Frame
from satsuma.web.leaving import by_a_page


@dataclass(frozen=True, slots=True)
class SigninRoutes:
    """What every page with a person works with."""

    platform: Platform
    sessions: Sessions
    cookies: Cookies
    forms: Forms

    def routes(self) -> list[Route]:
        """The routes that an authorization request and a logout pass through."""
        platform = self.platform
        opaque = sealed_requests(platform.vault)
        interaction = Interaction(
            issuers={each.issuer.policy.name: each for each in platform.issuers},
            store=platform.store,
            opaque=opaque,
            sessions=self.sessions,
            forms=self.forms,
            cookies=self.cookies,
            issuing=CodeIssuer(
                platform.store,
                code_digests(platform.vault),
                platform.clock.now,
                platform.vault.draw,
            ),
            look_up=platform.look_up,
            hinted_account=self._hinted_account,
            account_of=self._account_of,
            may_log_in=self._may_log_in,
            clock=platform.clock.now,
        )
        ending = EndSession(
            sealed_logouts(platform.vault),
            self.sessions,
            self.forms,
            self.cookies,
            platform.look_up,
        )
        return [
            Route("/interaction", by_a_page(interaction.show), methods=["GET"]),
            Route("/interaction", interaction.decided, methods=["POST"]),
            Route("/end-session", ending.show, methods=["GET"]),
            Route("/end-session", ending.decided, methods=["POST"]),
        ]

    async def _may_log_in(self, application: Application, account_id: str) -> MayLogIn:
        """Whether an application lets a person in: a sandbox's its made-up person alone, any other all but those."""

        def look(reader: Reader) -> MayLogIn:
            owner, account = (
                reader.find_owner(application.space_id),
                reader.find_account(account_id),
            )
            if owner is not None and owner.is_made_up:
                now = self.platform.clock.now()
                return "yes" if owner == account and not is_over(owner, now) else "never"
            return "as-another" if account is not None and account.is_made_up else "yes"

        return await self.platform.store.read(look)

    async def _hinted_account(self, token: str, shared: IssuerContext, application_id: str) -> str:
        """The account that an ID token names; empty where it names nobody whom we know."""
        hint = read_hint(shared.ring, shared.issuer.url, token)
        return "" if hint is None else await self._account_of(hint.sub, application_id)

    async def _account_of(self, sub: str, application_id: str) -> str:
        """The account that an application knows by a subject; empty where there is none: subjects are its own.

        Spec: OIDC Core §8.1.
        """

        def look(reader: Reader) -> str:
            account_id = reader.find_account_of_subject(sub) or ""
            return account_id if reader.find_subject(account_id, application_id) == sub else ""

        return await self.platform.store.read(look)


def build_signin(platform: Platform) -> SigninRoutes:
    """Build the parts from a platform."""
    pages_url = platform.settings.pages_url
    cookies = Cookies(secure=pages_url.startswith("https"))
    forms = Forms(platform.vault.derive("form-token"), cookies, pages_url, platform.vault.draw)
    sessions = Sessions(platform.store, platform.vault, platform.clock.now)
    return SigninRoutes(platform, sessions, cookies, forms)


def build_frame(platform: Platform, routes: SigninRoutes) -> Frame:
    """Build what the pages of a person work with."""
    return Frame(
        accounts=build_accounts(platform),
        sessions=routes.sessions,
        forms=routes.forms,
        cookies=routes.cookies,
    )


def asked_of(platform: Platform) -> Asked:
    """What opens the authorization request that a page stands in."""
    return Asked(sealed_requests(platform.vault), platform.clock.now)


def wished_languages(opened: Asked) -> Callable[[Request], Sequence[str]]:
    """What reads the languages that an application asks for.

    Spec: OIDC Core §3.1.2.1.
    """

    def wished(request: Request) -> Sequence[str]:
        asked = opened(request.query_params.get("r"))
        return () if asked is None else asked.request.ui_locales

    return wished


def account_routes(platform: Platform, frame: Frame) -> list[Route]:
    """The routes of login and accounts."""
    opened = asked_of(platform)
    connected = ConnectedPages(frame, apis_of(platform))
    routes = [
        *_login(Login(frame, opened, _application_of(platform, opened))),
        *_both("/sign-up", sign_up_page(frame)),
        *_both("/confirm/{token}", confirm_page(frame)),
        *_both("/reset", reset_page(frame)),
        *_both("/reset/{token}", new_password_page(frame)),
        *_account(AccountPages(frame)),
        Route("/account/applications", connected.show, methods=["GET"]),
        Route("/account/applications", connected.remove, methods=["POST"]),
        Route("/language", Language(frame.cookies.secure).choose, methods=["GET"]),
    ]
    if platform.inbox is not None:
        dev_mail = DevMail(platform.inbox)
        routes.append(Route("/dev/mail", dev_mail.show, methods=["GET"]))
        routes.append(Route("/dev/mail/{mail_id}", dev_mail.one, methods=["GET"]))
    return routes


def apis_of(platform: Platform) -> Callable[[], Iterable[Api]]:
    """What looks the APIs up each time: a change puts others in their place."""

    def apis() -> Iterable[Api]:
        return platform.replica.apis.values()

    return apis


def _application_of(platform: Platform, opened: Asked) -> Callable[[str | None], str]:
    def application(sealed: str | None) -> str:
        asked = opened(sealed)
        client = None if asked is None else platform.replica.clients.find(asked.request.client_id)
        return "" if client is None else client.name

    return application


def _both(path: str, shown: AddressPage | NewPassword) -> list[Route]:
    return [
        Route(path, shown.show, methods=["GET"]),
        Route(path, shown.sent, methods=["POST"]),
    ]


def _account(pages: AccountPages) -> list[Route]:
    shown = {
        "/account": pages.overview,
        "/account/password": pages.password,
        "/account/email": pages.email,
        "/account/email/{token}": pages.new_email,
        "/account/undo/{token}": pages.changed_email,
        "/account/data": pages.data,
        "/account/delete": pages.deletion,
    }
    sent = {
        "/account/password": pages.set_password,
        "/account/email": pages.ask_email,
        "/account/email/{token}": pages.change_email,
        "/account/undo/{token}": pages.undo_email,
        "/account/language": pages.set_language,
        "/account/sessions": pages.log_out_everywhere,
        "/account/sessions/end": pages.end_session,
        "/account/delete": pages.delete,
    }
    return [
        *(Route(path, endpoint, methods=["GET"]) for path, endpoint in shown.items()),
        *(Route(path, endpoint, methods=["POST"]) for path, endpoint in sent.items()),
    ]


def _login(login: Login) -> list[Route]:
    return [
        Route("/login", login.show, methods=["GET"]),
        Route("/login", login.sent, methods=["POST"]),
        Route("/logout", login.ask_log_out, methods=["GET"]),
        Route("/logout", login.log_out, methods=["POST"]),
    ]
