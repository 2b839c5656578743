"""ID tokens in the algorithm that their application chose: signed, hashed, refreshed, sent back as a hint, rolled."""

import base64
import hashlib
import json
import urllib.parse
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jws, jwt

from satsuma.app.platform import key_algorithms
from satsuma.domain.applications import CHANGEABLE
from satsuma.domain.issuers import ORANGE_M2M, ORANGE_U2M
from satsuma.domain.issuers import STANDARD as STANDARD_POLICY
from satsuma.management import keys
from satsuma.management.applications import create_application
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.oauth.id_token import at_hash
from tests.oauth.agent import Agent
from tests.oauth.flow import (
    FRENCH,
    REDIRECT,
    STANDARD,
    Person,
    again,
    claims_of,
    get_code,
    new_client,
    new_person,
    redeem,
    refresh,
)
from tests.oauth.test_userinfo import logout_url
from tests.store.test_opening import run_on
from tests.wire.server import OWNER, Made, Server, running_server, wait_until

# RFC 9864 renamed EdDSA; the name is what applications register.
pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

ISSUERS = [pytest.param(FRENCH, id="french"), pytest.param(STANDARD, id="standard")]
ALGORITHMS = ("RS256", "ES256", "EdDSA")
HASHES = {"RS256": hashlib.sha256, "ES256": hashlib.sha256, "EdDSA": hashlib.sha512}


def client_of(server: Server, alg: str, **options: Any) -> Made:
    return new_client(server, id_token_signed_response_alg=alg, **options)


def verified(server: Server, token: str, alg: str, issuer: str = FRENCH) -> jwt.Token:
    """Verify by the key set that discovery names, with a library that we did not write."""
    discovery = server.request("GET", f"{issuer}/.well-known/openid-configuration").json
    assert alg in discovery["id_token_signing_alg_values_supported"]
    found = server.request("GET", discovery["jwks_uri"].removeprefix(server.api_url)).json
    decoded = jwt.decode(token, jwk.KeySet.import_key_set(found), algorithms=[alg])
    assert (decoded.header["alg"], decoded.claims["iss"]) == (alg, discovery["issuer"])
    return decoded


def half_hash(access_token: str, alg: str) -> str:
    digest = HASHES[alg](access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@pytest.mark.parametrize("issuer", ISSUERS)
@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("OIDC Registration §2")
@pytest.mark.spec("OIDC Core §3.1.3.6")
@pytest.mark.spec("OIDC Core §3.1.3.7")
def test_id_tokens_are_signed_as_their_application_chose(
    server: Server, person: Person, alg: str, issuer: str
) -> None:
    made = client_of(server, alg)
    code, _ = get_code(server, made, person, issuer, scope="openid offline_access", nonce="n-1")
    body = redeem(server, made, code, issuer).json
    first = verified(server, body["id_token"], alg, issuer).claims
    assert (first["aud"], first["nonce"]) == (made.client_id, "n-1")
    assert first["at_hash"] == half_hash(body["access_token"], alg)
    for _ in range(2):
        renewed = refresh(server, made, body["refresh_token"], issuer).json
        later = verified(server, renewed["id_token"], alg, issuer).claims
        assert later["at_hash"] == half_hash(renewed["access_token"], alg)
        assert (later["sub"], later["sid"]) == (first["sub"], first["sid"])
        body |= renewed


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("OIDC Registration §2")
def test_a_public_application_chooses_too(server: Server, person: Person, alg: str) -> None:
    made = client_of(server, alg, public=True)
    code, _ = get_code(server, made, person, STANDARD)
    verified(server, redeem(server, made, code, STANDARD).json["id_token"], alg, STANDARD)


@pytest.mark.spec("OIDC Registration §2")
def test_who_chooses_nothing_has_rs256(server: Server, person: Person) -> None:
    made = new_client(server)
    code, _ = get_code(server, made, person)
    verified(server, redeem(server, made, code).json["id_token"], "RS256")


@pytest.mark.parametrize("alg", ["", "none", "HS256", "ES384", "es256", "Ed25519"])
def test_no_other_algorithm_can_be_chosen(server: Server, alg: str) -> None:
    async def make(context: ManagementContext) -> Any:
        return await create_application(context, "Other", OWNER, id_token_signed_response_alg=alg)

    with pytest.raises(NotPossible, match="not one of RS256, ES256, EdDSA") as refused:
        server.manage(make)
    assert refused.value.slug == "id-token-alg-unknown"


@pytest.mark.parametrize(
    ("alg", "expected"),
    [
        ("RS256", "77QmUPtjPfzWtF2AnpK9RQ"),  # OIDC Core App. A.3
        ("ES256", "77QmUPtjPfzWtF2AnpK9RQ"),
        ("EdDSA", "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM"),  # what oidc-provider 9.13 says
    ],
)
@pytest.mark.spec("OIDC Core §3.1.3.6")
def test_at_hash_is_half_of_the_algorithms_hash(alg: str, expected: str) -> None:
    assert at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", alg) == expected


def id_token(server: Server, made: Made, person: Person) -> tuple[str, Agent]:
    code, agent = get_code(server, made, person)
    return redeem(server, made, code).json["id_token"], agent


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("OIDC Core §3.1.2.2")
def test_an_id_token_is_a_hint_at_the_authorization_endpoint(
    server: Server, person: Person, alg: str
) -> None:
    made = client_of(server, alg)
    hint, agent = id_token(server, made, person)
    assert "code" in again(agent, made, id_token_hint=hint, prompt="none").query
    other, _ = id_token(server, made, new_person(server))
    page = again(agent, made, id_token_hint=other, prompt="none")
    assert page.query["error"] == "login_required"


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("OIDC RP-Initiated Logout §4")
def test_an_id_token_is_a_hint_at_the_end_of_the_session(
    server: Server, person: Person, alg: str
) -> None:
    made = client_of(server, alg)
    hint, agent = id_token(server, made, person)
    page = agent.open(logout_url(server, id_token_hint=hint, post_logout_redirect_uri=REDIRECT))
    assert page.left
    assert page.url.startswith(REDIRECT)
    assert "/login" in again(agent, made).url


def kid_of(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])


