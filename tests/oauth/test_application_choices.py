"""What an application chose for itself: default scopes, PKCE or a nonce, its access tokens, its logout addresses."""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jwt

from satsuma.domain.apis import ScopeRule
from satsuma.keys import jwt as ours
from satsuma.management.application_changes import change_application
from satsuma.management.edits import Edit
from satsuma.management.subscriptions import set_subscription
from tests.oauth.causes import ROWS
from tests.oauth.flow import (
    FRENCH,
    REDIRECT,
    STANDARD,
    VERIFIER,
    Person,
    authorize_url,
    get_code,
    is_active,
    new_client,
    redeem,
    refresh,
    tokens,
)
from tests.oauth.test_person_causes import check_answer, check_page
from tests.oauth.test_userinfo import logout_url
from tests.servers.upstream import listening
from tests.store.test_opening import run_on
from tests.wire.server import Made, Server, running_server, wait_until

# RFC 9864 renamed EdDSA; the name is what applications register.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

M2M = "/oauth/v3"
BYE = "https://client.example/bye"
BARE: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with (
        listening(OK) as upstream,
        running_server(tmp_path_factory.mktemp("choices")) as running,
    ):
        issuers = ("standard", "orange-m2m", "orange-u2m")
        rules = (ScopeRule("poi:read", ("GET",)), ScopeRule("poi:write", ("POST",)))
        running.new_api("poi", upstream, scopes=rules, issuers=issuers)
        yield running


def answer_of(server: Server, made: Made, issuer: str, **more: str | None) -> str:
    """Where an authorization request leads: to the pages, or back to the application."""
    url = authorize_url(server, made, issuer, **more)
    reply = server.request("GET", url.removeprefix(server.api_url))
    assert reply.status in (302, 303)
    return str(reply.headers["Location"])


def machine_token(server: Server, made: Made, issuer: str, scope: str = "") -> dict[str, Any]:
    reply = server.form(f"{issuer}/token", made, f"grant_type=client_credentials{scope}")
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    return found


# Default scopes


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize("issuer", [STANDARD, FRENCH])
def test_a_login_without_a_scope_asks_for_the_default(
    server: Server, person: Person, issuer: str
) -> None:
    made = new_client(server, apis=("poi",), default_scopes=("openid", "poi:read"))
    body = tokens(server, made, person, issuer, scope=None)
    assert body["scope"] == "openid poi:read"
    assert "id_token" in body
    asked = tokens(server, made, person, issuer, scope="openid")
    assert asked["scope"] == "openid"


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize("issuer", [STANDARD, M2M])
def test_client_credentials_without_a_scope_get_the_part_that_is_a_machines(
    server: Server, issuer: str
) -> None:
    made = server.new_application("poi", default_scopes=("openid", "poi:read"))
    body = machine_token(server, made, issuer)
    assert body["scope"] == "poi:read"
    assert server.call("/poi/v1/a", body["access_token"]).status == 200
    posted = {"Authorization": f"Bearer {body['access_token']}", "Content-Length": "0"}
    assert server.request("POST", "/poi/v1/a", None, posted).status == 403
    other = machine_token(server, made, issuer, "&scope=poi:write")
    posted["Authorization"] = f"Bearer {other['access_token']}"
    assert server.request("POST", "/poi/v1/a", None, posted).status == 200


def test_without_a_default_each_issuer_answers_as_before(server: Server) -> None:
    made = new_client(server, apis=("poi",))
    assert machine_token(server, made, STANDARD)["scope"] == "poi:read poi:write"
    assert "scope" not in machine_token(server, made, M2M)
    for issuer in (STANDARD, FRENCH):
        told = answer_of(server, made, issuer, scope=None)
        check_answer(told, "scope-missing-in-request")


@pytest.mark.spec("RFC 6749 §3.3")
def test_a_default_that_cannot_be_had_here_is_refused(server: Server) -> None:
    """A machine has nobody's profile; French logins need openid; a subscription may have gone since."""
    made = new_client(server, default_scopes=("profile",))
    reply = server.form("/token", made, "grant_type=client_credentials")
    assert reply.status == 400
    assert reply.json["error_description"] == ROWS["scope-default-empty"].says
    check_answer(answer_of(server, made, FRENCH, scope=None), "openid-missing")
    left = new_client(server, apis=("poi",), default_scopes=("poi:read",))
    server.manage(lambda context: set_subscription(context, left.client_id, "poi", "revoked"))
    wrong = answer_of(server, left, STANDARD, scope=None)
    check_answer(wrong, "authorize-scope-default-empty")


# PKCE, or a nonce


