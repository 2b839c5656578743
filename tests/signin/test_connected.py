"""*Remove access* stops an application at once; what an operator closed is closed; a page speaks as it was asked to."""

from pathlib import Path

from tests.oauth.agent import Agent, Page
from tests.oauth.flow import (
    PASSWORD,
    REDIRECT,
    STANDARD,
    Person,
    authorize_url,
    get_code,
    redeem,
    refresh,
)
from tests.signin.browser import a_client, a_person, beside
from tests.wire.server import Made, Server, running_server, wait_until

SCOPE = "openid offline_access"


def connect(server: Server, person: Person, made: Made) -> tuple[Agent, dict[str, str]]:
    code, agent = get_code(server, made, person, STANDARD, scope=SCOPE)
    reply = redeem(server, made, code, STANDARD)
    assert reply.status == 200, reply.body
    return agent, reply.json


def remove(agent: Agent, made: Made) -> Page:
    page = agent.open(f"{agent.server.pages_url}/account/applications")
    return agent.send(page, application_id=made.application_id)


def userinfo(server: Server, token: str) -> int:
    return server.request("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"}).status


def test_removing_access_stops_tokens_within_a_second_and_refreshing_at_once(
    server: Server,
) -> None:
    person, made = a_person(server), a_client(server, REDIRECT)
    agent, granted = connect(server, person, made)
    assert userinfo(server, granted["access_token"]) == 200
    assert remove(agent, made).url.endswith("?done=1")
    wait_until(lambda: userinfo(server, granted["access_token"]) == 401, 1)
    refused = refresh(server, made, granted["refresh_token"], STANDARD)
    assert (refused.status, refused.json["error"]) == (400, "invalid_grant")
    page = agent.open(authorize_url(server, made, STANDARD, scope="openid"))
    assert "asks for access" in page.text


def test_removing_one_application_leaves_the_others(server: Server) -> None:
    person, first, second = a_person(server), a_client(server, REDIRECT), a_client(server, REDIRECT)
    connect(server, person, first)
    agent, kept = connect(server, person, second)
    remove(agent, first)
    assert refresh(server, second, kept["refresh_token"], STANDARD).status == 200
    assert userinfo(server, kept["access_token"]) == 200


def test_nobody_removes_the_access_that_somebody_else_gave(server: Server) -> None:
    owner, other, made = a_person(server), a_person(server), a_client(server, REDIRECT)
    _, granted = connect(server, owner, made)
    agent = Agent(server)
    agent.log_in(agent.open(f"{server.pages_url}/login"), other.email, PASSWORD)
    page = agent.open(f"{server.pages_url}/logout")
    form = page.form()
    form.action = "/account/applications"
    assert agent.send(page, form, application_id=made.application_id).status == 409
    assert userinfo(server, granted["access_token"]) == 200


def test_deleting_the_account_stops_its_applications(server: Server) -> None:
    person, made = a_person(server), a_client(server, REDIRECT)
    agent, granted = connect(server, person, made)
    page = agent.open(f"{server.pages_url}/account/delete")
    assert "was deleted" in agent.send(page, confirmation="delete my account").text
    wait_until(lambda: userinfo(server, granted["access_token"]) == 401, 1)
    assert refresh(server, made, granted["refresh_token"], STANDARD).status == 400


def test_a_page_speaks_the_language_that_the_application_asked_for(server: Server) -> None:
    made = a_client(server, REDIRECT)
    agent = Agent(server)
    page = agent.open(authorize_url(server, made, STANDARD, ui_locales="de fr-CA en"))
    assert '<html lang="fr">' in page.text
    agent.cookies["satsuma-lang"] = "en"
    page = agent.open(authorize_url(server, made, STANDARD, ui_locales="de fr-CA en"))
    assert '<html lang="en">' in page.text


def test_in_production_nobody_reads_mails_and_sign_up_is_closed(tmp_path: Path) -> None:
    assert beside(closed_as_it_should_be, tmp_path)


def closed_as_it_should_be(folder: Path) -> bool:
    with running_server(folder) as server:
        agent = Agent(server)
        assert agent.open(f"{server.pages_url}/dev/mail").status == 404
        page = agent.open(f"{server.pages_url}/sign-up")
        assert page.status == 403
        assert "invitation" in page.text
        login = agent.open(f"{server.pages_url}/login")
        assert "/sign-up" not in login.text
        form = login.form()
        form.action = "/sign-up"
        assert agent.send(login, form, email="a@people.example").status == 403
    return True
