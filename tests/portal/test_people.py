"""The people of a client space: invited by a letter, in by their own account, out by an owner."""

import secrets

from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD
from tests.portal.developer import Developer, developer, form_to, words
from tests.signin.browser import letter, letters_to, link
from tests.wire.server import Server

PEOPLE = "/myapps/people"


def address() -> str:
    return f"{secrets.token_hex(6)}@people.example"


def invited(owner: Developer, email: str, role: str = "developer") -> Page:
    """Invite an address; give the page that follows."""
    return owner.send(PEOPLE, PEOPLE, email=email, role=role)


def path_to(owner: Developer, email: str, number: int = 1) -> str:
    """Where the letter's link leads."""
    found = link(owner.server, email, number)
    return found.removeprefix(owner.server.pages_url)


def join(owner: Developer, guest: Developer, role: str = "developer") -> Page:
    """Invite a person and accept as that person."""
    number = len(letters_to(owner.server, guest.email)) + 1
    page = invited(owner, guest.email, role)
    assert "on its way" in words(page), words(page)
    path = path_to(owner, guest.email, number)
    page = guest.send(path, path)
    assert page.url.endswith("/myapps?done=joined"), words(page)
    return page


def test_an_invited_address_logs_in_accepts_and_sees_the_application(server: Server) -> None:
    owner, guest = developer(server), developer(server)
    owner.create("Finder of two")
    page = invited(owner, guest.email)
    assert f"{guest.email} developer waits until" in words(page)

    said = letter(server, guest.email)
    assert f"{owner.email} invites you" in said
    path = path_to(owner, guest.email)
    stranger = Agent(server)
    page = stranger.open(f"{server.pages_url}{path}")
    assert "Log in with that address" in words(page)
    assert guest.email not in page.text, "whoever has the link is not told the whole address"
    login = stranger.open(f"{server.pages_url}/login?to={path}")
    page = stranger.log_in(login, guest.email, PASSWORD)
    assert "You are invited to a client space" in words(page)
    page = stranger.send(page, form_to(page, path))
    assert "Finder of two" in words(page)
    assert f"The client space {owner.email} , where you are developer" in words(page)
    assert f"{guest.email} you" in words(stranger.open(f"{server.pages_url}{PEOPLE}"))
