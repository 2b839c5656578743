"""The APIs of an application: at once, after a decision, not by asking; what an operator ended stays ended."""

import secrets
from collections.abc import Callable

import pytest

from satsuma.domain.limits import Limits
from satsuma.management.apis import find_api, set_life_cycle
from satsuma.management.applications import find_client
from satsuma.management.plans import create_plan
from satsuma.management.subscriptions import decide, put_subscription, set_subscription
from tests.oauth.agent import Page
from tests.portal.developer import Developer, developer, form_to, words
from tests.wire.server import Server, wait_until


@pytest.fixture(scope="module")
def owner(server: Server) -> Developer:
    return developer(server)


def an_api(server: Server, access: str) -> str:
    name = f"api-{secrets.token_hex(4)}"
    server.new_api(name, access=access)
    wait_until(lambda: server.request("GET", f"/{name}/v1/").status == 401, 5)
    return name


def ask(owner: Developer, application: str, api: str) -> Page:
    page = owner.open(f"/myapps/{application}/apis")
    token = page.form().fields["form_token"]
    form = form_to(page, "/choose")
    form.action, form.fields = f"/myapps/{application}/apis", {"form_token": token}
    return owner.agent.send(page, form, api=f"{api}:1")


def leave(owner: Developer, application: str, api: str) -> Page:
    page = owner.open(f"/myapps/{application}/apis")
    form = form_to(page, "/choose")
    form.action = f"/myapps/{application}/apis/leave"
    return owner.agent.send(page, form, api=f"{api}:1")


def state(server: Server, application: str, api: str) -> str | None:
    async def look(management: object) -> str | None:
        client = await find_client(management, application)  # type: ignore[arg-type]
        found = await find_api(management, api)  # type: ignore[arg-type]
        held = {each.api_id: each.state for each in client.subscriptions}
        return held.get(found.api_id)

    found: str | None = server.manage(look)
    return found


@pytest.mark.parametrize(
    ("access", "then"), [("open", "approved"), ("approval", "pending"), ("private", None)]
)
def test_who_asks_comes_to_an_api_as_it_says(
    owner: Developer, server: Server, access: str, then: str | None
) -> None:
    application, api = owner.create(), an_api(server, access)
    page = ask(owner, application, api)
    assert state(server, application, api) == then
    assert page.status == (200 if then else 409)


def test_a_private_api_is_nowhere_until_one_is_subscribed(owner: Developer, server: Server) -> None:
    application, api = owner.create(), an_api(server, "private")
    for path in ("/apis", "/", f"/myapps/{application}/apis", "/guides/oauth-m2m/3"):
        assert api not in owner.open(path).text, path
    assert owner.open(f"/apis/{api}/v1").status == 404
    server.manage(lambda management: put_subscription(management, application, api))
    assert owner.open(f"/apis/{api}/v1").status == 200
    assert developer(server).open(f"/apis/{api}/v1").status == 404


def test_a_refusal_shows_its_reason_and_asking_again_waits(
    owner: Developer, server: Server
) -> None:
    application, api = owner.create(), an_api(server, "approval")
    ask(owner, application, api)
    server.manage(
        lambda management: decide(
            management, application, api, approve=False, reason="Sign the agreement first."
        )
    )
    assert "Sign the agreement first." in words(owner.open(f"/myapps/{application}/apis"))
    ask(owner, application, api)
    assert state(server, application, api) == "pending"


def test_what_an_operator_ended_is_not_opened_by_asking(owner: Developer, server: Server) -> None:
    application, api = owner.create(), an_api(server, "open")
    ask(owner, application, api)
    server.manage(lambda management: set_subscription(management, application, api, "revoked"))
    leave(owner, application, api)
    ask(owner, application, api)
    assert state(server, application, api) == "pending"
    leave(owner, application, api)
    ask(owner, application, api)
    assert state(server, application, api) == "pending"


def test_who_left_an_open_api_comes_back(owner: Developer, server: Server) -> None:
    application, api = owner.create(), an_api(server, "open")
    ask(owner, application, api)
    leave(owner, application, api)
    assert state(server, application, api) == "revoked"
    ask(owner, application, api)
    assert state(server, application, api) == "approved"


def test_a_plan_that_needs_approval_is_not_passed_by_leaving(
    owner: Developer, server: Server
) -> None:
    application, api = owner.create(), an_api(server, "open")
    plan = f"plan-{secrets.token_hex(4)}"

    async def work(management: object) -> None:
        await create_plan(management, plan, plan, Limits(), needs_approval=True)  # type: ignore[arg-type]
        await put_subscription(management, application, api, plan, approved=True)  # type: ignore[arg-type]

    server.manage(work)
    leave(owner, application, api)
    ask(owner, application, api)
    assert state(server, application, api) == "pending"


def test_an_api_that_is_retired_is_not_offered(owner: Developer, server: Server) -> None:
    application, api = owner.create(), an_api(server, "open")
    server.manage(lambda management: set_life_cycle(management, api, "retired"))
    wait_until(lambda: owner.open(f"/apis/{api}/v1").status == 404, 5)
    assert ask(owner, application, api).status == 409


@pytest.mark.parametrize("version", ["9" * 5000, "01", "-1", "1.0"])
def test_a_version_that_is_none_is_not_there(
    owner: Developer, server: Server, version: str
) -> None:
    api = an_api(server, "open")
    assert owner.open(f"/apis/{api}/v{version}").status == 404


def test_an_api_that_is_not_there_is_refused(owner: Developer) -> None:
    application = owner.create()
    assert ask(owner, application, "no-such-api").status == 409


@pytest.mark.parametrize("do", [ask, leave])
def test_a_private_api_a_retired_and_none_are_told_apart_by_nobody(
    owner: Developer, server: Server, do: Callable[[Developer, str, str], Page]
) -> None:
    application = owner.create()
    private, retired = an_api(server, "private"), an_api(server, "private")
    server.manage(lambda management: set_life_cycle(management, retired, "retired"))
    told = {words(do(owner, application, api)) for api in (private, retired, "no-such-api")}
    assert len(told) == 1
    assert "There is no such API here." in told.pop()


@pytest.mark.parametrize("version", ["9" * 5000, "", "²", "1:1", "-1", "1 "])
@pytest.mark.parametrize("where", ["apis", "apis/leave"])
def test_a_version_that_is_none_is_refused(
    owner: Developer, server: Server, version: str, where: str
) -> None:
    application, api = owner.create(), an_api(server, "open")
    form = form_to(owner.open("/myapps"), "/choose")
    form.action = f"/myapps/{application}/{where}"
    refused = owner.agent.send(owner.open("/myapps"), form, api=f"{api}:{version}")
    assert refused.status == 409
