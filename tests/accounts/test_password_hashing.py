"""Passwords are hashed on a few threads with a bounded queue, and nobody's password costs as much as somebody's."""

import asyncio
import os
import time

import pytest
from argon2 import PasswordHasher

from satsuma.accounts.password_hashing import Busy, Hashing
from satsuma.accounts.passwords import (
    BadPassword,
    PasswordCost,
    check_new_password,
    cost_of,
    hash_password,
)
from satsuma_client.protocol.secret import Secret

RIGHT = Secret("plum orchard under quiet rain")


async def test_over_the_queue_a_password_is_not_taken_at_all() -> None:
    hashing = Hashing(threads=1, queue=2)
    kept = hash_password(RIGHT)
    waiting = [asyncio.create_task(hashing.compare(RIGHT, kept, str(n))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await hashing.compare(RIGHT, kept, "another")
    assert await asyncio.gather(*waiting) == ["right"] * 3
    assert await hashing.compare(RIGHT, kept, "another") == "right"


async def test_no_more_is_hashed_at_once_than_there_are_cores() -> None:
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(usable)})
    try:
        hashing = Hashing(threads=2, queue=0)
        first = asyncio.create_task(hashing.compare(RIGHT, None, "one"))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await hashing.compare(RIGHT, None, "another")
        assert await first == "wrong"
    finally:
        os.sched_setaffinity(0, usable)


OLD = PasswordCost(16_384, 3, 1)


@pytest.mark.parametrize("stored", [(), (OLD,)], ids=["one cost", "an older cost too"])
async def test_the_time_of_an_answer_tells_nothing_of_the_account(
    stored: tuple[PasswordCost, ...],
) -> None:
    """Nobody's password, one of the present cost, and where there is one, one of an older: as much of the processor."""
    hashing = Hashing()
    kept = [None, hash_password(RIGHT), *(hash_password(RIGHT, cost) for cost in stored)]
    times: dict[str | None, list[float]] = {each: [] for each in kept}
    await hashing.compare(Secret("wrong"), None, "a", stored)
    for _ in range(9):
        for password_hash, measured in times.items():
            started = time.process_time()
            assert await hashing.compare(Secret("wrong"), password_hash, "a", stored) == "wrong"
            measured.append(time.process_time() - started)
    shortest = [min(each) for each in times.values()]
    assert max(shortest) < 1.5 * min(shortest), times


@pytest.mark.parametrize("cost", [OLD, PasswordCost(65_536, 3, 4)])
async def test_a_hash_of_another_cost_is_right_and_outdated(cost: PasswordCost) -> None:
    hashing = Hashing()
    kept = hash_password(RIGHT, cost)
    assert await hashing.compare(RIGHT, kept, "a") == "outdated"
    assert await hashing.compare(Secret("wrong"), kept, "a") == "wrong"
    assert cost_of(await hashing.hash_again(RIGHT, "a")) == PasswordCost()


async def test_a_hash_of_what_was_typed_before_the_one_form_is_right_and_outdated() -> None:
    typed = "cafe\u0301 au lait\u00a0noir"
    kept = PasswordHasher(2, 19_456, 1).hash(typed)
    hashing = Hashing()
    assert await hashing.compare(Secret(typed), kept, "a") == "outdated"
    again = await hashing.hash_again(Secret(typed), "a")
    assert await hashing.compare(Secret("caf\u00e9 au lait noir"), again, "a") == "right"
    assert await hashing.compare(Secret(typed), again, "a") == "right"


@pytest.mark.parametrize("kept", ["", "$argon2id$v=19$damaged", "$2b$12$another", "x" * 97])
async def test_what_is_no_hash_of_ours_is_nobodys(kept: str) -> None:
    assert await Hashing().compare(RIGHT, kept, "a") == "wrong"


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