@pytest.mark.spec("RFC 9700 §2.1.1")
@pytest.mark.spec("RFC 9700 §4.5.3.2")
@pytest.mark.spec("RFC 7636 §4.4.1")
def test_a_nonce_stands_for_pkce_where_a_confidential_application_chose_it(
    server: Server, person: Person
) -> None:
    made = new_client(server, pkce="or-nonce")
    for more in ({}, {"nonce": ""}, {"nonce": "n-1", "scope": "profile"}):
        told = answer_of(server, made, STANDARD, **BARE, **more)
        check_answer(told, "pkce-or-nonce-missing")
    code, _ = get_code(server, made, person, STANDARD, nonce="n-1", **BARE)
    downgraded = redeem(server, made, code, STANDARD)
    assert downgraded.json["error_description"] == ROWS["pkce-mismatch"].says
    body = redeem(server, made, code, STANDARD, code_verifier=None)
    assert body.status == 200
    (_, claims, _, _) = ours.split(body.json["id_token"].encode()) or ({}, {}, b"", b"")
    assert claims["nonce"] == "n-1"


@pytest.mark.spec("OIDC Core §3.1.2.1")
def test_one_confidential_application_may_be_let_off_and_no_other(
    server: Server, person: Person
) -> None:
    made, other = new_client(server, pkce="optional"), new_client(server)
    code, _ = get_code(server, made, person, STANDARD, **BARE)
    assert redeem(server, made, code, STANDARD, code_verifier=None).status == 200
    check_answer(answer_of(server, other, STANDARD, **BARE), "pkce-missing")


@pytest.mark.parametrize("pkce", ["or-nonce", "optional"])
@pytest.mark.spec("RFC 9700 §2.1.1")
@pytest.mark.spec("RFC 9700 §4.8.2")
def test_a_challenge_that_was_sent_is_demanded_whatever_was_chosen(
    server: Server, person: Person, pkce: str
) -> None:
    made = new_client(server, pkce=pkce)
    code, _ = get_code(server, made, person, STANDARD, nonce="n-1")
    for wrong in (None, VERIFIER[::-1]):
        reply = redeem(server, made, code, STANDARD, code_verifier=wrong)
        assert reply.json["error_description"] == ROWS["pkce-mismatch"].says
    assert redeem(server, made, code, STANDARD).status == 200


@pytest.mark.spec("RFC 9700 §2.1.1")
def test_pkce_may_be_demanded_where_the_issuer_does_not(server: Server, person: Person) -> None:
    strict, plain = new_client(server, pkce="required"), new_client(server)
    check_answer(answer_of(server, strict, FRENCH, nonce="n-1"), "pkce-missing")
    assert "interaction" in answer_of(server, plain, FRENCH)


@pytest.mark.spec("RFC 9700 §2.1.1")
@pytest.mark.parametrize("pkce", ["or-nonce", "optional"])
def test_a_public_client_uses_pkce_whatever_is_stored(server: Server, pkce: str) -> None:
    """Only somebody who writes to the database can have stored it; the doctor says so."""
    made = new_client(server, public=True)
    run_on(
        server.database,
        f"UPDATE application SET pkce = '{pkce}' WHERE client_id = '{made.client_id}'",
    )
    for issuer in (STANDARD, FRENCH):
        check_answer(answer_of(server, made, issuer, nonce="n-1", **BARE), "pkce-missing")


# Access tokens


def verified(server: Server, token: str, alg: str, issuer: str) -> jwt.Token:
    """Verify by the published keys, with a library that we did not write."""
    found = server.request("GET", "/jwks").json
    decoded = jwt.decode(token, jwk.KeySet.import_key_set(found), algorithms=[alg])
    assert decoded.header["typ"] == "at+jwt"
    assert decoded.claims["iss"] == server.api_url + issuer
    assert decoded.claims["aud"] == server.api_url
    return decoded


@pytest.mark.spec("RFC 9068 §2.1")
@pytest.mark.spec("RFC 9068 §2.2")
@pytest.mark.parametrize("issuer", [STANDARD, M2M])
@pytest.mark.parametrize("alg", ["issuer", "RS256", "ES256", "EdDSA"])
def test_an_application_gets_jwts_where_it_chose_them(
    server: Server, alg: str, issuer: str
) -> None:
    made = server.new_application("poi", access_token_format="jwt", access_token_signing_alg=alg)
    token = machine_token(server, made, issuer)["access_token"]
    decoded = verified(server, token, "RS256" if alg == "issuer" else alg, issuer)
    assert decoded.claims["client_id"] == decoded.claims["sub"] == made.client_id
    assert decoded.claims.get("scope") == ("poi:read poi:write" if issuer == STANDARD else None)
    assert server.call("/poi/v1/a", token).status == 200
    assert is_active(server, made, token, issuer)
    assert server.form(f"{issuer}/revoke", made, f"token={token}").status == 200
    assert not is_active(server, made, token, issuer)
    assert server.call("/poi/v1/a", token).status == 401


