"""MyApps: an application from its creation to its end, and nobody else's."""

import base64
import secrets
import sqlite3
from pathlib import Path

import pytest

from satsuma.management.applications import create_application, set_state
from satsuma.management.context import ManagementContext
from satsuma.portal.desk import MOST_APPLICATIONS
from tests.oauth.agent import Agent
from tests.portal.developer import Developer, developer, form_to, shown, words
from tests.signin.browser import NEW_PASSWORD, link
from tests.wire.server import Made, Server, running_server, wait_until

LONG = f"/myapps?{'x' * 5000}"


@pytest.fixture
def owner(server: Server) -> Developer:
    return developer(server)


def as_made(application: str, page_secret: str, client_id: str) -> Made:
    value = base64.b64encode(f"{client_id}:{page_secret}".encode()).decode()
    return Made(application, client_id, page_secret, f"Basic {value}")


def refused_soon(server: Server, made: Made) -> None:
    """Wait until the credentials are refused; asked seldom, since a minute holds fifty requests."""
    wait_until(lambda: server.token(made).status == 401, 5, interval=0.2)


def test_credentials_are_there_at_once_and_work(owner: Developer, server: Server) -> None:
    application = owner.create("Shop finder")
    page = owner.open(f"/myapps/{application}/credentials")
    client_id = shown(page, "client-id")
    assert shown(page, "application-id") == application
    secret = owner.secret(application)
    assert server.token(as_made(application, secret, client_id)).status == 200


def test_the_ready_header_starts_with_basic_and_works(owner: Developer, server: Server) -> None:
    application = owner.create()
    page = owner.send(f"/myapps/{application}/credentials", "/secret")
    header = shown(page, "header")
    assert header.startswith("Basic ")
    assert server.token(Authorization=header).status == 200


def test_no_page_has_the_secret_before_it_is_asked_for(owner: Developer) -> None:
    application = owner.create()
    secret = owner.secret(application)
    pages = [f"/myapps/{application}/{tab}" for tab in ("credentials", "config", "apis", "danger")]
    for path in (*pages, "/myapps", "/guides/oauth-m2m/2", "/guides/oauth-u2m/3"):
        page = owner.open(path)
        assert page.status == 200
        assert secret not in page.text
        assert "no-store" in str(page.headers and page.headers["cache-control"])


