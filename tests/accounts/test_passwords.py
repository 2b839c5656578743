"""A password has one form, is judged by its length alone, and kept as Argon2id."""

import pytest

from satsuma.accounts.passwords import (
    BadPassword,
    PasswordCost,
    check_password,
    cost_of,
    hash_password,
    matches,
    normalised,
    spellings,
)
from satsuma.domain.accounts import PASSWORD_TAIL
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
def test_a_hash_takes_what_is_recommended() -> None:
    kept = hash_password(Secret("caf\u00e9 au lait, noir"))
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert len(kept.rpartition("p=1")[2]) == PASSWORD_TAIL
    assert cost_of(kept) == cost_of(kept[:-PASSWORD_TAIL]) == PasswordCost()
    assert matches(Secret("caf\u00e9 au lait, noir"), kept)
    assert not matches(Secret("caf\u00e9 au lait, noir "), kept)


@pytest.mark.spec("RFC 8265 §4.2.2")
@pytest.mark.parametrize(
    ("typed", "one"),
    [
        ("cafe\u0301 au lait", "caf\u00e9 au lait"),
        ("\u212bngstr\u00f6m unit", "\u00c5ngstr\u00f6m unit"),
        ("a\u00a0b\u3000c\u2003d", "a b c d"),
        ("\ufb01ne \u2460 \uff21", "\ufb01ne \u2460 \uff21"),
        ("Case And  Blanks ", "Case And  Blanks "),
    ],
)
def test_a_password_has_one_form(typed: str, one: str) -> None:
    assert normalised(Secret(typed)).reveal() == one
    assert [each.reveal() for each in spellings(Secret(typed))] == list(dict.fromkeys((one, typed)))


@pytest.mark.parametrize("damaged", ["", "$argon2id$v=19$damaged", "$argon2i$v=19$m=1,t=1,p=1$"])
def test_a_damaged_hash_has_no_cost_and_matches_nothing(damaged: str) -> None:
    assert cost_of(damaged) is None
    assert not matches(Secret("x" * 12), damaged)
