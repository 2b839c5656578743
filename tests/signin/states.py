"""Every page in its states, and one walk through them in a language; `look` is called where there is something to see.

A page that is in no state here fails `test_axe.py`, and so does a route that no walk asks for.
"""

import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.oauth.flow import FRENCH, PASSWORD, STANDARD, Person, authorize_url
from tests.signin.browser import (
    NEW_PASSWORD,
    a_client,
    a_person,
    an_application_of,
    fill_login,
    link,
    the_address_is_settled,
)
from tests.signin.portal_walk import PORTAL_STATES, PortalWalk
from tests.signin.walk import Look
from tests.wire.server import Made

__all__ = ["STATES", "Look", "Walk"]

# The state, and the template that draws it.
STATES: Final = PORTAL_STATES | {
    "expired": "expired",
    "login": "login",
    "login-wrong": "login",
    "login-stale": "login",
    "login-too-often": "login",
    "login-busy": "login",
    "login-for-application": "login",
    "login-again": "login",
    "sign-up": "address",
    "sign-up-wrong": "address",
    "sign-up-closed": "closed",
    "reset": "address",
    "reset-too-often": "address",
    "sent": "sent",
    "link-spent": "spent",
    "confirm": "new_password",
    "confirm-weak": "new_password",
    "new-password": "new_password",
    "refused": "refused",
    "refused-unavailable": "refused",
    "consent": "consent",
    "consent-more": "consent",
    "move-on": "move_on",
    "form-post": "form_post",
    "account": "account",
    "account-changed": "account",
    "account-in-two-browsers": "account",
    "account-password": "account_password",
    "account-password-weak": "account_password",
    "account-email": "account_email",
    "account-email-wrong": "account_email",
    "account-email-confirm": "account_email_confirm",
    "account-email-whose": "account_email_whose",
    "account-email-undo": "account_email_confirm",
    "account-restored": "address",
    "account-delete": "account_delete",
    "account-delete-wrong": "account_delete",
    "account-delete-in-use": "account_delete",
    "account-delete-waits": "account_delete",
    "account-deleted": "account_deleted",
    "applications": "applications",
    "applications-removed": "applications",
    "applications-none": "applications",
    "end-session": "end_session",
    "log-out": "log_out",
    "logged-out": "logged_out",
    "dev-mail": "dev_mail",
    "dev-mail-none": "dev_mail",
    "dev-mail-one": "dev_mail_one",
    "demo-code": "demo_client",
    "demo-answer": "demo_client",
    "demo-refreshed": "demo_client",
    "demo-used-twice": "demo_client",
    "demo-denied": "demo_client",
    "demo-expired": "demo_client",
}
# The client's address; nobody is asked there, the browser is told what it would say.
REDIRECT = "https://weather.example/callback"
# Who is met on the walk in each language, and what asks for access.
NAMES: Final = {"en": ("ada", "City weather"), "fr": ("adele", "Météo des villes")}
WORDS: Final = {"en": "delete my account", "fr": "supprimer mon compte"}
ALL_SCOPES: Final = "openid profile email offline_access"


