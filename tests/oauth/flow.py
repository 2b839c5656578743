"""The steps of the user-to-machine guide, as an application and its user take them."""

import base64
import contextlib
import hashlib
import json
import secrets
import urllib.parse
from dataclasses import dataclass
from typing import Any

from satsuma.accounts.passwords import hash_password
from satsuma.management.accounts import create_account
from satsuma_client.protocol.secret import Secret
from tests.oauth.agent import Agent, Page
from tests.wire.server import FORM, Made, Reply, Server

FRENCH = "/openidconnect/fr/v1"
STANDARD = ""
PASSWORD = "correct horse battery staple"
REDIRECT = "https://client.example/callback?keep=1"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


@dataclass
class Person:
    email: str
    account_id: str


def new_person(server: Server, name: str | None = None) -> Person:
    email = f"{name or secrets.token_hex(6)}@people.example"

    async def make(context: Any) -> Any:
        return await create_account(context, email, "user", hash_password(Secret(PASSWORD)))

    account = server.manage(make)
    return Person(email, account.account_id)


def new_client(server: Server, **options: Any) -> Made:
    options.setdefault("redirect_uris", (REDIRECT,))
    apis = options.pop("apis", ())
    return server.new_application(*apis, **options)


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorize_url(server: Server, made: Made, issuer: str = FRENCH, **more: str | None) -> str:
    """Give the guide's URL; a parameter given as None is left out. On `standard`, with PKCE."""
    parameters: dict[str, str | None] = {
        "response_type": "code",
        "client_id": made.client_id,
        "scope": "openid",
        "redirect_uri": REDIRECT,
        "state": "a state, with spaces & signs",
    }
    if issuer == STANDARD:
        parameters |= {"code_challenge": challenge(), "code_challenge_method": "S256"}
    parameters |= more
    sent = {name: value for name, value in parameters.items() if value is not None}
    return f"{server.api_url}{issuer}/authorize?{urllib.parse.urlencode(sent)}"


def get_code(
    server: Server, made: Made, person: Person, issuer: str = FRENCH, **more: str | None
) -> tuple[str, Agent]:
    """Log in and allow; give the code and the browser."""
    agent = Agent(server)
    page = agent.open(authorize_url(server, made, issuer, **more))
    page = agent.log_in(page, person.email, PASSWORD)
    if not page.left:
        page = agent.send(page, decision="allow")
    assert page.left, page.text[:3000]
    assert "code" in page.query, page.url
    return page.query["code"], agent


def again(agent: Agent, made: Made, issuer: str = FRENCH, **more: str | None) -> Page:
    """Ask for a code again in a browser that is logged in."""
    return agent.open(authorize_url(agent.server, made, issuer, **more))


def post_token(
    server: Server, made: Made, issuer: str, fields: dict[str, str | None], **headers: str
) -> Reply:
    body = urllib.parse.urlencode({k: v for k, v in fields.items() if v is not None})
    sent = {"Content-Type": FORM}
    if made.authorization:
        sent["Authorization"] = made.authorization
    sent.update({k.replace("_", "-"): v for k, v in headers.items()})
    return server.request("POST", f"{issuer}/token", body, sent)


def redeem(
    server: Server, made: Made, code: str, issuer: str = FRENCH, /, **more: str | None
) -> Reply:
    fields: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
    }
    if issuer == STANDARD:
        fields["code_verifier"] = VERIFIER
    if not made.authorization:
        fields["client_id"] = made.client_id
    return post_token(server, made, issuer, fields | more)


def refresh(
    server: Server, made: Made, token: str, issuer: str = FRENCH, /, **more: str | None
) -> Reply:
    fields: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token}
    if not made.authorization:
        fields["client_id"] = made.client_id
    return post_token(server, made, issuer, fields | more)


def tokens(
    server: Server, made: Made, person: Person, issuer: str = FRENCH, **more: str | None
) -> dict[str, Any]:
    code, _ = get_code(server, made, person, issuer, **more)
    reply = redeem(server, made, code, issuer)
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    return found


def is_active(server: Server, made: Made, token: str, issuer: str = STANDARD) -> bool:
    return bool(server.form(f"{issuer}/introspect", made, f"token={token}").json["active"])


def claims_of(token: str) -> dict[str, Any]:
    """Read the claims of a JWT without checking it."""
    body = token.split(".")[1]
    with contextlib.suppress(ValueError):
        found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return found
    raise AssertionError(token)
