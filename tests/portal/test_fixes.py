"""A refused request with the exact comparison, and the click that fixes it: then the same request succeeds."""

import re
import secrets
import urllib.parse

import pytest

from tests.oauth.agent import Agent, Page
from tests.portal.developer import Developer, developer, form_to, words
from tests.portal.test_my_apps import as_made
from tests.wire.server import Made, Server, wait_until


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


@pytest.fixture
def made(owner: Developer) -> Made:
    application = owner.create()
    page = owner.open(f"/myapps/{application}/credentials")
    client_id = re.search(r'id="client-id">(\w+)<', page.text)
    assert client_id
    return as_made(application, owner.secret(application), client_id[1])


def register(owner: Developer, made: Made, *uris: str) -> None:
    page = owner.open(f"/myapps/{made.application_id}/config")
    form = form_to(page, "/config", field="redirect_uris")
    assert owner.agent.send(page, form, value="\r\n".join(uris)).status == 200


def authorize(server: Server, made: Made, redirect_uri: str) -> Page:
    query = {
        "response_type": "code",
        "client_id": made.client_id,
        "scope": "openid",
        "redirect_uri": redirect_uri,
        "state": secrets.token_hex(4),
    }
    path = f"/openidconnect/fr/v1/authorize?{urllib.parse.urlencode(query)}"
    return Agent(server).open(f"{server.api_url}{path}")


def newest(owner: Developer, made: Made) -> Page:
    path = f"/myapps/{made.application_id}/requests"
    wait_until(lambda: 'class="list"' in owner.open(path).text, 5)
    return owner.open(path)


@pytest.mark.parametrize(
    ("registered", "sent", "character"),
    [
        ("https://shop.example/callback/", "https://shop.example/callback", 30),
        ("https://shop.example/callback", "https://shop.example/Callback", 22),
        ("https://shop.example/callback", "https://shop.example:444/callback", 21),
        ("https://shop.example/callback", "http://shop.example/callback", 5),
    ],
)
def test_the_first_differing_character_is_named(
    owner: Developer, server: Server, made: Made, registered: str, sent: str, character: int
) -> None:
    register(owner, made, registered, "https://another.example/")
    assert authorize(server, made, sent).status == 400
    page = newest(owner, made)
    assert f"differ from character {character} on" in words(page)
    for text in (sent, registered):
        marked = text[: character - 1], text[character - 1 :]
        assert marked[0] in page.text
        assert marked[1] in page.text


def test_registering_it_by_the_click_lets_the_same_request_through(
    owner: Developer, server: Server, made: Made
) -> None:
    register(owner, made, "https://shop.example/callback/")
    sent = "https://shop.example/callback"
    assert authorize(server, made, sent).status == 400
    page = newest(owner, made)
    assert "Register it only if it is yours" in words(page)
    request_id = re.search(rf"/myapps/{made.application_id}/requests/(\w+)", page.text)
    assert request_id
    done = owner.agent.send(page, form_to(page, f"/requests/{request_id[1]}"))
    assert done.url.endswith("/config?done=fixed")
    wait_until(lambda: authorize(server, made, sent).status == 200, 5)


def test_subscribing_by_the_click_lets_the_same_call_through(
    owner: Developer, server: Server, made: Made
) -> None:
    name = f"fix-{secrets.token_hex(3)}"
    server.new_api(name, access="open", scopes=())
    wait_until(lambda: server.request("GET", f"/{name}/v1/").status == 401, 5)
    token = server.token(made).json["access_token"]
    assert server.call(f"/{name}/v1/", token).json["code"] == 50
    page = newest(owner, made)
    request_id = re.search(rf"/myapps/{made.application_id}/requests/(\w+)", page.text)
    assert request_id
    done = owner.agent.send(page, form_to(page, f"/requests/{request_id[1]}"))
    assert done.url.endswith("/apis?done=fixed")
    wait_until(lambda: server.call(f"/{name}/v1/", token).json.get("code") != 50, 5)


def test_an_address_that_the_rule_refuses_is_not_registered_by_a_click(
    owner: Developer, server: Server, made: Made
) -> None:
    register(owner, made, "https://shop.example/callback")
    assert authorize(server, made, "http://shop.example/callback").status == 400
    page = newest(owner, made)
    assert "Register this address" not in words(page)
    request_id = page.text.partition(f"/{made.application_id}/requests/")[2][:24]
    form = form_to(page, "/choose")
    form.action = f"/myapps/{made.application_id}/requests/{request_id}"
    assert owner.agent.send(page, form).status == 404


@pytest.mark.parametrize(
    "sent",
    [
        "https://shop.example/callback?token=geheim-geheim",
        "https://shop.example/callback#geheim",
        "https://shop.example/cällback",
        "javascript:alert(1)//<script>",
        "https://shop.example/" + "x" * 1000,
    ],
)
def test_what_anybody_can_send_is_shown_as_text_without_its_query(
    owner: Developer, server: Server, made: Made, sent: str
) -> None:
    register(owner, made, "https://shop.example/callback")
    assert authorize(server, made, sent).status == 400
    page = newest(owner, made)
    assert page.status == 200
    assert "geheim" not in page.text
    assert "<script>" not in page.text.replace('<script src="', "")


def test_nobody_fixes_what_is_somebody_else_s(owner: Developer, server: Server, made: Made) -> None:
    register(owner, made, "https://shop.example/callback/")
    authorize(server, made, "https://shop.example/callback")
    page = newest(owner, made)
    request_id = page.text.partition(f"/{made.application_id}/requests/")[2][:24]
    other = developer(server)
    mine = other.create()
    form = form_to(other.open("/myapps"), "/choose")
    for application in (made.application_id, mine):
        form.action = f"/myapps/{application}/requests/{request_id}"
        assert other.agent.send(other.open("/myapps"), form).status == 404
