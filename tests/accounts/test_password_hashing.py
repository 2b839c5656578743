"""Passwords are hashed on a few threads with a bounded queue, and nobody's password costs as much as somebody's."""

import asyncio
import statistics
import time

import pytest

from satsuma.accounts.password_hashing import Busy, Hashing
from satsuma.accounts.passwords import BadPassword, check_new_password, hash_password
from satsuma_client.protocol.secret import Secret

RIGHT = Secret("plum orchard under quiet rain")


async def test_over_the_queue_a_password_is_not_taken_at_all() -> None:
    hashing = Hashing(threads=1, queue=2)
    kept = hash_password(RIGHT)
    waiting = [asyncio.create_task(hashing.matches(RIGHT, kept)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await hashing.matches(RIGHT, kept)
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await hashing.matches(RIGHT, kept)


async def test_nobody_takes_as_long_as_somebody() -> None:
    hashing = Hashing()
    kept = hash_password(RIGHT)
    await hashing.matches(RIGHT, None)
    times: dict[str | None, list[float]] = {None: [], kept: []}
    for _ in range(7):
        for password_hash, measured in times.items():
            started = time.perf_counter()
            assert not await hashing.matches(Secret("wrong"), password_hash)
            measured.append(time.perf_counter() - started)
    nobody, somebody = (statistics.median(each) for each in times.values())
    assert 0.5 < nobody / somebody < 2


@pytest.mark.parametrize(
    ("password", "slug"),
    [
        ("elevenchars", "password-short"),
        ("x" * 129, "password-long"),
        ("aaaaaaaaaaaaaaaa", "password-weak"),
        ("password1234", "password-weak"),
        ("SOMEBODY@people.example!", "password-has-email"),
        ("with Somebody in the middle", "password-has-email"),
    ],
)
def test_a_password_that_cannot_be_used_is_refused_without_repeating_it(
    password: str, slug: str
) -> None:
    with pytest.raises(BadPassword) as refused:
        check_new_password(Secret(password), "somebody@people.example")
    assert refused.value.slug == slug
    assert password not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    ["plum orchard under quiet rain", "zK4#vQ9!tW2x", "plum orchard rain " * 7],
)
def test_a_password_that_is_hard_to_guess_is_taken(password: str) -> None:
    check_new_password(Secret(password), "a@people.example")
