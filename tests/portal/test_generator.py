"""The code generator: what is pasted becomes a program, and what is secret in it is on no page."""

import pytest

from tests.oauth.agent import Agent, Page
from tests.portal.developer import form_to, words
from tests.wire.server import Server

SECRET = "s3cr3t-of-the-customer"


def generate(server: Server, command: str, **chosen: str) -> Page:
    agent = Agent(server)
    page = agent.open(f"{server.pages_url}/generator")
    return agent.send(page, form_to(page, "/generator"), curl=command, **chosen)


def test_a_command_becomes_a_program_in_the_chosen_language(server: Server) -> None:
    page = generate(
        server, "curl https://api.example.com/shops?x=1 -H 'X-A: b'", target="python-requests"
    )
    assert page.status == 200
    assert "import requests" in words(page)
    assert "https://api.example.com/shops?x=1" in words(page)


@pytest.mark.parametrize(
    "command",
    [
        f"curl -u shop:{SECRET} https://api.example.com/",
        f"curl -H 'Authorization: Bearer {SECRET}' https://api.example.com/",
        f"curl 'https://api.example.com/?access_token={SECRET}'",
        f"curl -b 'session={SECRET}' https://api.example.com/",
    ],
)
def test_a_secret_is_named_and_not_shown_again(server: Server, command: str) -> None:
    page = generate(server, command)
    assert page.status == 200
    assert SECRET not in page.text
    assert "What to know" in words(page)
    assert SECRET not in server.log.read_text()


@pytest.mark.parametrize(
    "command", ["", "   ", "wget https://api.example.com", "curl 'https://api.example.com", "curl"]
)
def test_what_cannot_be_read_is_told_beside_the_field(server: Server, command: str) -> None:
    page = generate(server, command)
    assert page.status == 400
    assert 'id="curl-wrong"' in page.text


def test_a_command_is_shown_as_text_whatever_it_holds(server: Server) -> None:
    command = "curl https://api.example.com/ -d '</textarea><script>alert(1)</script>'"
    page = generate(server, command, shell="nonsense", target="nonsense", level="nonsense")
    assert page.status == 200
    assert "<script>alert" not in page.text


def test_more_than_a_page_takes_is_refused_and_nothing_fails(server: Server) -> None:
    page = generate(server, "curl https://api.example.com/ -d '" + "x" * 17000 + "'")
    assert page.status == 400
