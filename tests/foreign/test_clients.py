"""Clients that nobody here wrote get tokens and use them: Authlib, requests-oauthlib, openid-client, curl."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from tests.oauth.agent import Agent
from tests.oauth.flow import FRENCH, PASSWORD, REDIRECT, VERIFIER, Person, new_client, new_person
from tests.wire.server import Made, Server

PEERS = Path(__file__).parents[2] / "bench" / "peers" / "oidc"
JSON = {"Accept": "application/json"}
PLAIN = "https://client.example/plain"  # openid-client takes the query off when it redeems


@pytest.fixture(autouse=True)
def over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries refuse plain http, also to loopback, unless told."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def client(server: Server) -> Made:
    return new_client(server, redirect_uris=(REDIRECT, PLAIN))


@pytest.fixture
def person(server: Server) -> Person:
    return new_person(server)


def allow(server: Server, person: Person, url: str) -> str:
    """Log in and allow, and give the address that the browser is sent back to."""
    agent = Agent(server)
    page = agent.log_in(agent.open(url), person.email, PASSWORD)
    if not page.left:
        page = agent.send(page, decision="allow")
    assert page.left, page.text[:2000]
    return page.url


def test_authlib_gets_a_machine_token(server: Server, client: Made) -> None:
    session = AuthlibSession(client.client_id, client.client_secret)
    token = session.fetch_token(
        f"{server.api_url}/oauth/v3/token", grant_type="client_credentials", headers=JSON
    )
    assert token["token_type"] == "Bearer"
    found = session.introspect_token(
        f"{server.api_url}/oauth/v3/introspect", token=token["access_token"], headers=JSON
    )
    assert found.json()["active"] is True


def test_requests_oauthlib_gets_a_machine_token(server: Server, client: Made) -> None:
    session = OAuth2Session(client=BackendApplicationClient(client.client_id))
    token = session.fetch_token(
        f"{server.api_url}/oauth/v3/token",
        client_id=client.client_id,
        client_secret=client.client_secret,
    )
    assert token["expires_in"] == 3600


def test_curl_of_the_guide_gets_a_machine_token(server: Server, client: Made) -> None:
    command = ["curl", "-s", "-X", "POST", "-H", f"Authorization: {client.authorization}"]
    command += ["-H", "Accept: application/json", "-d", "grant_type=client_credentials"]
    done = subprocess.run(
        [*command, f"{server.api_url}/oauth/v3/token"], capture_output=True, check=True, timeout=30
    )
    assert json.loads(done.stdout)["token_type"] == "Bearer"


@pytest.mark.parametrize("issuer", [FRENCH, ""], ids=["french", "standard"])
def test_authlib_completes_the_users_flow(
    server: Server, client: Made, person: Person, issuer: str
) -> None:
    base = server.api_url + issuer
    session = AuthlibSession(
        client.client_id,
        client.client_secret,
        scope="openid email offline_access",
        redirect_uri=REDIRECT,
        code_challenge_method="S256",
        token_endpoint=f"{base}/token",
    )
    url, state = session.create_authorization_url(f"{base}/authorize", code_verifier=VERIFIER)
    token = session.fetch_token(
        f"{base}/token",
        authorization_response=allow(server, person, url),
        state=state,
        code_verifier=VERIFIER,
    )
    assert session.get(f"{base}/userinfo").json()["email"] == person.email
    refreshed = session.refresh_token(f"{base}/token", refresh_token=token["refresh_token"])
    assert refreshed["access_token"] != token["access_token"]
    assert session.get(f"{base}/userinfo").status_code == 200


def test_requests_oauthlib_completes_the_guides_flow(
    server: Server, client: Made, person: Person
) -> None:
    base = server.api_url + FRENCH
    session = OAuth2Session(client.client_id, redirect_uri=REDIRECT, scope=["openid"])
    url, _ = session.authorization_url(f"{base}/authorize")
    token = session.fetch_token(
        f"{base}/token",
        authorization_response=allow(server, person, url),
        client_secret=client.client_secret,
    )
    assert session.get(f"{base}/userinfo").json()["sub"]
    extra = {"client_id": client.client_id, "client_secret": client.client_secret}
    refreshed = session.refresh_token(
        f"{base}/token", refresh_token=token["refresh_token"], **extra
    )
    assert refreshed["access_token"] != token["access_token"]


def openid_client(issuer: str, made: Made, step: str, given: Any = None, alg: str = "RS256") -> Any:
    command = [
        PEERS / "node_modules" / ".bin" / "node",
        Path(__file__).with_name("openid_client.mjs"),
    ]
    done = subprocess.run(
        [*command, issuer, made.client_id, made.client_secret, PLAIN, step, alg],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PEERS": str(PEERS)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_openid_client_gets_a_machine_token(server: Server, client: Made) -> None:
    found = openid_client(server.api_url, client, "machine")
    assert found["tokens"]["token_type"].lower() == "bearer"
    assert found["seen"]["active"] is True
    assert found["gone"] == {"active": False}


@pytest.mark.parametrize("issuer", [FRENCH, ""], ids=["french", "standard"])
def test_openid_client_completes_the_users_flow(
    server: Server, client: Made, person: Person, issuer: str
) -> None:
    base = server.api_url + issuer
    kept = openid_client(base, client, "start")
    kept["answer"] = allow(server, person, kept["url"])
    found = openid_client(base, client, "finish", kept)
    assert found["claims"]["iss"] == base
    assert found["info"]["email"] == person.email
    assert found["refreshed"]["access_token"]


@pytest.mark.parametrize("issuer", [FRENCH, ""], ids=["french", "standard"])
@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
@pytest.mark.spec("OIDC Registration §2")
def test_openid_client_verifies_id_tokens_of_the_algorithm_that_it_registered(
    server: Server, person: Person, issuer: str, alg: str
) -> None:
    made = new_client(server, redirect_uris=(PLAIN,), id_token_signed_response_alg=alg)
    base = server.api_url + issuer
    kept = openid_client(base, made, "start", alg=alg)
    kept["answer"] = allow(server, person, kept["url"])
    found = openid_client(base, made, "finish", kept, alg)
    assert found["claims"]["aud"] == made.client_id
    for token in (found["id_token"], found["refreshed"]["id_token"]):
        header = token.partition(".")[0]
        assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == alg
