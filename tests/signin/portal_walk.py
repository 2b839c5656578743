"""The developer's pages in their states: from the catalogue to a request that failed, and why."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from satsuma.demo import data
from satsuma.management.api_documents import Packed, pack
from satsuma.management.openapi import read_document
from satsuma.management.subscriptions import decide, put_subscription
from tests.oauth.flow import PASSWORD
from tests.portal.test_people import PEOPLE
from tests.signin.browser import a_person, beside, fill_login, link
from tests.signin.walk import BaseWalk
from tests.wire.server import wait_until

TRIED: Final = {"SATSUMA_SANDBOX": "true"}
"""With which settings the server of a walk runs."""
DOCUMENT: Final = pack(read_document(Path(data.__file__).with_name("poi.openapi.json")))
GUIDE_STEPS: Final = (("oauth-m2m", 3), ("oauth-u2m", 5))
# Pages that need nobody: the path, and the state.
STRANGERS: Final = (
    ("/", "home"),
    ("/errors/", "errors"),
    ("/errors/redirect-uri-unregistered", "error"),
    ("/errors/secret-wrong", "error-shown-as-another"),
    ("/errors/token-expired", "error-of-the-gateway"),
    ("/errors/42", "error-number"),
    ("/errors/invalid_grant", "error-word"),
    ("/no/such/page", "missing"),
    ("/apis", "apis"),
    ("/apis?q=nothing+has+these+words", "apis-not-found"),
    ("/apis/open-{language}/v1", "api"),
    ("/guides", "guides"),
    ("/guides/introduction", "article"),
    ("/guides/how-to-start", "article-how-to-start"),
    ("/guides/troubleshooting", "article-troubleshooting"),
    ("/generator", "generator"),
)
# The state, and the template that draws it.
PORTAL_STATES: Final = {
    "home": "portal/home",
    "home-demo": "portal/home",
    "errors": "portal/errors",
    "errors-found": "portal/errors",
    "errors-not-found": "portal/errors",
    "error": "portal/error",
    "error-shown-as-another": "portal/error",
    "error-of-the-gateway": "portal/error",
    "error-number": "portal/error",
    "error-word": "portal/error_word",
    "missing": "portal/missing",
    "unavailable": "portal/missing",
    "apis": "portal/apis",
    "apis-not-found": "portal/apis",
    "api": "portal/api",
    "api-asked": "portal/api",
    "reference-tag": "portal/reference_tag",
    "reference-schema": "portal/reference_schema",
    "reference-operation": "portal/reference_operation",
    "reference-tried": "portal/reference_operation",
    "reference-wrong": "portal/reference_operation",
    "guides": "portal/guides",
    "article": "portal/article",
    "article-how-to-start": "portal/article",
    "article-troubleshooting": "portal/article",
    **{
        f"guide-{slug[-3:]}-{number}": f"portal/guide_{slug[-3:]}_{number}"
        for slug, steps in GUIDE_STEPS
        for number in range(1, steps + 1)
    },
    "guide-m2m-2-mine": "portal/guide_m2m_2",
    "guide-m2m-2-run": "portal/guide_m2m_2",
    "guide-m2m-2-refused": "portal/guide_m2m_2",
    "guide-m2m-3-run": "portal/guide_m2m_3",
    "guide-u2m-1-mine": "portal/guide_u2m_1",
    "guide-u2m-2-mine": "portal/guide_u2m_2",
    "consent-of-a-trial": "consent",
    "guide-u2m-3-back": "portal/guide_u2m_3",
    "guide-u2m-3-run": "portal/guide_u2m_3",
    "guide-u2m-2-denied": "portal/guide_u2m_2",
    "generator": "portal/generator",
    "generator-read": "portal/generator",
    "generator-wrong": "portal/generator",
    "try": "portal/try",
    "guide-m2m-1-tried": "portal/guide_m2m_1",
    "myapps-tried": "portal/myapps",
    "myapps-keep": "portal/myapps",
    "myapps-first": "portal/myapps",
    "myapps-wrong": "portal/myapps",
    "myapps": "portal/myapps",
    "people-alone": "portal/people",
    "people": "portal/people",
    "people-wrong": "portal/people",
    "people-viewer": "portal/people",
    "join-stranger": "portal/join",
    "join": "portal/join",
    "join-another": "portal/join",
    "join-in": "portal/join",
    "join-gone": "portal/join",
    "myapps-viewer": "portal/myapps",
    "app-config-viewer": "portal/app_config",
    "app-credentials": "portal/app_credentials",
    "app-credentials-shown": "portal/app_credentials",
    "app-credentials-renewed": "portal/app_credentials",
    "app-credentials-public": "portal/app_credentials",
    "app-config": "portal/app_config",
    "app-config-wrong": "portal/app_config",
    "app-config-moved": "portal/app_config",
    "app-apis-none": "portal/app_apis",
    "app-apis": "portal/app_apis",
    "app-requests-none": "portal/app_requests",
    "app-requests": "portal/app_requests",
    "app-requests-fix": "portal/app_requests",
    "app-usage-none": "portal/app_usage",
    "app-usage": "portal/app_usage",
    "app-danger": "portal/app_danger",
    "app-danger-wrong": "portal/app_danger",
}


@dataclass
class PortalWalk(BaseWalk):
    """The walk of a developer; `header` is the ready header of their application."""

    header: str = ""

    def strange(self, page: Page) -> None:
        """Pages that need nobody."""
        self.offering()
        for path, name in STRANGERS:
            self.see(page, path.format(language=self.language), name)
        page.goto(f"{self.server.pages_url}/llms.txt")
        self.reading(page)
        self.generating(page)
        for slug, steps in GUIDE_STEPS:
            for number in range(1, steps + 1):
                self.see(page, f"/guides/{slug}/{number}", f"guide-{slug[-3:]}-{number}")
        for text, name in (('{"code": 42,', "errors-found"), ("nothing", "errors-not-found")):
            page.goto(f"{self.server.pages_url}/errors/")
            page.locator("#got").fill(text)
            self.press(page)
            self.shows(page, name)

    def offering(self) -> None:
        """Two APIs, one with a document."""
        for access in ("open", "approval"):
            name = f"{access}-{self.language}"
            beside(
                self.server.new_api,
                name,
                access=access,
                description="Shelves, by town.",
                sandbox=access == "open",
                openapi=DOCUMENT if access == "open" else Packed(),
            )
            wait_until(lambda name=name: self.is_offered(name), 5)  # type: ignore[misc]

    def reading(self, page: Page) -> None:
        """The reference of an API: a tag, a schema, an operation, and the document itself."""
        root = f"/apis/open-{self.language}/v1"
        for path, name in (
            ("tags/shops", "reference-tag"),
            ("schemas/shop-page", "reference-schema"),
            ("operations/list-shops", "reference-operation"),
        ):
            self.see(page, f"{root}/{path}", name)
        page.goto(f"{self.server.pages_url}{root}/openapi.json")

    def generating(self, page: Page) -> None:
        """A command that is read, and one that cannot be."""
        for command, name in (
            ("curl -u shop:secret https://api.example/x", "generator-read"),
            ("curl 'x", "generator-wrong"),
        ):
            page.goto(f"{self.server.pages_url}/generator")
            page.locator("#curl").fill(command)
            page.locator("#target").select_option("python-requests")
            page.locator("main button.go").click()
            page.wait_for_load_state()
            self.shows(page, name)

    def trying(self, page: Page) -> None:
        """From an empty browser to an application, and to an account that keeps it."""
        self.see(page, "/try", "try")
        page.locator("form[action='/try'] button").click()
        self.shows(page, "guide-m2m-1-tried")
        self.see(page, "/myapps", "myapps-tried")
        page.goto(f"{self.server.pages_url}/login?to=/myapps")
        fill_login(page, a_person(self.server).email, PASSWORD)
        self.shows(page, "myapps-keep")
        page.locator("form[action$=keep] button").click()
        page.wait_for_url("**/credentials?done=kept")

    def is_offered(self, name: str) -> bool:
        """Whether the catalogue knows an API: it is there within a second."""
        reply = self.server.request("GET", "/apis", host=f"localhost:{self.server.port}")
        return f"/apis/{name}/v1" in reply.body.decode()

    def developing(self, page: Page) -> None:
        """From no application to one whose request failed."""
        person = a_person(self.server)
        page.goto(f"{self.server.pages_url}/myapps")
        fill_login(page, person.email, PASSWORD)
        self.shows(page, "myapps-first")
        page.locator("#name").fill("x" * 300)
        page.evaluate("document.querySelector('#name').removeAttribute('maxlength')")
        page.locator("#name").fill("\u0007")
        page.locator("#new button.go").click()
        self.shows(page, "myapps-wrong")
        page.locator("#name").fill("Shop finder")
        page.locator("#new button.go").click()
        self.shows(page, "app-credentials")
        application = page.url.partition("/credentials")[0]
        self.credentials(page)
        self.sharing(page, person.email, application)
        self.config(page, application)
        self.subscribing(page, application)
        self.calling(page)
        self.running(page)
        self.using(page, application)
        page.goto(f"{application}/requests")
        page.locator(".list a").first.click()
        self.shows(page, "app-requests")
        self.fixing(page, application)
        self.ending(page, application)

    def credentials(self, page: Page) -> None:
        """The secret shown, and another beside it."""
        page.locator("form[action$=secret] button").click()
        self.shows(page, "app-credentials-shown")
        self.header = page.locator("#header").inner_text()
        page.locator("button[value=later]").click()
        self.shows(page, "app-credentials-renewed")

    def sharing(self, page: Page, owner: str, application: str) -> None:
        """Somebody is invited as a viewer, accepts and looks; another invitation is withdrawn, the viewer leaves."""
        self.see(page, PEOPLE, "people-alone")
        guest, another = a_person(self.server).email, a_person(self.server).email
        for email in ("nobody", guest, another, f"second-{guest}"):
            page.goto(f"{self.server.pages_url}{PEOPLE}")
            page.locator("#email").evaluate("each => each.type = 'text'")
            page.locator("#email").fill(email)
            page.locator("input[value=viewer]").check()
            page.locator("#invite button").click()
            if email == "nobody":
                self.shows(page, "people-wrong")
        self.shows(page, "people")
        path = link(self.server, guest).removeprefix(self.server.pages_url)
        self.see(page, path, "join-in")
        self.joining(guest, another, path, application)
        page.goto(f"{self.server.pages_url}{PEOPLE}")
        for form in ("again", "withdraw", "role", "remove", "name"):
            page.locator(f"form[action$={form}] button").first.click()
            page.wait_for_url("**/people?done=*")
        page.goto(f"{self.server.pages_url}{PEOPLE}")
        for path in ("again", "withdraw", "role", "remove", "leave", "name"):
            page.goto(f"{self.server.pages_url}{PEOPLE}/{path}")

    def joining(self, guest: str, another: str, path: str, application: str) -> None:
        """The invited, and somebody who is invited by another letter, follow the link of one; the other one leaves."""
        with self.visit() as page:
            page.goto(f"{self.server.pages_url}/login?to={path}")
            fill_login(page, another, PASSWORD)
            self.shows(page, "join-another")
            page.goto(link(self.server, another))
            self.press(page)
            page.goto(f"{self.server.pages_url}{PEOPLE}")
            page.locator("form[action$=leave] button").click()
            page.wait_for_url("**/myapps?done=left")
        with self.visit() as page:
            self.see(page, path, "join-stranger")
            page.locator("footer a.go").first.click()
            fill_login(page, guest, PASSWORD)
            self.shows(page, "join")
            self.press(page)
            page.wait_for_url("**/myapps?done=joined")
            self.shows(page, "myapps-viewer")
            self.see(page, PEOPLE, "people-viewer")
            page.goto(f"{application}/config")
            self.shows(page, "app-config-viewer")
        with self.visit() as page:
            self.see(page, path, "join-gone")

    def config(self, page: Page, application: str) -> None:
        """A field that is wrong, and one that another tab changed."""
        page.goto(f"{application}/config")
        self.shows(page, "app-config")
        page.locator("#redirect_uris").fill("https://shop.example/callback#fin")
        page.locator("#redirect_uris-form button").click()
        self.shows(page, "app-config-wrong")
        page.goto(f"{application}/config")
        with page.context.expect_page() as opened:
            page.evaluate("window.open(location.href)")
        other = opened.value
        other.wait_for_load_state()
        for tab, typed in ((other, "Shelves of Rennes"), (page, "Shelves of Brest")):
            tab.locator("#description").fill(typed)
            tab.locator("#description-form button").click()
            tab.wait_for_load_state()
        other.close()
        self.shows(page, "app-config-moved")

    def subscribing(self, page: Page, application: str) -> None:
        """Nothing yet, then one of each kind."""
        page.goto(f"{application}/apis")
        self.shows(page, "app-apis-none")
        name = f"approval-{self.language}"
        page.goto(f"{self.server.pages_url}/apis/{name}/v1")
        self.press_last(page)
        self.see(page, f"/apis/{name}/v1", "api-asked")
        named = application.rpartition("/")[2]
        refused = f"refused-{self.language}"
        beside(self.server.new_api, refused)

        async def work(management: object) -> None:
            await put_subscription(management, named, refused, approved=False)  # type: ignore[arg-type]
            await decide(management, named, refused, approve=False, reason="Not for a shelf.")  # type: ignore[arg-type]

        beside(self.server.manage, work)
        page.goto(f"{application}/apis")
        page.locator(f"button[value='open-{self.language}:1']").click()
        page.wait_for_url("**/apis?done=approved")
        self.shows(page, "app-apis")

    def calling(self, page: Page) -> None:
        """An operation called from its reference, and a value that it does not take."""
        page.goto(f"{self.server.pages_url}/apis/open-{self.language}/v1/operations/list-shops")
        for limit, name in (("500", "reference-wrong"), ("5", "reference-tried")):
            page.locator("#p1").fill(limit)
            page.locator("#try form button").click()
            page.wait_for_load_state()
            self.shows(page, name)

    def running(self, page: Page) -> None:
        """The guide, run as the own application: it works, and it is refused."""
        self.see(page, "/guides/oauth-m2m/2", "guide-m2m-2-mine")
        self.see(page, "/guides/oauth-u2m/1", "guide-u2m-1-mine")
        page.goto(f"{self.server.pages_url}/guides/oauth-m2m/2")
        page.locator("form[action*=guides] button").first.click()
        self.shows(page, "guide-m2m-2-run")
        page.goto(f"{self.server.pages_url}/guides/oauth-m2m/3")
        page.locator("form[action*=guides] button").first.click()
        self.shows(page, "guide-m2m-3-run")
        page.goto(f"{self.server.pages_url}/guides/oauth-m2m/2")
        page.locator("button[value=wrong-secret]").click()
        self.shows(page, "guide-m2m-2-refused")
        self.running_a_login(page)

    def running_a_login(self, page: Page) -> None:
        """The guide of people, run by one's own login: allowed, redeemed, then denied."""
        run = "form[action*='/guides/oauth-u2m'] button"
        self.see(page, "/guides/oauth-u2m/2", "guide-u2m-2-mine")
        page.locator(run).click()
        self.shows(page, "consent-of-a-trial")
        page.locator("button[value=allow]").click()
        page.wait_for_url("**/guides/oauth-u2m/3")
        self.shows(page, "guide-u2m-3-back")
        page.locator(run).click()
        self.shows(page, "guide-u2m-3-run")
        page.goto(f"{self.server.pages_url}/guides/oauth-u2m/2")
        page.locator(run).click()
        page.locator("button[value=deny]").click()
        page.wait_for_url("**/guides/oauth-u2m/2")
        self.shows(page, "guide-u2m-2-denied")

    def using(self, page: Page, application: str) -> None:
        """What the guide and a program used, once it is written; and the same as a file."""
        for _ in range(3):
            beside(self.server.token, Authorization=self.header)
        usage = f"{application}/usage?over=day"
        wait_until(lambda: self.has(page, usage, ".say.wasted h2:has-text('3')"), 5, interval=0.2)
        self.shows(page, "app-usage")
        with page.expect_download() as download:
            page.locator("a[href^='usage.csv']").click()
        assert download.value.suggested_filename.endswith("-day.csv")

    def fixing(self, page: Page, application: str) -> None:
        """A redirect address that differs by its last character, and the click that registers it."""
        page.goto(f"{application}/config")
        page.locator("#redirect_uris").fill("https://shop.example/callback/")
        page.locator("#redirect_uris-form button").click()
        client_id = self.client_id(page, application)
        asked = f"response_type=code&client_id={client_id}&state=x&scope=openid"
        address = "redirect_uri=https%3A%2F%2Fshop.example%2Fcallback"
        page.goto(f"{self.server.api_url}/openidconnect/fr/v1/authorize?{asked}&{address}")
        wait_until(lambda: self.has(page, f"{application}/requests", ".compare"), 5, interval=0.2)
        self.shows(page, "app-requests-fix")
        page.locator("article form button").click()
        page.wait_for_url("**/config?done=fixed")

    @staticmethod
    def client_id(page: Page, application: str) -> str:
        """The client_id of an application, as its credentials show it."""
        page.goto(f"{application}/credentials")
        return page.locator("#client-id").inner_text()

    @staticmethod
    def has(page: Page, url: str, selector: str) -> bool:
        """Whether a page has something."""
        page.goto(url)
        return page.locator(selector).count() > 0

    def ending(self, page: Page, application: str) -> None:
        """A second application that nothing happened to; then the end of the first."""
        page.goto(f"{self.server.pages_url}/myapps")
        page.locator("#name").fill("Shop in a page")
        page.locator("input[value=public]").check()
        page.locator("#new button.go").click()
        self.shows(page, "app-credentials-public")
        page.goto(f"{page.url.partition('/credentials')[0]}/requests")
        self.shows(page, "app-requests-none")
        page.goto(f"{page.url.removesuffix('requests')}usage")
        self.shows(page, "app-usage-none")
        self.see(page, "/myapps", "myapps")
        page.locator(".pick summary").click()
        page.locator(".pick form button", has_text="Shop finder").click()
        page.goto(f"{application}/danger")
        self.shows(page, "app-danger")
        page.locator("#name").fill("no")
        page.locator("form[action$=delete] button").click()
        self.shows(page, "app-danger-wrong")
        page.locator("#name").fill("Shop finder")
        page.locator("form[action$=delete] button").click()
        page.wait_for_url("**/myapps?done=deleted")
        for path in ("credentials/secret", "credentials/renew", "apis/leave", "danger/delete"):
            page.goto(f"{application}/{path}")
        page.goto(f"{application}/apis")
        self.other_ways(page, application)

    def other_ways(self, page: Page, application: str) -> None:
        """What no state shows: leaving an API; the page of an application that is gone stays."""
        page.goto(f"{self.server.pages_url}/myapps")
        page.locator("tbody a").first.click()
        page.goto(f"{page.url.partition('/credentials')[0]}/apis")
        page.locator(f"button[value='open-{self.language}:1']").click()
        page.wait_for_url("**/apis?done=approved")
        page.locator("form[action$=leave] button").first.click()
        page.wait_for_url("**/apis?done=left")

    @staticmethod
    def press_last(page: Page) -> None:
        """Press the last button of the page's content."""
        page.locator("main form button").last.click()
        page.wait_for_load_state()