def test_showing_a_secret_wants_a_fresh_login(owner: Developer, server: Server) -> None:
    application = owner.create()
    page = owner.open(f"/myapps/{application}/credentials")
    with sqlite3.connect(server.database.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE session SET authenticated_at = authenticated_at - 400000000")
    refused = owner.agent.send(page, form_to(page, "/secret"))
    assert "/login?again=1" in refused.url
    assert "sts_" not in refused.text


def test_renewing_wants_a_fresh_login_too(owner: Developer, server: Server) -> None:
    application = owner.create()
    page = owner.open(f"/myapps/{application}/credentials")
    with sqlite3.connect(server.database.removeprefix("sqlite:///")) as database:
        database.execute("UPDATE session SET authenticated_at = authenticated_at - 400000000")
    refused = owner.agent.send(page, form_to(page, "/renew"), when="now")
    assert "/login?again=1" in refused.url
    assert "sts_" not in refused.text


def test_where_secrets_are_not_kept_the_answer_to_creating_shows_it_once(tmp_path: Path) -> None:
    with running_server(tmp_path, options=("--test",), config='secrets = "show-once"\n') as server:
        owner = developer(server)
        page = owner.send("/myapps", "/myapps", name="Shown once", kind="confidential")
        header = shown(page, "header")
        assert server.token(Authorization=header).status == 200
        application = shown(page, "application-id")
        again = owner.open(f"/myapps/{application}/credentials")
        assert "shown once, when it is made" in words(again)
        assert shown(page, "client-secret") not in again.text
        guide = owner.open("/guides/oauth-m2m/2")
        assert "not kept, so that this page cannot send yours" in words(guide)
        renewed = owner.send(f"/myapps/{application}/credentials", "/renew", when="now")
        header = shown(renewed, "header")
        wait_until(lambda: server.token(Authorization=header).status == 200, 5, interval=0.2)


def test_a_client_space_is_not_filled_without_end(owner: Developer, server: Server) -> None:
    async def fill(management: ManagementContext) -> None:
        for number in range(MOST_APPLICATIONS):
            await create_application(management, f"Number {number}", owner.email)

    server.manage(fill)
    page = owner.send("/myapps", "/myapps", name="One too many")
    assert page.status == 409
    assert f"at most {MOST_APPLICATIONS} applications" in words(page)


def test_a_renewal_leaves_two_secrets_and_renewing_now_leaves_one(
    owner: Developer, server: Server
) -> None:
    application = owner.create()
    path = f"/myapps/{application}/credentials"
    client_id = shown(owner.open(path), "client-id")
    first = owner.secret(application)
    second = shown(owner.send(path, "/renew", when="later"), "client-secret")
    works = [server.token(as_made(application, each, client_id)).status for each in (first, second)]
    assert works == [200, 200]
    again = owner.send(path, "/renew", when="later")
    assert again.status == 409
    assert "Two secrets are live already" in words(again)
    third = shown(owner.send(path, "/renew", when="now"), "client-secret")
    for earlier in (first, second):
        made = as_made(application, earlier, client_id)
        refused_soon(server, made)
    assert server.token(as_made(application, third, client_id)).status == 200


def test_a_public_application_has_no_secret(owner: Developer) -> None:
    application = owner.create(kind="public")
    page = owner.open(f"/myapps/{application}/credentials")
    assert "client_secret" not in words(page)
    refused = owner.send("/myapps", "/myapps", name="x" * 300)
    assert refused.status == 400


@pytest.mark.parametrize("name", ["", " ", "x" * 300, "a\u0007b", "\u202e"])
def test_a_name_that_is_none_is_refused_beside_its_field(owner: Developer, name: str) -> None:
    page = owner.send("/myapps", "/myapps", name=name)
    assert page.status == 400
    assert 'aria-invalid="true"' in page.text


def test_two_applications_of_one_name_are_refused(owner: Developer) -> None:
    owner.create("Twice")
    page = owner.send("/myapps", "/myapps", name="Twice")
    assert page.status == 400
    assert "Twice" in words(page)


def test_a_name_is_written_as_text(owner: Developer) -> None:
    name = "<script>alert(1)</script>"
    application = owner.create(name)
    for path in ("/myapps", f"/myapps/{application}/danger", "/guides/oauth-m2m/2"):
        assert name not in owner.open(path).text


def test_deleting_wants_the_name_and_ends_everything(owner: Developer, server: Server) -> None:
    application = owner.create("Gone soon")
    client_id = shown(owner.open(f"/myapps/{application}/credentials"), "client-id")
    made = as_made(application, owner.secret(application), client_id)
    path = f"/myapps/{application}/danger"
    assert owner.send(path, "/delete", name="Gone").status == 400
    assert server.token(made).status == 200
    assert owner.send(path, "/delete", name="Gone soon").url.endswith("/myapps?done=deleted")
    refused_soon(server, made)
    assert application not in owner.open("/myapps").text


def test_a_form_from_elsewhere_does_nothing(owner: Developer) -> None:
    application = owner.create()
    page = owner.open(f"/myapps/{application}/credentials")
    form = form_to(page, "/secret")
    refused = owner.agent.send(page, form, form_token=secrets.token_hex(8))
    assert refused.status == 400
    assert "sts_" not in refused.text


def test_the_chosen_application_is_the_own_one_alone(owner: Developer, server: Server) -> None:
    first, second = owner.create("First one"), owner.create("Second one")
    stranger = developer(server)
    theirs = stranger.create("Not yours")
    page = owner.open("/guides/oauth-m2m/2")
    assert "as Second one" in words(page)
    owner.agent.send(page, form_to(page, "/choose"), app=first)
    assert "as First one" in words(owner.open("/guides/oauth-m2m/2"))
    owner.agent.send(page, form_to(page, "/choose"), app=theirs)
    assert "as First one" in words(owner.open("/guides/oauth-m2m/2"))
    assert "as Second one" in words(owner.open(f"/guides/oauth-m2m/2?app={second}"))
    assert "Not yours" not in words(owner.open(f"/guides/oauth-m2m/2?app={theirs}"))


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/x",
        "/myapps/../logout",
        "/errorsevil",
        "/myapps?" + "x" * 5000,
    ],
)
def test_choosing_leads_to_a_page_of_ours(owner: Developer, to: str) -> None:
    application = owner.create()
    page = owner.open("/myapps")
    back = owner.agent.send(page, form_to(page, "/choose"), app=application, to=to)
    assert back.url == f"{owner.server.pages_url}/myapps"


def test_a_blocked_application_says_so(owner: Developer, server: Server) -> None:
    application = owner.create()
    server.manage(lambda management: set_state(management, application, "blocked"))
    assert "blocked by the operator" in words(owner.open(f"/myapps/{application}/credentials"))
    assert "is not active" in words(owner.open("/guides/oauth-m2m/2"))


def test_who_signs_up_has_an_application_after_the_letter(server: Server) -> None:
    agent, email = Agent(server), f"{secrets.token_hex(6)}@people.example"
    page = agent.open(f"{server.pages_url}/sign-up")
    agent.send(page, form_to(page, "/sign-up"), email=email)
    page = agent.open(link(server, email))
    agent.send(
        page,
        form_to(page, page.url.partition("localhost")[2].partition("/")[2]),
        password=NEW_PASSWORD,
    )
    page = agent.open(f"{server.pages_url}/myapps")
    made = agent.send(page, form_to(page, "/myapps"), name="The first one", kind="confidential")
    assert shown(made, "application-id").startswith("app_")
    again = agent.send(page, form_to(page, "/myapps"), name="The second one", kind="public")
    assert shown(again, "application-id").startswith("app_")


def test_deleting_again_writes_nothing_more(owner: Developer, server: Server) -> None:
    application = owner.create("Gone once")
    page = owner.open(f"/myapps/{application}/danger")
    for _ in range(3):
        assert owner.agent.send(page, form_to(page, "/delete"), name="Gone once").url.endswith(
            "deleted"
        )
    with sqlite3.connect(server.database.removeprefix("sqlite:///")) as database:
        query = "SELECT count(*) FROM audit WHERE object = ? AND action = 'application.revoke'"
        assert database.execute(query, (f"application:{application}",)).fetchone() == (1,)
