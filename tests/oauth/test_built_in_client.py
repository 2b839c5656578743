"""The built-in client: there at the first question, public, and the only one that may ask for the platform's scopes."""

from typing import Any

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.built_in_client import CLIENT_ID, OWN_APPLICATIONS
from satsuma.domain.errors import authorization as errors
from satsuma.management.apis import NewApi
from satsuma.management.context import NotPossible
from tests.oauth.agent import Agent
from tests.oauth.flow import FRENCH, PASSWORD, STANDARD, Person, authorize_url
from tests.wire.server import Made, Server

LOOPBACK = "http://127.0.0.1:49152/callback"
ASKED: dict[str, str | None] = {
    "client_id": CLIENT_ID,
    "redirect_uri": LOOPBACK,
    "scope": f"openid {OWN_APPLICATIONS}",
}


def applications(server: Server) -> list[str]:
    async def listed(context: Any) -> list[str]:
        found = await context.store.read(lambda reader: reader.list_applications(None, "", 1000))
        return [each.client_id for each in found]

    return server.manage(listed)


@pytest.mark.spec("RFC 8252 §8.4")
def test_it_is_put_down_when_it_is_first_asked_for_and_publishes_under_no_name(
    server: Server, client: Made, person: Person
) -> None:
    agent = Agent(server)
    page = agent.open(authorize_url(server, client, STANDARD, **ASKED))
    page = agent.log_in(page, person.email, PASSWORD)
    assert "Satsuma command line" in page.text
    assert "See your applications" in page.text
    assert "published by" not in page.text
    assert applications(server).count(CLIENT_ID) == 1
    page = agent.send(page, decision="allow")
    assert page.url.startswith(LOOPBACK)
    assert "code" in page.query


def test_no_other_client_may_ask_for_the_platforms_scopes(
    server: Server, client: Made, person: Person
) -> None:
    for issuer in (STANDARD, FRENCH):
        url = authorize_url(server, client, issuer, scope=f"openid {OWN_APPLICATIONS}")
        page = Agent(server).open(url)
        assert page.query["error"] == errors.SCOPE_REFUSED.error


def test_no_api_gives_a_scope_of_the_platform(server: Server) -> None:
    async def make(context: Any) -> None:
        from satsuma.management.apis import create_api

        new = NewApi(
            "sly", 1, "Sly", "https://sly.example", (ScopeRule(OWN_APPLICATIONS, (), "/"),)
        )
        await create_api(context, new)

    with pytest.raises(NotPossible) as refused:
        server.manage(make)
    assert refused.value.slug == "scope-reserved"