@dataclass
class Walk(PortalWalk):
    """One walk through the pages of people and of developers."""

    states = STATES

    def all(self) -> None:
        """Go everywhere on a server that is well; what needs a cause is in `troubles.py`."""
        with self.visit() as page:
            self.strange(page)
            self.outside(page)
            self.signing_up(page)
        with self.visit() as page:
            self.trying(page)
        with self.visit() as page:
            self.developing(page)
        name, application = NAMES[self.language]
        person = a_person(self.server, name)
        made = a_client(self.server, REDIRECT, name=application)
        with self.visit() as page:
            self.request(page, person, made)
            self.account(page, person)
            self.applications(page)
            self.leaving(page, person)
        with self.visit() as page:
            self.form_post(page)
        with self.visit() as page:
            self.owner_of_an_application(page)
        with self.visit() as page:
            self.taking_an_address_back(page)

    def outside(self, page: Page) -> None:
        """Pages that need nobody."""
        for path, name in (
            ("/interaction?r=old", "expired"),
            ("/login", "login"),
            ("/reset", "reset"),
            ("/sign-up", "sign-up"),
            ("/confirm/unknown", "link-spent"),
        ):
            self.see(page, path, name)
        login = f"{self.server.pages_url}/login"
        page.goto(login)
        page.locator(f".languages button[value={self.language}]").click()
        fill_login(page, "nobody@people.example", "a wrong password")
        self.shows(page, "login-wrong")
        page.goto(login)
        page.context.clear_cookies()
        fill_login(page, "nobody@people.example", "a wrong password")
        self.shows(page, "login-stale")
        for _ in range(11):
            page.goto(login)
            fill_login(page, "somebody@people.example", "a wrong password")
        self.shows(page, "login-too-often")

    def signing_up(self, page: Page) -> None:
        """From an address to an account."""
        email = f"{secrets.token_hex(4)}@people.example"
        page.goto(f"{self.server.pages_url}/sign-up")
        self.type_no_address(page)
        self.shows(page, "sign-up-wrong")
        page.locator("#email").fill(email)
        self.press(page)
        self.shows(page, "sent")
        page.goto(link(self.server, email))
        self.shows(page, "confirm")
        page.locator("#password").fill("password1234")
        self.press(page)
        self.shows(page, "confirm-weak")
        page.locator("#password").fill(NEW_PASSWORD)
        self.press(page)
        self.see(page, "/dev/mail", "dev-mail")
        page.locator(".rows a").first.click()
        self.shows(page, "dev-mail-one")

    def type_no_address(self, page: Page) -> None:
        """Send what a browser would stop, so that the server says it."""
        page.locator("#email").fill("not.an@address@all")
        page.evaluate("document.querySelector('main form').noValidate = true")
        self.press(page)

    def request(self, page: Page, person: Person, made: Made) -> None:
        """Through an application's request; the application answers with nothing, so that the last page stays."""
        page.route(f"{REDIRECT}*", lambda route: route.fulfill(status=204))
        elsewhere = "https://elsewhere.example/"
        page.goto(authorize_url(self.server, made, redirect_uri=elsewhere))
        self.shows(page, "refused")
        asked = {"redirect_uri": REDIRECT, "login_hint": person.email}
        page.goto(authorize_url(self.server, made, STANDARD, scope=ALL_SCOPES, **asked))
        self.shows(page, "login-for-application")
        page.locator("#password").fill(PASSWORD)
        self.press(page)
        self.shows(page, "consent")
        page.goto(authorize_url(self.server, made, STANDARD, scope="openid email", **asked))
        self.allow(page)
        self.shows(page, "move-on")
        page.goto(authorize_url(self.server, made, STANDARD, scope=ALL_SCOPES, **asked))
        self.shows(page, "consent-more")
        self.allow(page)
        page.goto(authorize_url(self.server, made, FRENCH, redirect_uri=REDIRECT, prompt="login"))
        self.shows(page, "login-again")

    @staticmethod
    def allow(page: Page) -> None:
        """Allow, and wait until the page that moves on has moved: it would break off what is opened meanwhile."""
        with page.expect_request(lambda each: each.url.startswith(REDIRECT)):
            page.locator("button[value=allow]").click()
        page.wait_for_selector("[data-page=move_on]")

    def account(self, page: Page, person: Person) -> None:
        """The account and its changes."""
        self.see(page, "/account", "account")
        with page.expect_download() as data:
            page.locator("a[download]").click()
        self.asked.add(("GET", urlsplit(data.value.url).path))  # no request that the page has
        page.locator("select[name=language]").select_option(self.language)
        self.press(page)
        self.see(page, "/account/password", "account-password")
        page.locator("#password").fill("aaaaaaaaaaaaaaa")
        self.press(page)
        self.shows(page, "account-password-weak")
        page.locator("#password").fill(NEW_PASSWORD)
        page.locator("#end_access").uncheck()
        self.press(page)
        self.shows(page, "account-changed")
        self.see(page, "/account/email", "account-email")
        self.type_no_address(page)
        self.shows(page, "account-email-wrong")
        page.locator("#email").fill(f"new-{person.email}")
        self.press(page)
        with self.visit() as elsewhere:
            elsewhere.goto(link(self.server, f"new-{person.email}"))
            self.shows(elsewhere, "account-email-whose")
        page.goto(link(self.server, f"new-{person.email}"))
        self.shows(page, "account-email-confirm")
        self.press(page)
        person.email = f"new-{person.email}"

    def applications(self, page: Page) -> None:
        """Connected applications: with one, then without."""
        self.see(page, "/account/applications", "applications")
        self.press(page)
        self.shows(page, "applications-removed")
        self.see(page, "/account/applications", "applications-none")

    def leaving(self, page: Page, person: Person) -> None:
        """Logging out in three ways, and the end of the account."""
        page.goto(f"{self.server.api_url}/logout")
        self.shows(page, "end-session")
        self.press(page)
        page.goto(f"{self.server.pages_url}/reset")
        page.locator("#email").fill(person.email)
        self.press(page)
        page.goto(link(self.server, person.email, 2))
        self.shows(page, "new-password")
        page.locator("#password").fill(f"{NEW_PASSWORD} again")
        self.press(page)
        self.see(page, "/logout", "log-out")
        self.press(page)
        self.shows(page, "logged-out")
        self.log_in(page, person.email, f"{NEW_PASSWORD} again")
        with self.visit() as elsewhere:
            self.log_in(elsewhere, person.email, f"{NEW_PASSWORD} again")
        self.see(page, "/account", "account-in-two-browsers")
        page.locator("form[action='/account/sessions/end'] button").click()
        page.locator("form[action='/account/sessions'] button").click()
        self.log_in(page, person.email, f"{NEW_PASSWORD} again")
        self.see(page, "/account/delete", "account-delete")
        page.locator("#confirmation").fill("no")
        self.press(page)
        self.shows(page, "account-delete-wrong")
        page.locator("#confirmation").fill(WORDS[self.language])
        self.press(page)
        self.shows(page, "account-delete-waits")
        the_address_is_settled(self.server, person.email)
        page.locator("#confirmation").fill(WORDS[self.language])
        self.press(page)
        self.shows(page, "account-deleted")

    def form_post(self, page: Page) -> None:
        """An answer by form; the application answers with nothing, so that the page stays."""
        page.route(f"{REDIRECT}*", lambda route: route.fulfill(status=204))
        person = a_person(self.server)
        made = a_client(self.server, REDIRECT)
        page.goto(
            authorize_url(
                self.server, made, STANDARD, redirect_uri=REDIRECT, response_mode="form_post"
            )
        )
        fill_login(page, person.email, PASSWORD)
        page.locator("button[value=allow]").click()
        page.wait_for_selector("[data-page=form_post]")
        self.shows(page, "form-post")

    def owner_of_an_application(self, page: Page) -> None:
        """Whose client space still has applications cannot leave."""
        person = a_person(self.server)
        an_application_of(self.server, person.email)
        self.log_in(page, person.email, PASSWORD)
        page.goto(f"{self.server.pages_url}/account/delete")
        page.locator("#confirmation").fill(WORDS[self.language])
        self.press(page)
        self.shows(page, "account-delete-in-use")

    def taking_an_address_back(self, page: Page) -> None:
        """The link that the old address receives when another takes its place."""
        person = a_person(self.server)
        self.log_in(page, person.email, PASSWORD)
        page.goto(f"{self.server.pages_url}/account/email")
        page.locator("#email").fill(f"new-{person.email}")
        self.press(page)
        page.goto(link(self.server, f"new-{person.email}"))
        self.press(page)
        page.goto(link(self.server, person.email))
        self.shows(page, "account-email-undo")
        self.press(page)
        self.shows(page, "account-restored")

    def log_in(self, page: Page, email: str, password: str) -> None:
        """Log in anew."""
        page.goto(f"{self.server.pages_url}/login")
        fill_login(page, email, password)
        page.wait_for_selector("[data-page=account]")
