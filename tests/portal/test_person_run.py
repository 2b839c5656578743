"""*Run it* with a person: one's own login to one's own application, and nobody else's way in."""

import html
import re
import sqlite3
import urllib.parse
from datetime import UTC, datetime, timedelta

import pytest

from satsuma.domain.authorization import CheckedRequest
from satsuma.keys.opaque import Opaque
from satsuma.oauth.sealed_request import SealedRequest, open_request, seal_request
from tests.management.between import new_context
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import FRENCH, post_token
from tests.portal.developer import Developer, developer, form_to, shown, words
from tests.portal.test_my_apps import as_made
from tests.wire.server import Made, Server, wait_until

STEP = "/guides/oauth-u2m/{}"


@pytest.fixture
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture
def made(owner: Developer, server: Server) -> Made:
    """The owner's application, whose credentials are in force."""
    application = owner.create()
    client_id = shown(owner.open(f"/myapps/{application}/credentials"), "client-id")
    made = as_made(application, owner.secret(application), client_id)
    wait_until(lambda: server.token(made).status == 200, 5)
    return made


def begin(owner: Developer) -> Page:
    """Press *Log in and allow it*; gives the consent page."""
    page = owner.send(STEP.format(2), STEP.format(2))
    assert "trying your own application" in words(page)
    return page


def allow(owner: Developer) -> Page:
    page = begin(owner)
    page = owner.agent.send(page, form_to(page, "/interaction"), decision="allow")
    assert page.url.endswith(STEP.format(3))
    return page


def answer(owner: Developer) -> str:
    """The address that the browser is sent back to, which it does not open."""
    page = begin(owner)
    form = form_to(page, "/interaction")
    fields = {**form.fields, "decision": "allow"}
    url = f"{owner.server.pages_url}/interaction"
    found = re.search(r"url=([^\"]+)", owner.agent._fetch("POST", url, fields, page.url).text)
    assert found
    return html.unescape(found[1])


def run(owner: Developer, number: int, page: Page | None = None) -> Page:
    page = page or owner.open(STEP.format(number))
    return owner.agent.send(page, form_to(page, STEP.format(number)))


@pytest.mark.usefixtures("made")
def test_each_step_runs_with_ones_own_login(owner: Developer) -> None:
    back = allow(owner)
    assert "state is the one that was sent" in words(back)
    exchanged = run(owner, 3, back)
    assert "200 OK" in words(exchanged)
    assert '"id_token"' in words(exchanged)
    assert "200 OK" in words(run(owner, 4))
    for page in (back, exchanged):
        assert not re.search(r"(stc|srt)_[\w-]{20}", page.text)


@pytest.mark.usefixtures("made")
def test_a_step_names_the_one_that_it_needs(owner: Developer) -> None:
    for number, needs in ((3, "Run step 2 first"), (4, "Run steps 2 and 3 first")):
        assert needs in words(owner.open(STEP.format(number)))
    allow(owner)
    run(owner, 3)
    assert "Run step 2 first" in words(owner.open(STEP.format(3)))


def test_the_address_is_registered_nowhere(owner: Developer, server: Server, made: Made) -> None:
    query = {
        "response_type": "code",
        "client_id": made.client_id,
        "redirect_uri": f"{server.pages_url}/guides/oauth-u2m/2/back",
        "scope": "openid",
        "state": "x",
    }
    page = owner.agent.open(f"{server.api_url}{FRENCH}/authorize?{urllib.parse.urlencode(query)}")
    assert page.status == 400
    assert "redirect-uri-unregistered" in page.text


@pytest.mark.usefixtures("made")
def test_a_link_is_good_in_the_session_that_made_it_alone(owner: Developer, server: Server) -> None:
    link = begin(owner).url
    assert "/interaction?r=" in link
    for agent in (developer(server).agent, Agent(server), Developer(server, owner.email).agent):
        page = agent.open(link)
        assert page.status == 400
        assert 'type="password"' not in page.text
        assert 'value="allow"' not in page.text


