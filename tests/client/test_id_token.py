"""ID tokens and their signatures: each claim that must hold, and the vectors of Wycheproof."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from satsuma_client.client.id_token import Expected, check_id_token
from satsuma_client.http.clock import Moment
from satsuma_client.http.transport import HttpRequest, HttpResponse
from satsuma_client.jose.issuer_keys import COOL_DOWN, FRESH, IssuerKeys, KeysUnavailable, keys_of
from satsuma_client.jose.signed import (
    ALGORITHMS,
    NotSigned,
    is_key_for,
    unverified_header,
    verify,
)
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.errors import Malformed
from tests.client.test_one_request import wait_until

NOW = 1_800_000_000.0
ISSUER = "https://server.example"
VECTORS = Path(__file__).parents[1] / "vectors" / "wycheproof"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
with pytest.warns(SecurityWarning):
    SMALL = RSAKey.generate_key(1024, {"kid": "small"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


class Held:
    """Keys in hand, each as its public JWK."""

    def __init__(self, *keys: Any) -> None:
        listed = [each.as_dict(private=False) for each in keys]
        self.keys = keys_of(json.dumps({"keys": listed}).encode())

    def find(self, kid: str | None, alg: str) -> list[Any]:
        return [
            key
            for members, key in self.keys
            if kid in (None, members.get("kid")) and is_key_for(members, alg)
        ]


KEYS = Held(RSA, EC, ED, SMALL)
CLAIMS = {
    "iss": ISSUER,
    "aud": "client",
    "sub": "ada",
    "iat": NOW - 5,
    "exp": NOW + 300,
    "nonce": "nonce",
    "auth_time": NOW - 10,
}
EXPECTED = Expected(ISSUER, "client", ("RS256", "ES256", "EdDSA"), nonce="nonce")


def signed(claims: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:
    head = {"alg": alg, "kid": key.kid, **header}
    parts = b64(json.dumps(head).encode()) + b"." + b64(json.dumps(claims).encode())
    signature = jws.JWSRegistry.algorithms[alg].sign(parts, key)
    return (parts + b"." + b64(signature)).decode()


@pytest.mark.parametrize(("key", "alg"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")])
def test_an_id_token_that_holds(key: Any, alg: str) -> None:
    hashed = (hashlib.sha512 if alg == "EdDSA" else hashlib.sha256)(b"access").digest()
    claims = {**CLAIMS, "at_hash": b64(hashed[: len(hashed) // 2]).decode()}
    expected = Expected(ISSUER, "client", (alg,), nonce="nonce", access_token="access", max_age=60)
    assert check_id_token(signed(claims, key, alg), KEYS, expected, NOW)["sub"] == "ada"


@pytest.mark.spec("OIDC Core §3.1.3.7", "OIDC Core §3.1.3.8", "OIDC Core §12.2")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"iss": "https://server.example/"}, "another issuer"),
        ({"iss": None}, "another issuer"),
        ({"aud": "another"}, "another application"),
        ({"aud": ["another"]}, "another application"),
        ({"aud": {"client": 1}}, "another application"),
        ({"aud": None}, "another application"),
        ({"aud": ["client", "another"]}, "for several"),
        ({"aud": ["client", "another"], "azp": "another"}, "to another application"),
        ({"azp": "another"}, "to another application"),
        ({"exp": NOW - 61}, "time is over"),
        ({"exp": None}, "no exp"),
        ({"exp": "tomorrow"}, "no exp"),
        ({"exp": True}, "no exp"),
        ({"iat": NOW + 61}, "in the future"),
        ({"iat": None}, "no iat"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": ""}, "no subject"),
        ({"sub": 5}, "no subject"),
        ({"at_hash": "AAAA"}, "access token"),
        ({"at_hash": 5}, "access token"),
        ({"auth_time": NOW - 200}, "max_age"),
        ({"auth_time": None}, "no auth_time"),
    ],
)
def test_an_id_token_that_does_not_hold(changed: dict[str, Any], why: str) -> None:
    claims = {name: value for name, value in (CLAIMS | changed).items() if value is not None}
    expected = Expected(
        ISSUER, "client", ("RS256",), nonce="nonce", access_token="access", max_age=60
    )
    with pytest.raises(NotSigned, match=why):
        check_id_token(signed(claims), KEYS, expected, NOW)


def test_of_another_person_than_before() -> None:
    expected = Expected(ISSUER, "client", nonce="nonce", subject="bob")
    with pytest.raises(NotSigned, match="another person"):
        check_id_token(signed(CLAIMS), KEYS, expected, NOW)


@pytest.mark.spec("RFC 7515 §5.2", "RFC 7519 §7.2", "RFC 8725 §3.1", "RFC 8725 §3.2")
def test_what_no_key_of_the_issuer_signed() -> None:
    good = signed(CLAIMS)
    head, body, signature = good.split(".")
    stranger = RSAKey.generate_key(2048, {"kid": "rsa"})
    none = b64(b'{"alg":"none"}').decode()
    secret = json.dumps(RSA.as_dict(private=False)).encode()
    from joserfc.jwk import OctKey

    hmac_key = OctKey.import_key(secret)
    confused = jws.serialize_compact(
        {"alg": "HS256", "kid": "rsa"}, json.dumps(CLAIMS), hmac_key, algorithms=["HS256"]
    )
    refused = [
        signed(CLAIMS, stranger),
        f"{none}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{b64(b'{}').decode()}.{signature}",
        confused,
        signed(CLAIMS, EC, "ES256", kid="rsa"),
        signed(CLAIMS, SMALL),
        signed(CLAIMS, b64=True, crit=["b64"]),
        "",
        "a.b",
        "a.b.c",
        "é.b.c",
        good + "." + signature,
        "A" * 20_000,
        "[]." + good,
    ]
    for token in refused:
        with pytest.raises(NotSigned):
            check_id_token(token, KEYS, EXPECTED, NOW)
    with pytest.raises(NotSigned):
        verify(good, KEYS, ("ES256",))


def groups(name: str) -> list[dict[str, Any]]:
    text = (VECTORS / f"json_web_{name}_test.json").read_text()
    found: list[dict[str, Any]] = json.loads(text)["testGroups"]
    return found


def key_of(group: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = group.get("public") or group["private"]
    return found


SYMMETRIC = "a key of secrets: whoever verifies with it could sign, so none of it is accepted"
OTHER_ALGORITHM = "the key says that it is for another algorithm than the token's"
CLAIMS_UNREAD = "its claims cannot be read"
"""Said after the signature was found good."""


class Lone:
    """The one key of a group of vectors."""

    def __init__(self, listed: list[dict[str, Any]]) -> None:
        self.keys = keys_of(json.dumps({"keys": listed}).encode())

    def find(self, kid: str | None, alg: str) -> list[Any]:
        return [key for members, key in self.keys if is_key_for(members, alg)]


VECTORS_OF = [
    (name, group, test)
    for name in ("signature", "key")
    for group in groups(name)
    for test in group["tests"]
]


VALID = sum(test["result"] == "valid" for _, _, test in VECTORS_OF)


def text_of(test: dict[str, Any]) -> str:
    return test["jws"] if isinstance(test["jws"], str) else json.dumps(test["jws"])


def test_each_vector_is_refused_or_accepted_as_it_says() -> None:
    """One that is valid and refused here is refused for one of the two reasons above, and for no other."""
    good, left_out = 0, dict.fromkeys((SYMMETRIC, OTHER_ALGORITHM), 0)
    for name, group, test in VECTORS_OF:
        listed = key_of(group).get("keys", [key_of(group)])
        with pytest.raises(
            NotSigned
        ) as refused:  # none carries claims: each is refused, most for that alone
            verify(text_of(test), Lone(listed), ALGORITHMS)
        is_good = refused.value.why == CLAIMS_UNREAD
        if test["result"] == "invalid":
            assert not is_good, (name, test["tcId"], test["comment"])
        elif is_good:
            good += 1
        elif {each["kty"] for each in listed} == {"oct"}:
            left_out[SYMMETRIC] += 1
        else:
            alg = unverified_header(test["jws"])["alg"]
            assert all(each["alg"] != alg for each in listed), (name, test)
            left_out[OTHER_ALGORITHM] += 1
    assert good + sum(left_out.values()) == VALID
    assert good >= VALID // 2


class Counting:
    """An issuer's keys as a document, counted."""

    def __init__(self, *keys: Any) -> None:
        self.keys = list(keys)
        self.away = False
        self.asked = 0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.asked += 1
        if self.away:
            return HttpResponse(503)
        listed = [each.as_dict(private=False) for each in self.keys]
        return HttpResponse(200, (), json.dumps({"keys": listed}).encode())


