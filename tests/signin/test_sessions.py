"""Sessions on the account page end one by one, by a form and its token, without JavaScript."""

import re

from tests.oauth.agent import Agent, Form, Page
from tests.signin.browser import a_person
from tests.signin.test_forms import logged_in, post
from tests.wire.server import Server


def account(agent: Agent) -> Page:
    return agent.open(f"{agent.server.pages_url}/account")


def others(page: Page) -> list[str]:
    """Give the sessions that have a button."""
    return re.findall(r'name="sid" value="(ses_\w+)"', page.text)


def end(agent: Agent, page: Page, sid: str) -> Page:
    token = page.form().fields["form_token"]
    return agent.send(page, Form("/account/sessions/end", {"form_token": token}), sid=sid)


def test_a_session_ends_from_another_browser_and_no_other_does(server: Server) -> None:
    person = a_person(server)
    here, lost, kept = (logged_in(server, person) for _ in range(3))
    page = account(here)
    assert len(others(page)) == 2
    assert page.text.count("this browser") == 1
    (of_lost,) = set(others(page)) & set(others(account(kept)))
    page = end(here, page, of_lost)
    assert page.url.endswith("/account?done=session")
    assert "That session has ended." in page.text
    assert len(others(page)) == 1
    assert account(lost).url.split("?")[0].endswith("/login")
    assert account(kept).url.endswith("/account")
    again = end(here, page, of_lost)
    assert (again.status, "had already ended" in again.text) == (409, True)


def test_nobody_ends_a_session_of_somebody_else(server: Server) -> None:
    person, attacker = a_person(server), a_person(server)
    one, two = logged_in(server, person), logged_in(server, person)
    (sid,) = others(account(one))
    theirs = logged_in(server, attacker)
    assert end(theirs, account(theirs), sid).status == 409
    assert end(theirs, account(theirs), "").status == 409
    assert account(two).url.endswith("/account")
    assert account(theirs).url.endswith("/account")


def test_a_session_ends_only_by_a_form_of_our_own(server: Server) -> None:
    person = a_person(server)
    here, other = logged_in(server, person), logged_in(server, person)
    (sid,) = others(account(here))
    refused = post(server, "/account/sessions/end", {"sid": sid}, here.cookies)
    assert refused.status == 400
    assert "open for too long" in refused.body.decode()
    fields = account(here).form().fields | {"sid": sid}
    headers = {"Origin": "https://evil.example"}
    refused = post(server, "/account/sessions/end", fields, here.cookies, **headers)
    assert refused.status == 400
    assert account(other).url.endswith("/account")
