"""Who stands behind an application: said by its owner, confirmed by an operator, shown where access is asked for."""

import pytest

from satsuma.management.application_changes import change_application
from satsuma.management.applications import find_client
from satsuma.management.context import NotPossible
from satsuma.management.edits import Edit
from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD, authorize_url, new_client, new_person
from tests.portal.developer import Developer, developer, form_to, words
from tests.portal.test_my_apps import as_made
from tests.wire.server import Made, Server, wait_until

CALLBACK = "https://shop.example/callback"


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture
def made(owner: Developer) -> Made:
    application = owner.create()
    save(owner, application, "redirect_uris", CALLBACK)
    page = owner.open(f"/myapps/{application}/credentials")
    client_id = page.text.partition('id="client-id">')[2].partition("<")[0]
    return as_made(application, owner.secret(application), client_id)


def save(owner: Developer, application: str, field: str, value: str) -> int:
    page = owner.open(f"/myapps/{application}/config")
    return owner.agent.send(page, form_to(page, "/config", field=field), value=value).status


def consent(server: Server, made: Made) -> str:
    agent = Agent(server)
    page = agent.open(authorize_url(server, made, redirect_uri=CALLBACK))
    asked = agent.log_in(page, new_person(server).email, PASSWORD)
    assert "asks for access" in words(asked)
    return asked.text


def test_the_owner_s_address_is_told_to_nobody(
    owner: Developer, server: Server, made: Made
) -> None:
    wait_until(lambda: server.token(made).status == 200, 5, interval=0.2)
    text = consent(server, made)
    assert owner.email not in text
    assert "does not say who publishes it" in text


def test_what_the_owner_says_is_shown_as_not_confirmed_until_an_operator_does(
    owner: Developer, server: Server, made: Made
) -> None:
    said = {
        "publisher": "Shops of the West",
        "client_uri": "https://shops.example/about",
        "policy_uri": "https://shops.example/privacy",
    }
    for field, value in said.items():
        assert save(owner, made.application_id, field, value) == 200
    wait_until(lambda: "Shops of the West" in consent(server, made), 5, interval=0.5)
    text = consent(server, made)
    assert "nobody has confirmed it" in text
    assert 'href="https://shops.example/about"' in text
    assert 'href="https://shops.example/privacy"' in text
    edits = {"publisher_confirmed": Edit(True)}
    server.manage(lambda management: change_application(management, made.application_id, edits))
    wait_until(lambda: "nobody has confirmed" not in consent(server, made), 5, interval=0.5)
    for field, value in (
        ("policy_uri", "https://evil.example/"),
        ("name", "Bank"),
        ("client_uri", "https://evil.example/"),
        ("publisher", "Bank of the West"),
    ):
        server.manage(lambda management: change_application(management, made.application_id, edits))
        assert save(owner, made.application_id, field, value) == 200
        client = server.manage(lambda management: find_client(management, made.application_id))
        assert client.application.publisher_confirmed is False, field
    wait_until(lambda: "nobody has confirmed" in consent(server, made), 5, interval=0.5)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_uri", "http://shops.example"),
        ("client_uri", "javascript:alert(1)"),
        ("policy_uri", "https://user:pass@shops.example/"),
        ("policy_uri", "//shops.example"),
        ("publisher", "a\u202eb"),
        ("publisher_confirmed", "yes-it-is"),
    ],
)
def test_what_is_no_site_or_name_is_refused(
    owner: Developer, server: Server, made: Made, field: str, value: str
) -> None:
    page = owner.open(f"/myapps/{made.application_id}/config")
    form = form_to(page, "/config", field="client_uri")
    owner.agent.send(page, form, field=field, value=value)
    again = owner.open(f"/myapps/{made.application_id}/config")
    assert value not in again.text
    edits = {"description": Edit("looked at")}
    application, _ = server.manage(
        lambda management: change_application(management, made.application_id, edits)
    )
    assert application.publisher_confirmed is False


def test_where_no_publisher_is_named_there_is_nothing_to_confirm(server: Server) -> None:
    made = new_client(server)
    edits = {"publisher_confirmed": Edit(True)}
    with pytest.raises(NotPossible) as refused:
        server.manage(lambda management: change_application(management, made.application_id, edits))
    assert refused.value.slug == "publisher-missing"
