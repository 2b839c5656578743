"""Every page in its states, one walk through them in a language; `look` is called where there is something to see."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.pages.browser import NEW_PASSWORD, a_client, a_person, fill_login, link, visit
from tests.person.flow import FRENCH, PASSWORD, STANDARD, Person, authorize_url
from tests.wire.server import Made, Server

# The client's address; nobody listens there, the browser is told what it would say.
REDIRECT = "http://127.0.0.1:9/callback"
LOCALES = {"en": "en-GB", "fr": "fr-FR"}
Look = Callable[[Page, str], None]


@dataclass
class Walk:
    """One walk: who, where, and what looks."""

    browser: Browser
    server: Server
    language: str
    look: Look

    def all(self) -> None:
        """Go everywhere."""
        with visit(self.browser, locale=LOCALES[self.language]) as page:
            self.outside(page)
            self.signing_up(page)
        person = a_person(self.server)
        made = a_client(self.server, REDIRECT, name=f"Weather station {secrets.token_hex(2)}")
        with visit(self.browser, locale=LOCALES[self.language]) as page:
            self.request(page, person, made)
            self.account(page, person)
            self.applications(page)
            self.leaving(page, person)
        with visit(self.browser, locale=LOCALES[self.language], java_script_enabled=False) as page:
            self.form_post(page)

    def outside(self, page: Page) -> None:
        """Pages that need nobody."""
        for path, name in (
            ("/", "home"),
            ("/errors/", "errors"),
            ("/errors/redirect-uri-unregistered", "error"),
            ("/no/such/page", "missing"),
            ("/interaction?r=old", "expired"),
            ("/login", "login"),
            ("/reset", "reset"),
            ("/sign-up", "sign-up"),
            ("/confirm/unknown", "link-spent"),
        ):
            self.see(page, path, name)
        page.goto(f"{self.server.pages_url}/login")
        fill_login(page, "nobody@people.example", "a wrong password")
        self.look(page, "login-wrong")
        page.goto(f"{self.server.pages_url}/login")
        page.context.clear_cookies()
        fill_login(page, "nobody@people.example", "a wrong password")
        self.look(page, "login-stale")
        for _ in range(11):
            page.goto(f"{self.server.pages_url}/login")
            fill_login(page, "somebody@people.example", "a wrong password")
        self.look(page, "login-too-often")

    def signing_up(self, page: Page) -> None:
        """From an address to an account."""
        email = f"{secrets.token_hex(4)}@people.example"
        page.goto(f"{self.server.pages_url}/sign-up")
        page.locator("#email").fill("not.an@address@all")
        page.evaluate("document.querySelector('main form').noValidate = true")
        self.press(page)
        self.look(page, "sign-up-wrong")
        page.locator("#email").fill(email)
        self.press(page)
        self.look(page, "sent")
        page.goto(link(self.server, email))
        self.look(page, "confirm")
        page.locator("#password").fill("password1234")
        self.press(page)
        self.look(page, "confirm-weak")
        self.see(page, "/dev/mail", "dev-mail")
        page.locator(".rows a").first.click()
        self.look(page, "dev-mail-one")

    def request(self, page: Page, person: Person, made: Made) -> None:
        """Through an application's request."""
        page.goto(authorize_url(self.server, made, redirect_uri="https://elsewhere.example/"))
        self.look(page, "refused")
        page.goto(
            authorize_url(
                self.server,
                made,
                STANDARD,
                redirect_uri=REDIRECT,
                scope="openid profile email offline_access",
                login_hint=person.email,
            )
        )
        self.look(page, "login-for-application")
        page.locator("#password").fill(PASSWORD)
        self.press(page)
        self.look(page, "consent")
        page.route(f"{REDIRECT}*", lambda route: route.fulfill(body="the client"))
        page.locator("button[value=allow]").click()
        page.wait_for_url(f"{REDIRECT}*")
        page.goto(authorize_url(self.server, made, FRENCH, redirect_uri=REDIRECT, prompt="login"))
        self.look(page, "login-again")

    def account(self, page: Page, person: Person) -> None:
        """The account and its changes."""
        self.see(page, "/account", "account")
        self.see(page, "/account/password", "account-password")
        page.locator("#password").fill("aaaaaaaaaaaaaaa")
        self.press(page)
        self.look(page, "account-password-weak")
        page.locator("#password").fill(NEW_PASSWORD)
        self.press(page)
        self.look(page, "account-changed")
        self.see(page, "/account/email", "account-email")
        page.locator("#email").fill(f"new-{person.email}")
        self.press(page)
        page.goto(link(self.server, f"new-{person.email}"))
        self.look(page, "account-email-confirm")

    def applications(self, page: Page) -> None:
        """Connected applications: with one, then without."""
        self.see(page, "/account/applications", "applications")
        self.press(page)
        self.look(page, "applications-removed")
        self.see(page, "/account/applications", "applications-none")

    def leaving(self, page: Page, person: Person) -> None:
        """Logging out, and the end of the account."""
        page.goto(f"{self.server.api_url}/logout")
        self.look(page, "end-session")
        self.see(page, "/logout", "log-out")
        self.press(page)
        self.look(page, "logged-out")
        page.goto(f"{self.server.pages_url}/reset")
        page.locator("#email").fill(person.email)
        self.press(page)
        page.goto(link(self.server, person.email, 2))
        self.look(page, "new-password")
        page.locator("#password").fill(f"{NEW_PASSWORD} again")
        self.press(page)
        self.see(page, "/account/delete", "account-delete")
        page.locator("#confirmation").fill("no")
        self.press(page)
        self.look(page, "account-delete-wrong")
        words = {"en": "delete my account", "fr": "supprimer mon compte"}[self.language]
        page.locator("#confirmation").fill(words)
        self.press(page)
        self.look(page, "account-deleted")

    def form_post(self, page: Page) -> None:
        """An answer by form, without the script that sends it."""
        person = a_person(self.server)
        made = a_client(self.server, REDIRECT)
        page.goto(
            authorize_url(
                self.server, made, STANDARD, redirect_uri=REDIRECT, response_mode="form_post"
            )
        )
        fill_login(page, person.email, PASSWORD)
        page.locator("button[value=allow]").click()
        self.look(page, "form-post")

    def see(self, page: Page, path: str, name: str) -> None:
        """Open a page and look at it."""
        page.goto(f"{self.server.pages_url}{path}")
        self.look(page, name)

    @staticmethod
    def press(page: Page) -> None:
        """Press the first button of the page's content."""
        page.locator("main button[type=submit]").first.click()
        page.wait_for_load_state()