def forged(token: str, sub: str) -> str:
    """Name another person, and keep head and signature."""
    head, _, signature = token.split(".")
    claims = json.dumps(claims_of(token) | {"sub": sub}).encode()
    return f"{head}.{base64.urlsafe_b64encode(claims).rstrip(b'=').decode()}.{signature}"


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("RFC 8725 §3.1")
def test_a_hint_that_we_did_not_sign_is_none(server: Server, person: Person, alg: str) -> None:
    made = client_of(server, alg)
    hint, agent = id_token(server, made, person)
    other, _ = id_token(server, made, new_person(server))
    wrong = forged(other, claims_of(hint)["sub"])
    assert_asks(server, agent, made, wrong)
    page = again(agent, made, id_token_hint=wrong, prompt="none")
    assert page.query["error"] == "login_required"


def assert_asks(server: Server, agent: Agent, made: Made, hint: str) -> None:
    """A hint that proves nothing ends no session: the person is asked."""
    page = agent.open(logout_url(server, id_token_hint=hint))
    assert (page.status, urllib.parse.urlsplit(page.url).path) == (200, "/end-session")
    assert "code" in again(agent, made, prompt="none").query


def published(server: Server) -> set[str]:
    return {each["kid"] for each in server.request("GET", f"{FRENCH}/jwks").json["keys"]}


def rotate(server: Server, alg: str, at_once: bool = False) -> keys.Roll:
    async def work(context: ManagementContext) -> keys.Roll:
        return await keys.rotate(context, alg, at_once)

    roll: keys.Roll = server.manage(work)
    wait_until(lambda: roll.new.kid in published(server), 2)
    return roll


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_a_planned_roll_ends_no_id_token_and_a_leak_ends_all(
    server: Server, person: Person, alg: str
) -> None:
    made = client_of(server, alg)
    first, _ = id_token(server, made, person)
    planned = rotate(server, alg)
    second, agent = id_token(server, made, person)
    assert kid_of(first) == kid_of(second) == planned.old[0].kid
    for token in (first, second):
        verified(server, token, alg)
    assert "code" in again(agent, made, id_token_hint=first, prompt="none").query

    leak = rotate(server, alg, at_once=True)
    wait_until(lambda: kid_of(first) not in published(server), 2)
    third, agent = id_token(server, made, person)
    verified(server, third, alg)
    assert kid_of(third) == leak.new.kid
    assert_asks(server, agent, made, second)
    assert agent.open(logout_url(server, id_token_hint=third)).status == 200


BEFORE = (
    "ALTER TABLE application DROP COLUMN id_token_signed_response_alg",
    *(
        f"ALTER TABLE application DROP COLUMN {name}"
        for name in CHANGEABLE[CHANGEABLE.index("description") :]
    ),
    "ALTER TABLE api DROP COLUMN access",
    "ALTER TABLE api DROP COLUMN description",
    "ALTER TABLE api DROP COLUMN sandbox",
    "DROP TABLE invitation",
    "DROP INDEX membership_of_account",
    "ALTER TABLE membership DROP COLUMN joined_at",
    "ALTER TABLE space DROP COLUMN name",
    "DROP TABLE api_document",
    "ALTER TABLE api DROP COLUMN openapi",
    "DROP INDEX account_sandbox",
    "DROP TABLE usage_count",
    "DROP INDEX request_log_by_client",
    "DELETE FROM key WHERE alg = 'ES256'",
    "DELETE FROM meta WHERE name = 'first-key:ES256'",
    "ALTER TABLE link DROP COLUMN sid",
    "ALTER TABLE user_grant DROP COLUMN predecessor",
    "DROP INDEX subscription_waiting",
    "DROP INDEX link_by_held_address",
    "ALTER TABLE subscription DROP COLUMN plan_id",
    "ALTER TABLE subscription DROP COLUMN reason",
    "DROP TABLE plan",
    "DROP TABLE usage",
    "UPDATE alembic_version SET version_num = '0003'",
)
"""What takes a database back to when only RS256 and EdDSA were there: without the columns and the keys since."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_of_the_release_before_signs_es256_from_the_first_start(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    postgresql = kind == "postgresql"
    url = request.getfixturevalue("postgres_database") if postgresql else None
    with running_server(tmp_path, database=url) as server:
        person, old = new_person(server), new_client(server)
        early, _ = id_token(server, old, person)
    run_on(server.database, *BEFORE)
    with running_server(tmp_path, database=url, port=server.port) as server:
        server.counter = 1
        late, agent = id_token(server, old, person)
        assert kid_of(early) == kid_of(late)
        assert "code" in again(agent, old, id_token_hint=early, prompt="none").query
        for alg in ("ES256", "EdDSA"):
            verified(server, id_token(server, client_of(server, alg), person)[0], alg)


def test_there_is_a_key_for_whatever_an_application_may_choose() -> None:
    for policy in (ORANGE_M2M, ORANGE_U2M, STANDARD_POLICY):
        assert set(key_algorithms((policy,))) == {keys.SEAL, *ALGORITHMS}
    signs = replace(ORANGE_M2M, token_format="jwt")
    assert set(key_algorithms((signs,))) == {keys.SEAL, *ALGORITHMS, "ES384"}
