"""A client that proves itself by its key: what it says, to whom, and that it says it once."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from satsuma_client import ClientCredentials, MemoryCache, PrivateKeyJwt
from satsuma_client.http.errors import InvalidClient
from satsuma_client.jose.issuer_keys import keys_of
from satsuma_client.jose.signed import is_key_for, verify
from tests.client.token_server import TokenServer, refusal

ISSUER = "https://server.example"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-384", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
TOKEN = (200, {}, b'{"access_token":"a","token_type":"Bearer","expires_in":60}')


class Of:
    def __init__(self, key: Any) -> None:
        self.keys = keys_of(json.dumps({"keys": [key.as_dict(private=False)]}).encode())

    def find(self, kid: str | None, alg: str) -> list[Any]:
        return [key for members, key in self.keys if is_key_for(members, alg)]


@pytest.mark.spec("RFC 7523 §2.2", "RFC 7523 §3", "OIDC Core §9")
@pytest.mark.parametrize(("key", "alg"), [(RSA, "PS256"), (EC, "ES384"), (ED, "Ed25519")])
@pytest.mark.parametrize("form", ["pem", "jwk", "file"])
def test_what_is_said(server: TokenServer, tmp_path: Path, key: Any, alg: str, form: str) -> None:
    pem = key.as_pem(private=True)
    (tmp_path / "key.pem").write_bytes(pem)
    given = {"pem": pem, "jwk": json.dumps(key.as_dict(private=True)), "file": tmp_path / "key.pem"}
    client = PrivateKeyJwt("client", given[form], ISSUER, kid=key.kid)
    auth = ClientCredentials(server.token_url, "client", client=client, cache=MemoryCache())
    server.scripted += [TOKEN] * 2
    auth.token()
    auth.drop(auth.held())
    auth.token()
    said = [verify(each["client_assertion"], Of(key), [alg]) for each in server.requests]
    claims = said[0].claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("client", "client", ISSUER)
    assert claims["exp"] - claims["iat"] == 60
    assert said[0].header["kid"] == key.kid
    assert said[0].claims["jti"] != said[1].claims["jti"]
    assert server.requests[0]["client_id"] == "client"
    assert server.requests[0]["authorization"] == ""


def test_what_is_no_private_key_is_said() -> None:
    secret = OctKey.generate_key(256)
    for given in (
        RSA.as_pem(private=False),
        json.dumps(EC.as_dict(private=False)),
        json.dumps(secret.as_dict(private=True)),
        "-----BEGIN PRIVATE KEY-----",
        "{}",
        "",
    ):
        with pytest.raises(ValueError, match="private"):
            PrivateKeyJwt("client", given, ISSUER)


def test_a_refused_key_is_remembered_and_not_shown(server: TokenServer) -> None:
    client = PrivateKeyJwt("client", EC.as_pem(private=True), ISSUER)
    auth = ClientCredentials(server.token_url, "client", client=client, cache=MemoryCache())
    server.scripted += [refusal(401, "invalid_client")]
    for _ in range(2):
        with pytest.raises(InvalidClient) as raised:
            auth.token()
    assert server.asked == 1
    assertion = server.requests[0]["client_assertion"]
    assert assertion not in str(raised.value) + raised.value.curl + repr(client) + repr(vars(auth))