@pytest.mark.spec("RFC 9068 §2.2")
@pytest.mark.parametrize("issuer", [STANDARD, FRENCH])
def test_a_persons_tokens_are_jwts_too_and_userinfo_takes_them(
    server: Server, person: Person, issuer: str
) -> None:
    made = new_client(server, apis=("poi",), access_token_format="jwt")
    body = tokens(server, made, person, issuer, scope="openid email poi:read offline_access")
    token = body["access_token"]
    claims = verified(server, token, "RS256", issuer).claims
    asked = {"Authorization": f"Bearer {token}"}
    told = server.request("GET", f"{issuer}/userinfo", headers=asked)
    assert (told.json["sub"], told.json["email"]) == (claims["sub"], person.email)
    assert server.call("/poi/v1/a", token).status == 200
    renewed = refresh(server, made, body["refresh_token"], issuer).json["access_token"]
    assert verified(server, renewed, "RS256", issuer).claims["sub"] == claims["sub"]


def test_tokens_of_both_forms_work_after_a_change(server: Server) -> None:
    made = server.new_application("poi")
    before = machine_token(server, made, STANDARD)["access_token"]
    assert before.startswith("sat_")
    change(server, made, access_token_format=Edit("jwt"))
    made_now = partial(machine_token, server, made, STANDARD)
    wait_until(lambda: not made_now()["access_token"].startswith("sat_"), 1)
    after = made_now()["access_token"]
    verified(server, after, "RS256", STANDARD)
    assert [server.call("/poi/v1/a", each).status for each in (before, after)] == [200, 200]


def test_an_application_stays_opaque_where_its_issuer_makes_jwts(tmp_path: Path) -> None:
    config = '[issuers.standard]\ntoken_format = "jwt"\n'
    with running_server(tmp_path, config=config) as running:
        running.new_api("poi", issuers=("standard",))
        opaque = running.new_application("poi", access_token_format="opaque")
        token = machine_token(running, opaque, STANDARD)["access_token"]
        assert token.startswith("sat_")
        assert is_active(running, opaque, token)
        chosen = running.new_application("poi", access_token_signing_alg="ES256")
        verified(
            running, machine_token(running, chosen, STANDARD)["access_token"], "ES256", STANDARD
        )


# Logout addresses


@pytest.mark.spec("OIDC RP-Initiated Logout §3.1")
def test_an_application_with_logout_addresses_is_left_for_them_alone(
    server: Server, person: Person
) -> None:
    made = new_client(server)
    code, agent = get_code(server, made, person)
    hint = redeem(server, made, code).json["id_token"]
    asked = logout_url(server, id_token_hint=hint, post_logout_redirect_uri=BYE)
    check_page(get(server, asked), "logout-uri-unregistered")
    change(server, made, post_logout_redirect_uris=Edit(add=(BYE,)))
    instead = logout_url(server, id_token_hint=hint, post_logout_redirect_uri=REDIRECT)
    wait_until(lambda: get(server, instead).status != 303, 1)
    check_page(get(server, instead), "logout-uri-unregistered")
    assert agent.open(asked).url == BYE


# A token of another kind, such as an access token, whose audience is no application.
OF_NOBODY = ".".join(
    base64.urlsafe_b64encode(part).decode().rstrip("=")
    for part in (b'{"alg":"EdDSA","typ":"at+jwt"}', b'{"aud":"https://a.example/echo/v1"}', b"x")
)


@pytest.mark.spec("OIDC RP-Initiated Logout §2")
@pytest.mark.parametrize(
    ("slug", "more"),
    [
        ("logout-client-missing", {}),
        ("authorize-client-unknown", {"client_id": "A" * 32}),
        ("id-token-hint-invalid", {"id_token_hint": OF_NOBODY}),
        ("authorize-client-unknown", {"id_token_hint": OF_NOBODY, "client_id": "A" * 32}),
    ],
)
def test_a_logout_address_of_nobody_is_told_on_a_page(
    server: Server, slug: str, more: dict[str, str]
) -> None:
    url = logout_url(server, post_logout_redirect_uri=REDIRECT, **more)
    check_page(get(server, url), slug)


# An acr that is demanded


@pytest.mark.spec("OIDC Core §5.5.1.1")
@pytest.mark.parametrize(
    ("how", "met"),
    [
        ({"essential": True, "value": "2"}, False),
        ({"essential": True, "values": ["2", "3"]}, False),
        ({"essential": True, "values": ["2", "1"]}, True),
        ({"essential": True, "value": "1"}, True),
        ({"essential": True}, True),
        ({"values": ["2"]}, True),
        ({"essential": False, "value": "2"}, True),
    ],
)
def test_an_essential_acr_that_no_login_has_is_a_login_that_fails(
    server: Server, client: Made, how: dict[str, Any], met: bool
) -> None:
    for issuer in (STANDARD, FRENCH):
        claims = json.dumps({"id_token": {"acr": how}})
        told = answer_of(server, client, issuer, claims=claims)
        if met:
            assert "/interaction?" in told
        else:
            check_answer(told, "acr-unmet")


def change(server: Server, made: Made, **edits: Edit) -> None:
    server.manage(lambda context: change_application(context, made.client_id, edits))


def get(server: Server, url: str) -> Any:
    parts = urllib.parse.urlsplit(url)
    return server.request("GET", f"{parts.path}?{parts.query}")
