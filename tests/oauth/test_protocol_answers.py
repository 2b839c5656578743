"""Answers as their sections have them: refusals by form, nothing negotiated where there is one answer, preflights."""

import itertools

import pytest

from satsuma.domain.issuers import PRESETS
from tests.oauth.agent import Agent
from tests.oauth.flow import FRENCH, REDIRECT, STANDARD, authorize_url, new_client
from tests.wire.server import FORM, Made, Server

PATHS = [policy.path for policy in PRESETS.values()]
ACCEPTS = ("", "text/html", "application/json;q=0", "application/json")


@pytest.mark.spec("OIDC Form Post §2")
@pytest.mark.parametrize("issuer", [FRENCH, STANDARD], ids=["french", "standard"])
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"scope": "openid never:subscribed"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"prompt": "none"}, "login_required"),
    ],
)
def test_a_refusal_is_posted_where_an_answer_would_be(
    server: Server, client: Made, issuer: str, wrong: dict[str, str], error: str
) -> None:
    """Told at the entry on the API surface, or by the pages."""
    url = authorize_url(server, client, issuer, response_mode="form_post", **wrong)
    page = Agent(server).open(url)
    form = page.form()
    assert (page.status, form.action) == (200, REDIRECT)
    assert form.fields["error"] == error
    assert form.fields["state"] == "a state, with spaces & signs"
    assert form.fields["iss"] == server.api_url + issuer
    assert page.headers is not None
    policy = page.headers["Content-Security-Policy"]
    assert "form-action *;" in policy
    assert f"script-src {server.pages_url}" in policy or "script-src 'self'" in policy


@pytest.mark.spec("RFC 7009 §2.2")
@pytest.mark.parametrize(
    ("path", "endpoint", "accept"),
    list(itertools.product(PATHS, ("revoke", "introspect"), ACCEPTS)),
)
def test_nothing_is_negotiated_where_there_is_one_answer(
    server: Server, path: str, endpoint: str, accept: str
) -> None:
    made = server.new_application()
    fields = {"Authorization": made.authorization, "Content-Type": FORM}
    fields |= {"Accept": accept} if accept else {}
    reply = server.request("POST", f"{path}/{endpoint}", "token=unknown", fields)
    assert reply.status == 200, reply.body


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize("scope", ["openid", "openid poi:read", "email", "offline_access"])
def test_client_credentials_are_told_that_a_scope_is_a_persons(server: Server, scope: str) -> None:
    body = f"grant_type=client_credentials&scope={scope.replace(' ', '+')}"
    reply = server.token(server.new_application(), body=body, issuer=STANDARD)
    assert (reply.status, reply.json["error"]) == (400, "invalid_scope")
    assert reply.json["error_uri"].rpartition("/")[2] == "scope-of-a-person"


@pytest.mark.spec("Fetch Standard")
@pytest.mark.parametrize(
    "path",
    [f"{path}/jwks" for path in PATHS]
    + [f"{path}/.well-known/oauth-authorization-server" for path in PATHS],
)
def test_a_public_document_answers_a_preflight(server: Server, path: str) -> None:
    """Any page may read it, so any may ask."""
    fields = {
        "Origin": "https://anywhere.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-of-its-own",
    }
    reply = server.request("OPTIONS", path, headers=fields)
    assert reply.status == 204
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Access-Control-Allow-Headers"] == "*"
    assert "GET" in reply.headers["Access-Control-Allow-Methods"]
    assert server.request("OPTIONS", path).status == 405
    assert server.request("GET", path, headers={"Origin": "https://anywhere.example"}).status == 200


def test_a_page_that_posts_a_refusal_is_not_for_an_unregistered_address(server: Server) -> None:
    url = authorize_url(
        server,
        new_client(server),
        STANDARD,
        response_mode="form_post",
        redirect_uri="https://evil.example/",
    )
    page = Agent(server).open(url)
    assert page.status == 400
    assert "evil.example" not in page.text
