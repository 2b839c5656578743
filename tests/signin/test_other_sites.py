"""What begins or ends on another site, in a real browser: its forms, its redirects, and what a browser forbids."""

import re
import urllib.parse
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from satsuma.app.clock import utc_now
from satsuma.app.platform import sealed_requests
from satsuma.oauth.sealed_request import LIFE, SealedRequest, open_request, seal_request
from tests.oauth.flow import FRENCH, PASSWORD, STANDARD, authorize_url
from tests.signin.browser import (
    a_client,
    a_person,
    beside,
    fill_login,
    heading,
    log_in,
    path_of,
    reach_consent,
)
from tests.signin.client_site import ClientSite
from tests.wire.server import Server


def told(page: Page) -> list[str]:
    """Collect what the browser complains about."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_a_cross_site_post_to_authorize_finds_the_person_logged_in(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    person = a_person(server)
    made = a_client(server, client_site.callback)
    log_in(page, server, person.email, PASSWORD)
    url = urllib.parse.urlsplit(
        authorize_url(server, made, FRENCH, redirect_uri=client_site.callback, state="posted")
    )
    action = f"{server.api_url}{url.path}"
    page.goto(client_site.page_with_form(action, dict(urllib.parse.parse_qsl(url.query))))
    sent: list[tuple[str, str]] = []
    page.on("request", lambda request: sent.append((request.method, request.url)))
    page.get_by_role("button", name="Connect").click()
    assert sent[0] == ("POST", action)
    assert path_of(page) == "/interaction"
    assert "asks for access" in heading(page)
    assert person.email in page.locator("main").inner_text()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}*")
    assert "code=" in page.url
    assert "state=posted" in page.url


@pytest.mark.spec("CSP Level 3")
@pytest.mark.parametrize("decision", ["Allow", "Deny"])
def test_an_answer_reaches_a_client_that_redirects_to_yet_another_origin(
    page: Page, server: Server, client_site: ClientSite, decision: str
) -> None:
    said = told(page)
    reach_consent(page, server, client_site.callback)
    response = page.request.get(page.url)
    assert "form-action 'self'" in response.headers["content-security-policy"]
    page.get_by_role("button", name=decision).click()
    page.wait_for_url(f"{client_site.welcome}*")
    assert ("code=" if decision == "Allow" else "error=access_denied") in page.url
    assert said == []


def test_an_answer_by_form_reaches_a_client_that_redirects_to_yet_another_origin(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    person = a_person(server)
    made = a_client(server, client_site.callback)
    said = told(page)
    page.goto(
        authorize_url(
            server,
            made,
            STANDARD,
            redirect_uri=client_site.callback,
            response_mode="form_post",
            state="by form",
        )
    )
    fill_login(page, person.email, PASSWORD)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}?posted")
    body = urllib.parse.parse_qs(client_site.posted[-1])
    assert body["state"] == ["by form"]
    assert body["code"]
    assert said == []


def test_a_request_that_waited_too_long_says_so_and_a_new_one_goes_on(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    person = a_person(server)
    made = a_client(server, client_site.callback)
    url = authorize_url(server, made, FRENCH, redirect_uri=client_site.callback)
    page.goto(url)
    waited = beside(an_hour_older, server, page.url)
    page.goto(f"{server.pages_url}/login?r={urllib.parse.quote(waited)}")
    fill_login(page, person.email, PASSWORD)
    assert heading(page) == "This page has expired"
    assert re.fullmatch("[0-9a-f]{24}", page.locator("main code").inner_text())
    page.goto(url)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}*")
    assert "code=" in page.url


def test_a_consent_page_whose_session_ended_asks_again(
    page: Page, server: Server, client_site: ClientSite
) -> None:
    person = reach_consent(page, server, client_site.callback)
    tab = page.context.new_page()
    tab.goto(f"{server.pages_url}/logout")
    tab.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Allow").click()
    assert path_of(page) == "/login"
    fill_login(page, person.email, PASSWORD)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client_site.welcome}*")


def an_hour_older(server: Server, url: str) -> str:
    """Seal the request of a page again, as if it had come in before its life's end."""
    sealed = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["r"]

    async def older(context: Any) -> str:
        opaque = sealed_requests(context.vault)
        opened = open_request(opaque, sealed, utc_now())
        assert opened is not None
        before = opened.received_at - LIFE - timedelta(seconds=1)
        return seal_request(opaque, SealedRequest(opened.request, before))

    text: str = server.manage(older)
    return text