@pytest.mark.spec("RFC 7517 §5", "OIDC Core §10.1.1")
def test_keys_are_fetched_once_in_a_while_and_kept_through_an_outage() -> None:
    now = 0.0
    issuer = Counting(RSA)
    keys = IssuerKeys(f"{ISSUER}/jwks", issuer, lambda: Moment(NOW + now, now))
    for _ in range(3):
        assert keys.find("rsa", "RS256")
    assert issuer.asked == 1
    for at in range(1000):
        with pytest.raises(NotSigned):
            keys.find(f"unknown-{at}", "RS256")
    assert issuer.asked == 1
    issuer.keys.append(EC)
    now += COOL_DOWN
    assert keys.find("ec", "ES256")
    assert issuer.asked == 2
    issuer.away = True
    now += FRESH + 1
    assert keys.find("rsa", "RS256")  # at once: the fetch goes on beside
    wait_until(lambda: issuer.asked == 3)
    issuer.away = False
    issuer.keys.remove(RSA)
    now += COOL_DOWN
    with contextlib.suppress(NotSigned):  # where the fetch beside was quicker
        keys.find("rsa", "RS256")
    wait_until(lambda: issuer.asked == 4 and not keys._lock.locked())
    with pytest.raises(NotSigned):
        keys.find("rsa", "RS256")


