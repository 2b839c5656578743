"""A secret is seen by nobody who does not ask for it by name."""

import copy
import pickle

import pytest

from satsuma_client.protocol.secret import Secret


def test_a_secret_is_equal_to_itself_alone() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("é") == Secret("é")
    assert Secret("a") != "a"
    assert (Secret("a") == "a") is False


def test_a_secret_is_there_or_empty() -> None:
    assert bool(Secret("a")) is True
    assert bool(Secret("")) is False


def test_a_secret_is_told_when_asked_and_shown_never() -> None:
    secret = Secret("hush")
    assert secret.reveal() == "hush"
    assert {repr(secret), str(secret), f"{secret}"} == {"Secret(...)"}
    assert not hasattr(secret, "__dict__")


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, hash])
def test_a_secret_is_neither_pickled_nor_copied_nor_a_key(leak: object) -> None:
    with pytest.raises(TypeError):
        leak(Secret("hush"))  # type: ignore[operator]
