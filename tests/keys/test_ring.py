"""Which key makes a token: the active one, and an algorithm's only one though its time has not come."""

from datetime import UTC, datetime, timedelta

import pytest

from satsuma.domain.keys import Key
from satsuma.keys.claims import AccessTokenClaims
from satsuma.keys.new_keys import make_sealing_key, make_signing_key
from satsuma.keys.ring import KeyRing, NoKey
from satsuma.keys.vault import Vault

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AHEAD = NOW + timedelta(minutes=1)
VAULT = Vault(bytes(32))
CLAIMS = AccessTokenClaims("https://api.example", "jti-1", "C" * 32, 1, 10, 20, ("https://a",), "*")


def ring(*keys: Key, now: datetime = NOW) -> KeyRing:
    found = KeyRing(VAULT)
    found.load(keys, now)
    return found


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_an_only_key_signs_though_the_clock_that_made_it_is_ahead(alg: str) -> None:
    only = make_signing_key(alg, VAULT, AHEAD, AHEAD)
    assert ring(only).signing_key(alg).kid == only.kid


def test_an_only_key_seals_though_the_clock_that_made_it_is_ahead() -> None:
    assert ring(make_sealing_key(VAULT, AHEAD, AHEAD)).seal(CLAIMS, b"sat_")


def test_a_successor_waits_for_its_time() -> None:
    first, successor = (make_signing_key("ES256", VAULT, NOW, at) for at in (NOW, AHEAD))
    found = ring(successor, first)
    assert found.signing_key("ES256").kid == first.kid
    found.turn(AHEAD)
    assert found.signing_key("ES256").kid == successor.kid


def test_a_key_of_another_algorithm_does_not_step_in() -> None:
    with pytest.raises(NoKey, match="ES256"):
        ring(make_signing_key("EdDSA", VAULT, NOW, NOW)).signing_key("ES256")
