"""*Try it now*: from an empty browser to a token, and what becomes of it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.management.applications import create_application
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import PASSWORD, authorize_url, new_client, new_person, redeem
from tests.portal.developer import form_to, shown, words
from tests.wire.server import Made, Server, running_server, wait_until

BACK = "http://localhost:9999/callback"


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("sandbox")
    options = {"environment": {"SATSUMA_SANDBOX": "true"}, "options": ("--test",)}
    with running_server(folder, **options) as server:  # type: ignore[arg-type]
        server.new_api("shops", sandbox=True)
        server.new_api("bank", access="open")
        yield server


def home_of(server: Server, agent: Agent) -> Page:
    return agent.open(f"{server.pages_url}/")


def try_it(server: Server) -> tuple[Agent, str]:
    """Press *Try it now* in an empty browser; gives it, and the Application ID."""
    agent = Agent(server)
    page = home_of(server, agent)
    page = agent.send(page, form_to(page, "/try"))
    assert page.url.endswith("/guides/oauth-m2m/1"), page.text[:2000]
    return agent, agent.cookies["satsuma-app"]


def secret_of(server: Server, agent: Agent, application: str) -> Made:
    page = agent.open(f"{server.pages_url}/myapps/{application}/credentials")
    client_id = shown(page, "client-id")
    page = agent.send(page, form_to(page, "/secret"))
    return Made(application, client_id, shown(page, "client-secret"), shown(page, "header"))


def log_in(server: Server, agent: Agent, email: str) -> Page:
    page = agent.open(f"{server.pages_url}/login?to=/myapps")
    return agent.log_in(page, email, PASSWORD)


def test_an_empty_browser_runs_the_guide_without_an_account(tried: Server) -> None:
    agent, _ = try_it(tried)
    page = agent.open(f"{tried.pages_url}/guides/oauth-m2m/2")
    page = agent.send(page, form_to(page, "/guides/oauth-m2m/2"))
    assert "200 OK" in words(page)
    page = agent.open(f"{tried.pages_url}/guides/oauth-m2m/3")
    assert "/shops/v1" in words(page)


def test_its_credentials_are_shown_and_work_from_a_terminal(tried: Server) -> None:
    agent, application = try_it(tried)
    made = secret_of(tried, agent, application)
    assert tried.token(made).status == 200


def test_it_has_no_account_and_no_second_application(tried: Server) -> None:
    agent, _ = try_it(tried)
    for path in ("/account", "/account/password", "/account/applications", "/account/data"):
        assert agent.open(f"{tried.pages_url}{path}").url.startswith(f"{tried.pages_url}/login")
    page = agent.open(f"{tried.pages_url}/myapps")
    token = form_to(page, "/choose").fields["form_token"]
    fields = {"form_token": token, "name": "Another", "kind": "confidential"}
    assert agent._fetch("POST", f"{tried.pages_url}/myapps", fields, page.url).status == 403


def test_it_asks_for_no_api_that_is_not_marked(tried: Server) -> None:
    agent, application = try_it(tried)
    url = f"{tried.pages_url}/myapps/{application}/apis"
    page = agent.open(url)
    assert "bank" not in page.text
    fields = {"form_token": page.form().fields["form_token"], "api": "bank:1"}
    page = agent._fetch("POST", url, fields, url)
    assert page.status == 409
    assert "sign up, and keep this one" in words(page)


def test_another_browser_sees_nothing_of_it(tried: Server) -> None:
    _, application = try_it(tried)
    other, _ = try_it(tried)
    page = other.open(f"{tried.pages_url}/myapps/{application}/credentials")
    assert page.status == 404


def test_who_logs_in_on_the_same_browser_keeps_it_with_its_secret(tried: Server) -> None:
    agent, application = try_it(tried)
    made = secret_of(tried, agent, application)
    page = log_in(tried, agent, new_person(tried).email)
    page = agent.send(page, form_to(page, "/try/keep"))
    assert f"/myapps/{application}/credentials" in page.url
    assert secret_of(tried, agent, application) == made
    assert tried.token(made).status == 200
    assert "/try/keep" not in agent.open(f"{tried.pages_url}/myapps").text


def test_a_second_claim_is_refused(tried: Server) -> None:
    agent, _ = try_it(tried)
    kept = agent.cookies["satsuma-tried"]
    page = log_in(tried, agent, new_person(tried).email)
    agent.send(page, form_to(page, "/try/keep"))
    thief = Agent(tried)
    page = log_in(tried, thief, new_person(tried).email)
    thief.cookies["satsuma-tried"] = kept
    page = thief.send(page, form_to(page, "/choose") if "/choose" in page.text else page.form())
    page = claim_by_hand(tried, thief)
    assert page.url.endswith("/myapps?done=gone")


def test_another_browser_and_a_login_as_a_cookie_claim_nothing(tried: Server) -> None:
    _, application = try_it(tried)
    other = Agent(tried)
    log_in(tried, other, new_person(tried).email)
    assert claim_by_hand(tried, other).url.endswith("/myapps?done=gone")
    other.cookies["satsuma-tried"] = other.cookies["satsuma-session"]
    assert claim_by_hand(tried, other).url.endswith("/myapps?done=gone")
    assert other.open(f"{tried.pages_url}/myapps/{application}/credentials").status == 404


def claim_by_hand(server: Server, agent: Agent) -> Page:
    page = agent.open(f"{server.pages_url}/logout")
    token = page.form().fields["form_token"]
    return agent._go("POST", f"{server.pages_url}/try/keep", {"form_token": token}, page.url)


@pytest.fixture
def person_of_its_own(tried: Server) -> tuple[Agent, Made]:
    agent, application = try_it(tried)
    made = secret_of(tried, agent, application)
    page = agent.open(f"{tried.pages_url}/myapps/{application}/config")
    agent.send(page, form_to(page, "/config", field="redirect_uris"), value=BACK)
    return agent, made


def test_its_made_up_person_allows_it_with_one_click(
    tried: Server, person_of_its_own: tuple[Agent, Made]
) -> None:
    agent, made = person_of_its_own
    page = agent.open(authorize_url(tried, made, redirect_uri=BACK))
    page = agent.send(page, decision="allow")
    assert page.left, page.text[:2000]
    assert redeem(tried, made, page.query["code"], redirect_uri=BACK).status == 200


def test_nobody_else_logs_in_to_it(tried: Server, person_of_its_own: tuple[Agent, Made]) -> None:
    """A stranger could have sent them here: no password is asked for, and nothing goes to the address."""
    _, made = person_of_its_own
    real = Agent(tried)
    log_in(tried, real, new_person(tried).email)
    for agent in (real, Agent(tried), try_it(tried)[0]):
        page = agent.open(authorize_url(tried, made, redirect_uri=BACK))
        assert not page.left
        assert page.status == 400
        assert "sandbox-of-another" in page.text
        assert 'type="password"' not in page.text


def test_its_made_up_person_is_nobody_at_other_applications(tried: Server) -> None:
    agent, _ = try_it(tried)
    page = agent.open(authorize_url(tried, new_client(tried)))
    assert page.url.startswith(f"{tried.pages_url}/login")


def test_after_its_day_the_browser_is_a_strangers_and_its_rows_go(tried: Server) -> None:
    agent, application = try_it(tried)
    made = secret_of(tried, agent, application)
    path = tried.database.removeprefix("sqlite:///")
    with sqlite3.connect(path) as database:
        database.execute(
            "UPDATE account SET created_at = created_at - 87000000000 WHERE account_id = "
            "(SELECT owner_id FROM space JOIN application USING (space_id) WHERE application_id = ?)",
            [application],
        )
    page = agent.open(f"{tried.pages_url}/myapps")
    assert page.url.startswith(f"{tried.pages_url}/login")
    wait_until(lambda: tried.token(made).status == 401, 20, interval=0.5)

    def rows() -> int:
        with sqlite3.connect(path) as database:
            asked = "SELECT count(*) FROM application WHERE application_id = ?"
            return int(database.execute(asked, [application]).fetchone()[0])

    wait_until(lambda: rows() == 0, 20)


def test_where_it_is_off_nothing_offers_it(server: Server) -> None:
    agent = Agent(server)
    assert "/try" not in home_of(server, agent).text
    assert agent.open(f"{server.pages_url}/try").status == 404
    page = agent.open(f"{server.pages_url}/errors/")
    token = page.form(0).fields.get("form_token") or page.form(1).fields["form_token"]
    sent = agent._fetch("POST", f"{server.pages_url}/try", {"form_token": token}, page.url)
    assert sent.status == 404


def test_an_application_that_is_tried_has_addresses_on_ones_own_machine_alone(
    tried: Server,
) -> None:
    agent, application = try_it(tried)
    url = f"{tried.pages_url}/myapps/{application}/config"
    for field in ("redirect_uris", "web_origins", "post_logout_redirect_uris"):
        for value in ("https://evil.example/cb", "com.example.app:/cb"):
            page = agent.open(url)
            told = agent.send(page, form_to(page, "/config", field=field), value=value)
            assert told.status in (400, 409), (field, value)
    page = log_in(tried, agent, new_person(tried).email)
    agent.send(page, form_to(page, "/try/keep"))
    page = agent.open(url)
    kept = agent.send(
        page, form_to(page, "/config", field="redirect_uris"), value="https://a.example/cb"
    )
    assert kept.status == 200


def test_nobody_signs_up_or_gets_letters_at_an_address_that_is_made_up(tried: Server) -> None:
    try_it(tried)
    emails = tried.manage(
        lambda context: context.store.read(
            lambda reader: [each.email for each in reader.list_accounts("", 99) if each.is_made_up]
        )
    )
    assert emails
    agent = Agent(tried)
    for path in ("/reset", "/sign-up"):
        for email in (emails[0], "sandbox-999@sandbox.invalid"):
            page = agent.open(f"{tried.pages_url}{path}")
            agent.send(page, email=email)
    real = new_person(tried).email
    page = agent.open(f"{tried.pages_url}/reset")
    agent.send(page, email=real)
    mails = f"{tried.pages_url}/dev/mail"
    wait_until(lambda: real in agent.open(mails).text, 5)
    assert "sandbox.invalid" not in agent.open(mails).text


def test_a_name_that_is_taken_is_told_and_nothing_is_lost(tried: Server) -> None:
    agent, application = try_it(tried)
    person = new_person(tried)
    name = shown_name(tried, agent, application)
    tried.manage(lambda context: create_application(context, name, person.email))
    page = log_in(tried, agent, person.email)
    page = agent.send(page, form_to(page, "/try/keep"))
    assert "an application of that name already" in words(page)
    assert "Keep it" in words(page)


def shown_name(server: Server, agent: Agent, application: str) -> str:
    page = agent.open(f"{server.pages_url}/myapps/{application}/config")
    return form_to(page, "/config", field="name").fields["value"]


def test_an_account_that_may_not_develop_keeps_nothing(tmp_path: Path) -> None:
    environment = {"SATSUMA_SANDBOX": "true", "SATSUMA_SIGN_UP": "closed"}
    with running_server(tmp_path, environment=environment, options=("--test",)) as server:
        server.new_api("shops", sandbox=True)
        agent, application = try_it(server)
        page = log_in(server, agent, new_person(server).email)
        assert "/try/keep" not in page.text
        claim_by_hand(server, agent)
        page = agent.open(f"{server.pages_url}/myapps/{application}/credentials")
        assert page.status == 404


def test_where_secrets_are_not_kept_the_answer_to_trying_shows_it_once(tmp_path: Path) -> None:
    environment = {"SATSUMA_SANDBOX": "true", "SATSUMA_SECRETS": "show-once"}
    with running_server(tmp_path, environment=environment, options=("--test",)) as server:
        server.new_api("shops", sandbox=True)
        agent = Agent(server)
        page = home_of(server, agent)
        page = agent.send(page, form_to(page, "/try"))
        assert shown(page, "client-secret").startswith("sts_")
        assert agent.open(f"{server.pages_url}/myapps").status == 200
