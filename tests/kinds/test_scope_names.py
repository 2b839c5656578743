"""Scopes that mean something of their own, by each door at which an API gets its scopes, and what they open.

What a person allowed is what the consent page said: no name of an API's may stand for more, or for something else.
"""

import contextlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from satsuma.diagnostics.doctor_stored import check_api
from satsuma.domain.apis import Api, ScopeRule
from satsuma.domain.issuers import PRESETS
from satsuma.management.apis import NewApi, change_api, create_api
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from satsuma.management.openapi_import import read_openapi
from satsuma.management.subscriptions import put_subscription
from tests.oauth.flow import STANDARD, new_client, new_person, tokens
from tests.servers.upstream import listening
from tests.wire.server import EVERY_ISSUER, Server, running_server, wait_until

RESERVED: Final = sorted({"*", *(s for policy in PRESETS.values() for s in policy.person_scopes)})
UPSTREAM: Final = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("scopes")) as running:
        yield running


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with listening() as address:
        yield address


def new_name() -> str:
    return f"named{secrets.token_hex(4)}"


async def created(desk: ManagementContext, scope: str) -> Any:
    rules = (ScopeRule(scope, ("GET",), "/"),)
    return await create_api(desk, NewApi(new_name(), 1, "Named", UPSTREAM, scopes=rules))


async def changed(desk: ManagementContext, scope: str) -> Any:
    name = new_name()
    await create_api(desk, NewApi(name, 1, "Named", UPSTREAM))
    return await change_api(desk, name, {"scopes": Edit(add=(ScopeRule(scope),))})


async def imported(desk: ManagementContext, scope: str) -> Any:
    schemes = {"o": {"type": "openIdConnect", "openIdConnectUrl": "https://a.example"}}
    get = {"security": [{"o": [scope]}], "responses": {"200": {"description": ""}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Named", "version": "1"},
        "servers": [{"url": UPSTREAM}],
        "components": {"securitySchemes": schemes},
        "paths": {"/x": {"get": get}},
    }
    read = read_openapi(document, new_name(), None, None, None, lambda header: True)
    return await create_api(desk, read.api)


DOORS: Final[dict[str, Callable[[ManagementContext, str], Any]]] = {
    each.__name__: each for each in (created, changed, imported)
}


@pytest.mark.parametrize("door", DOORS)
def test_no_api_has_a_scope_that_means_something_of_its_own(server: Server, door: str) -> None:
    taken = []
    for scope in RESERVED:
        try:
            server.manage(lambda desk, asked=scope: DOORS[door](desk, asked))
        except NotPossible as refused:
            assert refused.slug == "scope-reserved"
        else:
            taken.append(scope)
    assert taken == []
    server.manage(lambda desk: DOORS[door](desk, f"{new_name()}.read"))


def stored(server: Server, upstream: str, scope: str) -> str:
    """An API with a scope that was taken before there was a rule for it."""
    name = new_name()
    server.new_api(name, upstream, scopes=(ScopeRule("placeholder", ("GET",), "/"),))
    path = server.database.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        say = "UPDATE api SET scopes = replace(scopes, 'placeholder', ?) WHERE name = ?"
        assert connection.execute(say, (scope, name)).rowcount == 1
    server.manage(lambda desk: change_api(desk, name, {"title": Edit("Another")}))
    return name


@pytest.mark.parametrize("token_format", ["issuer", "jwt"])
def test_a_person_s_token_of_the_scope_for_all_opens_what_was_allowed(
    server: Server, upstream: str, token_format: Any
) -> None:
    starred, other = stored(server, upstream, "*"), new_name()
    server.new_api(other, upstream)
    made = new_client(
        server, apis=(starred, other), access_token_format=token_format, name=new_name()
    )
    token = tokens(server, made, new_person(server), STANDARD, scope="*")["access_token"]
    asked = {"Authorization": f"Bearer {token}"}
    wait_until(lambda: server.call(f"/{starred}/v1/x", token).status == 200, 5)
    assert server.request("POST", f"/{starred}/v1/x", b"", asked).status == 403
    assert server.call(f"/{other}/v1/x", token).status == 403
    assert server.call(f"/auth/check?api={other}&version=1", token).status == 403
    told = server.form("/introspect", made, f"token={token}").json
    assert told["scope"] == "*"


@pytest.mark.spec("RFC 8693 §4.2")
@pytest.mark.parametrize("token_format", ["issuer", "opaque", "jwt"])
@pytest.mark.parametrize(("issuer", "opens"), [("", 403), ("/oauth/v3", 200)])
def test_a_token_of_no_scope_is_not_one_for_all(
    server: Server, upstream: str, issuer: str, opens: int, token_format: Any
) -> None:
    """A JWT that leaves the claim out is for all, whichever release reads it, so that one of no scope has it empty."""
    plain, ruled = new_name(), new_name()
    server.new_api(plain, upstream, scopes=(), issuers=EVERY_ISSUER)
    server.new_api(ruled, upstream, issuers=EVERY_ISSUER)
    made = server.new_application(plain, name=new_name(), access_token_format=token_format)
    reply = server.token(made, issuer=issuer)
    assert "scope" not in reply.json
    token = reply.json["access_token"]
    assert server.call(f"/{plain}/v1/x", token).status == 200
    named = made.client_id, ruled
    server.manage(lambda desk: put_subscription(desk, *named, approved=True))
    wait_until(
        lambda: (
            server.call(f"/{ruled}/v1/x", server.token(made).json["access_token"]).status == 200
        ),
        5,
    )
    assert server.call(f"/{ruled}/v1/x", token).status == opens


def test_the_doctor_names_a_scope_that_was_taken_before(server: Server, upstream: str) -> None:
    name = stored(server, upstream, "openid")
    (api,) = [each for each in server.manage(_apis) if each.name == name]
    (found,) = check_api(api)
    assert found.level == "warn"
    assert "'openid'" in found.says
    assert found.command == f"satsuma apis change {name}:1 --remove-scope openid"


async def _apis(desk: ManagementContext) -> list[Api]:
    return list(await desk.store.read(lambda reader: reader.list_apis()))
