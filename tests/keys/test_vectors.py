"""Keys, tokens and digests against the standards' own figures, and against what their text says to compute."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from base64 import urlsafe_b64decode
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk
from joserfc import jwt as peer
from joserfc.errors import SecurityWarning

from satsuma.audit.chain import START, chain_value
from satsuma.domain.audit import AuditRecord
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.jwt import JwtKey
from satsuma.keys.new_keys import make_sealing_key, make_signing_key, public_jwk
from satsuma.keys.ring import KeyRing, open_key
from satsuma.keys.sealed import SealingKey
from satsuma.keys.vault import Vault
from satsuma_client.protocol.base64url import b64, unb64
from satsuma_client.protocol.pkce import challenge_of, is_challenge, verifier_matches

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = AccessTokenClaims("https://api.example", "jti-1", "C" * 32, 1, 10, 20, ("https://a",), "*")


def hmac_sha256(key: bytes, text: bytes) -> bytes:
    """HMAC as its definition says: H(K XOR opad, H(K XOR ipad, text))."""
    padded = key.ljust(64, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + text).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


@pytest.mark.spec("RFC 5869 §2")
@pytest.mark.parametrize("length", [16, 32, 64])
def test_a_derived_key_is_hkdf_of_the_data_key(length: int) -> None:
    material = os.urandom(32)
    prk = hmac_sha256(bytes(32), material)
    info, block, okm = b"satsuma/1/some purpose", b"", b""
    for counter in (1, 2):
        block = hmac_sha256(prk, block + info + bytes([counter]))
        okm += block
    assert Vault(material).derive("some purpose", length) == okm[:length]


@pytest.mark.spec("RFC 2104 §2")
def test_a_chain_value_is_hmac_over_the_row_and_the_value_before() -> None:
    row = AuditRecord(1, NOW, "test", "token.revoke", "token:1", "{}")
    first = chain_value(b"k" * 32, START, row)
    texts = ("test", "token.revoke", "token:1", "{}")
    canonical = (1).to_bytes(8, "big") + int(NOW.timestamp() * 1_000_000).to_bytes(8, "big")
    canonical += b"".join(len(text).to_bytes(4, "big") + text.encode() for text in texts)
    assert first == hmac_sha256(b"k" * 32, START + canonical)


@pytest.mark.spec("RFC 7515 §2")
def test_base64url_has_no_padding() -> None:
    # Appendix C.
    assert b64(bytes([3, 236, 255, 224, 193])) == b"A-z_4ME"
    assert unb64(b"A-z_4ME") == bytes([3, 236, 255, 224, 193])


@pytest.mark.spec("RFC 7636 §4.2")
def test_a_challenge_is_the_digest_of_its_verifier() -> None:
    # Appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert challenge_of(verifier) == challenge
    assert is_challenge(challenge)
    assert verifier_matches(verifier, challenge)
    assert not verifier_matches(verifier[:-1] + "l", challenge)
    assert not is_challenge(challenge + "=")


@pytest.mark.spec("RFC 8037 §2")
def test_an_ed25519_key_is_published_as_an_octet_key_pair() -> None:
    # Appendix A.1.
    private = unb64(b"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
    public = public_jwk("k1", "EdDSA", ed25519.Ed25519PrivateKey.from_private_bytes(private))
    assert public == {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "kid": "k1",
        "use": "sig",
        "alg": "EdDSA",
    }


@pytest.mark.spec("RFC 7517 §4")
def test_an_elliptic_key_is_published_with_both_coordinates() -> None:
    # Appendix A.2, the first key.
    d = int.from_bytes(unb64(b"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"), "big")
    public = public_jwk("1", "ES256", ec.derive_private_key(d, ec.SECP256R1()))
    assert (public["kty"], public["crv"]) == ("EC", "P-256")
    assert public["x"] == "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"
    assert public["y"] == "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"
    assert {"d", "p", "q"}.isdisjoint(public)


@pytest.mark.spec("RFC 7518 §6")
@given(st.integers(1, 2**255))
def test_a_coordinate_keeps_its_leading_zeros(d: int) -> None:
    for alg, curve, size in (("ES256", ec.SECP256R1(), 43), ("ES384", ec.SECP384R1(), 64)):
        public = public_jwk("1", alg, ec.derive_private_key(d, curve))
        assert (len(public["x"]), len(public["y"])) == (size, size)


@pytest.mark.spec("RFC 7518 §6")
def test_an_rsa_key_is_published_with_modulus_and_exponent_alone() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = public_jwk("1", "RS256", key)
    assert public.keys() == {"kty", "n", "e", "kid", "use", "alg"}
    assert public["e"] == "AQAB"
    modulus = int.from_bytes(urlsafe_b64decode(public["n"] + "=="), "big")
    assert modulus == key.public_key().public_numbers().n


@pytest.mark.spec("RFC 8452 §4")
def test_a_sealed_token_is_aes_gcm_siv_over_its_claims() -> None:
    key = bytes(range(32))
    token = SealingKey("01020304", key).seal(CLAIMS, b"sat_", os.urandom)
    raw = unb64(token[4:-6])
    version, kid, nonce, body = raw[:1], raw[1:5], raw[5:17], raw[17:]
    assert (version, kid) == (b"\x01", bytes.fromhex("01020304"))
    plain = AESGCMSIV(key).decrypt(nonce, body, b"sat_" + version + kid)
    assert msgspec.msgpack.decode(plain)[:4] == ["https://api.example", "jti-1", "C" * 32, 1]


@pytest.mark.spec("RFC 8452 §4")
def test_a_nonce_that_came_twice_still_hides_the_claims() -> None:
    key = SealingKey("01020304", bytes(32))
    one, same = (key.seal(CLAIMS, b"sat_", bytes) for _ in range(2))
    other = key.seal(CLAIMS._replace(jti="jti-2"), b"sat_", bytes)
    assert one == same
    assert len(one) == len(other)
    assert (
        sum(a != b for a, b in zip(unb64(one[4:-6])[17:], unb64(other[4:-6])[17:], strict=True))
        > 50
    )


@pytest.mark.spec("RFC 7519 §7")
@pytest.mark.spec("RFC 9068 §2")
@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "ES384", "RS256"])
def test_a_jwt_of_ours_verifies_in_a_library_that_we_did_not_write(alg: str) -> None:
    vault = Vault(bytes(32))
    key = make_signing_key(alg, vault, NOW, NOW)
    opened = open_key(key, vault)
    assert isinstance(opened, JwtKey)
    token = opened.mint(CLAIMS, "rfc9068", ("app_1", "App"))
    published = jwk.import_key(json.loads(key.public))
    with warnings.catch_warnings():
        # RFC 9864 renamed EdDSA; the name is what verifiers know.
        warnings.simplefilter("ignore", SecurityWarning)
        read = peer.decode(token.decode(), published, algorithms=[alg])
    assert (read.header["typ"], read.header["kid"]) == ("at+jwt", key.kid)
    assert (read.claims["iss"], read.claims["sub"]) == (CLAIMS.iss, CLAIMS.client_id)


@pytest.mark.spec("RFC 8725 §3.1")
@pytest.mark.parametrize("alg", ["none", "HS256", "ES256", "RS256", "eddsa", ""])
def test_the_algorithm_is_the_keys_and_never_the_tokens(alg: str) -> None:
    vault = Vault(bytes(32))
    key = make_signing_key("EdDSA", vault, NOW, NOW)
    ring = KeyRing(vault)
    ring.load([key, make_sealing_key(vault, NOW, NOW)], NOW)
    opened = open_key(key, vault)
    assert isinstance(opened, JwtKey)
    claims = opened.mint(CLAIMS, "rfc9068", ("app_1", "App")).split(b".")[1]
    for said, expected in ((alg, None), ("EdDSA", CLAIMS.jti)):
        head = b64(json.dumps({"typ": "at+jwt", "alg": said, "kid": key.kid}).encode())
        signature = b64(opened._sign(head + b"." + claims))
        found = ring.verify(b".".join((head, claims, signature)), b"sat_", "https://a")
        assert (None if found is None else found.jti) == expected
