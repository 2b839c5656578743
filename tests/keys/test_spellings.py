"""A token of ours has one spelling: what decodes to the same bytes in other letters is another token, and none."""

from datetime import UTC, datetime

import pytest

from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.new_keys import make_signing_key
from satsuma.keys.ring import KeyRing
from satsuma.keys.vault import Vault

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
@pytest.mark.spec("RFC 7515 §2")
@pytest.mark.spec("RFC 4648 §3.5")
def test_a_jwt_in_another_spelling_is_none(alg: str) -> None:
    vault = Vault(bytes(32))
    ring = KeyRing(vault)
    ring.load((make_signing_key(alg, vault, START, START),), datetime.now(UTC))
    issuer = "https://api.example"
    claims = AccessTokenClaims(issuer, "jti", "C" * 32, 1, 1, 2**40, (issuer,), "a")
    token = ring.signing_key(alg).mint(claims, "rfc9068", ("app", "App")).decode()
    assert ring.verify(token.encode(), b"sat_", issuer) is not None
    last = ALPHABET.index(token[-1])
    others = [token[:-1] + ALPHABET[last ^ spare] for spare in (1, 2, 3)]
    others += [token + "=", token + "==", token.replace("-", "+").replace("_", "/") + "="]
    for other in others:
        assert ring.verify(other.encode(), b"sat_", issuer) is None, other[-4:]
