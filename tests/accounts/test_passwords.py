"""A password is taken as typed, judged by its length alone, and kept as Argon2id."""

import pytest

from satsuma.accounts.passwords import BadPassword, check_password, hash_password, matches
from satsuma_client.protocol.secret import Secret


@pytest.mark.spec("NIST SP 800-63B")
@pytest.mark.parametrize("length", [12, 128])
def test_a_password_of_a_good_length_is_taken(length: int) -> None:
    check_password(Secret(" " * length))


@pytest.mark.parametrize("length", [0, 11, 129])
def test_a_password_of_a_bad_length_is_refused_without_repeating_it(length: int) -> None:
    with pytest.raises(BadPassword) as refused:
        check_password(Secret("\N{SNOWMAN}" * length))
    assert "\N{SNOWMAN}" not in str(refused.value)


@pytest.mark.spec("RFC 9106 §4")
def test_only_the_same_characters_match() -> None:
    kept = hash_password(Secret("caf\u00e9 au lait, noir"))
    assert kept.startswith("$argon2id$")
    assert matches(Secret("caf\u00e9 au lait, noir"), kept)
    assert not matches(Secret("cafe\u0301 au lait, noir"), kept)
    assert not matches(Secret("caf\u00e9 au lait, noir "), kept)


def test_a_damaged_hash_matches_nothing() -> None:
    assert not matches(Secret("x" * 12), "$argon2id$v=19$damaged")
