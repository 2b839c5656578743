"""Config: each field judged by the rule that registers it; of two tabs, the second is told."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from satsuma.management.application_changes import change_application
from satsuma.management.applications import find_client
from satsuma.management.edits import Edit
from tests.oauth.agent import Form, Page
from tests.portal.developer import Developer, developer, form_to, words
from tests.wire.server import Server


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


def save(
    owner: Developer, application: str, field: str, value: str, page: Page | None = None
) -> Page:
    page = page or owner.open(f"/myapps/{application}/config")
    return owner.agent.send(page, form_to(page, "/config", field=field), value=value)


def stored(server: Server, application: str, field: str) -> object:
    client = server.manage(lambda management: find_client(management, application))
    return getattr(client.application, field)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        (
            "redirect_uris",
            "https://shop.example/callback\r\nhttp://127.0.0.1/callback\r\n",
            ("https://shop.example/callback", "http://127.0.0.1/callback"),
        ),
        ("web_origins", "https://SHOP.example", ("https://shop.example",)),
        ("post_logout_redirect_uris", "https://shop.example/bye", ("https://shop.example/bye",)),
        ("pkce", "required", "required"),
        ("name", "Another name", "Another name"),
        ("description", "Shops by town", "Shops by town"),
    ],
)
def test_a_field_is_saved(
    owner: Developer, server: Server, field: str, value: str, kept: object
) -> None:
    application = owner.create()
    assert save(owner, application, field, value).status == 200
    assert stored(server, application, field) == kept


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("redirect_uris", "https://shop.example/#fin", "fragment"),
        ("redirect_uris", "http://shop.example/callback", "https"),
        ("redirect_uris", "javascript:alert(1)", "javascript"),
        ("web_origins", "https://shop.example/path", "path"),
        ("name", "", "A name has"),
        ("default_scopes", "a b", "not one scope"),
        ("pkce", "never", "one of"),
    ],
)
def test_a_wrong_value_stays_in_its_field_and_says_why(
    owner: Developer, server: Server, field: str, value: str, says: str
) -> None:
    application = owner.create()
    before = stored(server, application, field)
    page = save(owner, application, field, value)
    assert page.status == 400
    assert says in words(page)
    assert stored(server, application, field) == before


def test_a_public_application_cannot_do_without_pkce(owner: Developer, server: Server) -> None:
    application = owner.create(kind="public")
    page = save(owner, application, "pkce", "optional")
    assert page.status == 400
    assert stored(server, application, "pkce") == "issuer"


def test_the_second_tab_is_told_with_both_values(owner: Developer, server: Server) -> None:
    application = owner.create()
    tab = owner.open(f"/myapps/{application}/config")
    save(owner, application, "description", "Mine in another tab")
    page = save(owner, application, "description", "Mine", tab)
    assert page.status == 409
    assert "Mine in another tab" in words(page)
    assert stored(server, application, "description") == "Mine in another tab"
    assert save(owner, application, "description", "Mine", page).status == 200
    assert stored(server, application, "description") == "Mine"


def test_what_another_adds_to_a_list_meanwhile_is_told(owner: Developer, server: Server) -> None:
    application = owner.create()
    tab = owner.open(f"/myapps/{application}/config")
    edits = {"redirect_uris": Edit(add=("https://operator.example/callback",))}
    server.manage(lambda management: change_application(management, application, edits))
    page = save(owner, application, "redirect_uris", "https://shop.example/callback", tab)
    assert page.status == 409
    assert stored(server, application, "redirect_uris") == ("https://operator.example/callback",)


def test_what_stops_working_is_said(owner: Developer) -> None:
    application = owner.create()
    save(owner, application, "redirect_uris", "https://shop.example/callback")
    page = save(owner, application, "redirect_uris", "https://shop.example/other")
    assert "No new login returns to https://shop.example/callback" in words(page)


def test_a_field_that_nobody_sets_here_is_not_set(owner: Developer, server: Server) -> None:
    application = owner.create()
    page = owner.open(f"/myapps/{application}/config")
    form = form_to(page, "/config", field="name")
    for field in ("state", "client_id", "public", "access_token_format", "nothing"):
        assert owner.agent.send(page, form, field=field, value="blocked").status == 200
    assert stored(server, application, "state") == "active"
    assert stored(server, application, "access_token_format") == "issuer"


def test_saving_what_one_did_not_change_takes_nothing_back(
    owner: Developer, server: Server
) -> None:
    application = owner.create()
    save(owner, application, "redirect_uris", "https://shop.example/callback")
    tab = owner.open(f"/myapps/{application}/config")
    added = "https://shop.example/callback\r\nhttps://shop.example/other"
    save(owner, application, "redirect_uris", added)
    page = save(owner, application, "redirect_uris", "https://shop.example/callback", tab)
    assert page.status == 200
    assert stored(server, application, "redirect_uris") == tuple(added.split("\r\n"))


def test_of_several_tabs_at_once_one_saves_and_the_others_are_told(
    owner: Developer, server: Server
) -> None:
    for _ in range(8):
        application = owner.create()
        tab = owner.open(f"/myapps/{application}/config")
        form = form_to(tab, "/config", field="description")

        def press(number: int, tab: Page = tab, form: Form = form) -> int:
            return owner.agent.send(tab, form, value=f"Tab {number}").status

        with ThreadPoolExecutor(4) as tabs:
            assert sorted(tabs.map(press, range(4))) == [200, 409, 409, 409]


def test_a_list_has_an_end(owner: Developer) -> None:
    application = owner.create()
    many = "\r\n".join(f"https://shop.example/{number}" for number in range(101))
    page = save(owner, application, "redirect_uris", many)
    assert page.status == 400
    assert "At most 100 lines." in words(page)