def test_without_any_key_nothing_is_said_of_a_token() -> None:
    issuer = Counting()
    issuer.away = True
    keys = IssuerKeys(f"{ISSUER}/jwks", issuer, lambda: Moment(NOW, 1.0))
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            keys.find("rsa", "RS256")
    assert issuer.asked == 1


@pytest.mark.spec(
    "RFC 7517 §4.2", "RFC 7517 §4.3", "RFC 7517 §4.4", "RFC 7518 §3.1", "RFC 8037 §3.1"
)
@pytest.mark.parametrize(
    ("members", "alg", "fits"),
    [
        ({"kty": "RSA"}, "RS256", True),
        ({"kty": "RSA"}, "PS256", True),
        ({"kty": "RSA", "use": "enc"}, "RS256", False),
        ({"kty": "RSA", "alg": "RS512"}, "RS256", False),
        ({"kty": "RSA", "key_ops": ["sign"]}, "RS256", False),
        ({"kty": "RSA", "key_ops": ["verify"]}, "RS256", True),
        ({"kty": "EC", "crv": "P-384"}, "ES256", False),
        ({"kty": "EC", "crv": "P-256"}, "ES256", True),
        ({"kty": "OKP", "crv": "Ed25519"}, "EdDSA", True),
        ({"kty": "OKP", "crv": "X25519"}, "EdDSA", False),
        ({"kty": "oct"}, "RS256", False),
    ],
)
def test_a_key_is_for_one_use(members: dict[str, Any], alg: str, fits: bool) -> None:
    assert is_key_for(members, alg) is fits


def test_what_is_no_key_is_passed_over() -> None:
    listed = [{"kty": "PQ"}, {"kty": "oct", "k": "AAAA"}, {"kty": "RSA", "n": "!", "e": "AQAB"}, 5]
    document = {"keys": [*listed, RSA.as_dict(private=True)]}
    found = keys_of(json.dumps(document).encode())
    assert [members.get("kid") for members, _ in found] == ["rsa"]
    assert not found[0][1].is_private
    assert JWKRegistry
    for wrong in (b"", b"[]", b'{"keys":{}}', b'{"keys":"a"}'):
        with pytest.raises(Malformed):
            keys_of(wrong)