def test_its_code_is_worth_nothing_without_the_browser_that_asked(
    owner: Developer, server: Server, made: Made
) -> None:
    address = answer(owner)
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    fields: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": query["code"],
        "redirect_uri": f"{server.pages_url}/guides/oauth-u2m/2/back",
    }
    stolen = post_token(server, made, FRENCH, fields)
    assert (stolen.status, stolen.json["error"]) == (400, "invalid_grant")
    assert "200 OK" in words(run(owner, 3, owner.agent.open(address)))


def test_what_was_allowed_is_asked_again_and_ends_in_an_hour(
    owner: Developer, server: Server, made: Made
) -> None:
    run(owner, 3, allow(owner))
    run(owner, 4)
    begin(owner)
    with sqlite3.connect(server.database.removeprefix("sqlite:///")) as database:
        found = database.execute(
            "SELECT created_at, expires_at, ends_at FROM user_grant WHERE client_id = ?",
            [made.client_id],
        ).fetchall()
        consents = database.execute(
            "SELECT count(*) FROM consent WHERE application_id = ?", [made.application_id]
        ).fetchone()
    assert consents == (0,)
    ((created, expires, ends),) = found
    assert 0 <= ends - created - 3600_000_000 <= 1_000_000
    assert expires <= ends


@pytest.mark.usefixtures("made")
def test_who_denies_sees_what_the_application_gets(owner: Developer) -> None:
    page = begin(owner)
    page = owner.agent.send(page, form_to(page, "/interaction"), decision="deny")
    assert "error=access_denied" in words(page)
    assert "Step 2. Ask for a code" in words(page)


@pytest.mark.usefixtures("made")
def test_an_answer_that_was_not_asked_for_is_refused(owner: Developer, server: Server) -> None:
    other = developer(server)
    other.create()
    theirs = answer(other)
    begin(owner)
    for url in (theirs, f"{server.pages_url}/guides/oauth-u2m/2/back?code=x&state=y"):
        page = owner.agent.open(url)
        assert "code=" not in page.url
        assert not re.search(r"stc_[\w-]{20}", page.text)
        assert "not the answer to a login that you began" in words(page)
        assert "Run step 2 first" in words(owner.open(STEP.format(3)))


async def test_it_is_good_for_ten_minutes_where_another_has_an_hour() -> None:
    context = await new_context()
    opaque = Opaque(context.vault, "authorization-request", "r1_")
    now = datetime(2026, 11, 29, tzinfo=UTC)
    for trial, life in (("ses_1", timedelta(minutes=10)), (None, timedelta(hours=1))):
        asked = CheckedRequest(
            "standard", "c", "https://client.example/", ("openid",), "query", trial=trial
        )
        sealed = seal_request(opaque, SealedRequest(asked, now))
        opened = open_request(opaque, sealed, now + life)
        assert opened is not None
        assert opened.request == asked
        assert open_request(opaque, sealed, now + life + timedelta(seconds=1)) is None


def test_a_public_application_runs_too(owner: Developer, server: Server) -> None:
    owner.create(kind="public")
    back = allow(owner)
    assert "200 OK" in words(run(owner, 3, back))
    assert "200 OK" in words(run(owner, 4))


def test_no_token_of_it_outlives_the_hour(owner: Developer, server: Server, made: Made) -> None:
    run(owner, 3, allow(owner))
    with sqlite3.connect(server.database.removeprefix("sqlite:///")) as database:
        database.execute(
            "UPDATE user_grant SET ends_at = ends_at - 3540000000, expires_at = ends_at - 3540000000 "
            "WHERE client_id = ?",
            [made.client_id],
        )
    told = re.search(r'"expires_in": (\d+)', words(run(owner, 4)))
    assert told
    assert 0 < int(told[1]) <= 60
