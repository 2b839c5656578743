"""prompt, max_age, hints: when the person is asked again."""

import pytest

from tests.oauth.agent import Agent
from tests.oauth.flow import (
    PASSWORD,
    Person,
    again,
    authorize_url,
    claims_of,
    get_code,
    new_person,
    redeem,
)
from tests.wire.server import Made, Server


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_prompt_none_without_consent_is_consent_required(
    server: Server, client: Made, person: Person
) -> None:
    agent = Agent(server)
    agent.log_in(agent.open(authorize_url(server, client)), person.email, PASSWORD)
    assert again(agent, client, prompt="none").query["error"] == "consent_required"


def test_prompt_none_after_consent_gives_a_code(
    server: Server, client: Made, person: Person
) -> None:
    _, agent = get_code(server, client, person)
    assert "code" in again(agent, client, prompt="none").query


@pytest.mark.spec("OIDC Core §3.1.2.3")
def test_prompt_login_asks_again_and_moves_auth_time(
    server: Server, client: Made, person: Person
) -> None:
    code, agent = get_code(server, client, person)
    before = claims_of(redeem(server, client, code).json["id_token"])
    page = again(agent, client, prompt="login")
    assert "/login" in page.url
    page = agent.log_in(page, person.email, PASSWORD)
    after = claims_of(redeem(server, client, page.query["code"]).json["id_token"])
    assert after["sid"] != before["sid"]
    assert after["auth_time"] >= before["auth_time"]


def test_prompt_consent_asks_for_consent_again(
    server: Server, client: Made, person: Person
) -> None:
    _, agent = get_code(server, client, person)
    page = again(agent, client, prompt="consent")
    assert "/interaction" in page.url
    assert "code" in agent.send(page, decision="allow").query


def test_prompt_login_consent_asks_for_both(server: Server, client: Made, person: Person) -> None:
    _, agent = get_code(server, client, person)
    page = again(agent, client, prompt="login consent")
    assert "/login" in page.url
    page = agent.log_in(page, person.email, PASSWORD)
    assert "/interaction" in page.url


def test_max_age_zero_asks_for_a_login(server: Server, client: Made, person: Person) -> None:
    _, agent = get_code(server, client, person)
    page = again(agent, client, max_age="0")
    assert "/login" in page.url
    page = agent.log_in(page, person.email, PASSWORD)
    assert "code" in page.query
    assert again(agent, client, max_age="3600").left


@pytest.mark.spec("OIDC Core §11")
def test_offline_access_on_standard_always_asks(
    server: Server, client: Made, person: Person
) -> None:
    scope = "openid offline_access"
    code, agent = get_code(server, client, person, "", scope=scope)
    assert "refresh_token" in redeem(server, client, code, "").json
    assert not again(agent, client, "", scope=scope).left


@pytest.mark.spec("OIDC Core §3.1.2.2")
def test_an_id_token_of_somebody_else_asks_for_a_login(
    server: Server, client: Made, person: Person
) -> None:
    code, agent = get_code(server, client, person)
    mine = redeem(server, client, code).json["id_token"]
    assert "code" in again(agent, client, id_token_hint=mine).query
    other = new_person(server)
    code, _ = get_code(server, client, other)
    theirs = redeem(server, client, code).json["id_token"]
    assert "/login" in again(agent, client, id_token_hint=theirs).url
    nobody = again(agent, client, id_token_hint="not.an.idtoken")
    assert nobody.query["error"] == "invalid_request"


def test_a_changed_or_foreign_interaction_has_expired(server: Server, client: Made) -> None:
    agent = Agent(server)
    page = agent.open(f"{server.pages_url}/interaction?r=r1_nonsense")
    assert page.status == 400
    assert "expired" in page.text.lower()
