"""Keys at the wire: the token formats, a planned roll that refuses no token, and a roll for a leak."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwk, jws, jwt

from satsuma.domain.apis import Api
from satsuma.management import keys
from tests.servers import PostgreSQL
from tests.wire.server import Made, Server, running_server, wait_until


def introspected(server: Server, made: Made, token: str) -> bool:
    reply = server.form("/oauth/v3/introspect", made, f"token={token}")
    assert reply.status == 200, reply.body
    return bool(reply.json["active"])


def kid_of(token: str) -> str:
    body = token.removeprefix("sat_")[:-6]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))[1:5].hex()


def rotate(server: Server, alg: str, at_once: bool = False) -> keys.Roll:
    async def work(context: Any) -> keys.Roll:
        return await keys.rotate(context, alg, at_once)

    roll: keys.Roll = server.manage(work)
    return roll


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_planned_roll_under_load_refuses_no_token(tmp_path: Path, postgresql: PostgreSQL) -> None:
    config = "[issuers.orange-m2m]\ntoken_limit = 1000000\n"
    with (
        postgresql.new_database() as url,
        running_server(tmp_path, database=url, config=config, shared="127.0.0.1:7000") as first,
        running_server(tmp_path, database=url, config=config, shared="127.0.0.1:7000") as second,
    ):
        made = first.new_application()
        early = first.token(made).json["access_token"]
        roll = rotate(first, keys.SEAL)
        until = time.monotonic() + keys.ANNOUNCE_SEALING.total_seconds() + 3
        makers = set()
        while time.monotonic() < until:
            token = first.token(made).json["access_token"]
            makers.add(kid_of(token))
            assert introspected(second, made, token)
            assert introspected(second, made, early)
        assert makers == {roll.old[0].kid, roll.new.kid}
        assert kid_of(second.token(made).json["access_token"]) == roll.new.kid


def test_a_roll_for_a_leak_ends_the_old_keys_tokens_within_a_second(server: Server) -> None:
    made = server.new_application()
    token = server.token(made).json["access_token"]
    assert introspected(server, made, token)
    roll = rotate(server, keys.SEAL, at_once=True)
    assert "refused" in roll.dies
    wait_until(lambda: not introspected(server, made, token), 1)
    wait_until(lambda: introspected(server, made, server.token(made).json["access_token"]), 1)


def test_the_observed_es384_token_is_a_setting(tmp_path: Path) -> None:
    config = '[issuers.orange-m2m]\ntoken_format = "jwt"\n'
    with running_server(tmp_path, config=config) as server:
        made = server.new_application(name="Shop finder")
        token = server.token(made).json["access_token"]
        keyset = jwk.KeySet.import_key_set(server.request("GET", "/oauth/v3/jwks").json)
        registry = jws.JWSRegistry(algorithms=["ES384"], strict_check_header=False)
        decoded = jwt.decode(token, keyset, registry=registry)
        assert decoded.header["alg"] == "ES384"
        assert (decoded.header["typ"], decoded.header["ver"]) == ("JWT", "1.0")
        claims = decoded.claims
        assert claims["sub"] == claims["client_id"] == made.client_id
        assert (claims["app_name"], claims["app_id"]) == ("Shop finder", made.application_id)
        assert claims["iss"] == server.api_url + "/oauth/v3"
        assert claims["exp"] - claims["iat"] == 3600
        assert len(claims["jti"]) == 36
        assert "aud" not in claims
        assert "scope" not in claims
        assert introspected(server, made, token)
        assert server.form("/oauth/v3/revoke", made, f"token={token}").status == 200
        assert not introspected(server, made, token)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256"])
@pytest.mark.spec("RFC 9068 §2.2")
@pytest.mark.spec("RFC 9068 §2")
@pytest.mark.spec("RFC 7518 §3.1")
@pytest.mark.spec("RFC 8037 §3.1")
def test_a_jwt_verifies_by_the_published_keys(tmp_path: Path, alg: str) -> None:
    config = f'[issuers.standard]\ntoken_format = "jwt"\nsigning_alg = "{alg}"\n'
    with running_server(tmp_path, config=config) as server:
        server.new_api("weather")
        made = server.new_application("weather")
        reply = server.token(made, issuer="")
        assert reply.json["scope"] == "weather:read"
        keyset = jwk.KeySet.import_key_set(server.request("GET", "/jwks").json)
        decoded = jwt.decode(reply.json["access_token"], keyset, algorithms=[alg])
        assert decoded.header["typ"] == "at+jwt"
        assert decoded.claims["aud"] == server.api_url
        assert decoded.claims["scope"] == "weather:read"
        narrow = server.token(
            made,
            issuer="",
            body=f"grant_type=client_credentials&resource={server.api_url}/weather/v1",
        )
        claims = jwt.decode(narrow.json["access_token"], keyset, algorithms=[alg]).claims
        assert claims["aud"] == f"{server.api_url}/weather/v1"
        forged = forge(reply.json["access_token"])
        found = server.form("/introspect", made, f"token={forged}").json
        assert found == {"active": False}


def forge(token: str) -> str:
    """Change the client of a signed token and keep its signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["client_id"] = "A" * 32
    encoded = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{encoded}.{signature}"


@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.spec("RFC 8707 §2.2")
def test_a_resource_that_is_not_subscribed_is_invalid_target(server: Server) -> None:
    name = f"closed-{server.counter}"
    api: Api = server.new_api(name)[0]
    made = server.new_application()
    body = f"grant_type=client_credentials&resource={server.api_url}/{api.name}/v1"
    reply = server.token(made, issuer="", body=body)
    assert (reply.status, reply.json["error"]) == (400, "invalid_target")
