"""Guessing is slowed by account and source; the owner at a known source is never held up by strangers."""

import pytest

from satsuma.accounts.attempts import LoginAttempts, TooManyAttempts
from satsuma.accounts.policy import AccountPolicy
from satsuma.counters.memory import MemoryCounter

POLICY = AccountPolicy(
    attempts=3, misses=20, strange_guesses=((5, 60), (8, 3600)), letters_to=2, letters_from=3
)


class World:
    """Guesses on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.attempts = LoginAttempts(POLICY, MemoryCounter(), None, lambda: self.now)

    async def miss(self, source: str, is_known: bool = False, email: str = "a@b.example") -> float:
        """Try in vain; give the seconds to wait, 0.0 where the try was let through."""
        try:
            async with self.attempts.attempt(email, source, is_known) as attempt:
                attempt.missed = True
        except TooManyAttempts as refused:
            return refused.wait
        return 0.0


@pytest.fixture
def world() -> World:
    return World()


async def test_one_source_has_a_few_tries_in_the_window(world: World) -> None:
    waits = [await world.miss("192.0.2.1") for _ in range(4)]
    assert waits[:3] == [0.0] * 3
    assert waits[3] == 900.0
    world.now += 900.1
    assert await world.miss("192.0.2.1") == 0.0


async def test_many_sources_meet_a_delay_that_grows(world: World) -> None:
    waits = [await world.miss(f"192.0.2.{n}") for n in range(6)]
    assert waits[:5] == [0.0] * 5
    assert 0 < waits[5] <= 60
    world.now += 60.1
    later = [await world.miss(f"198.51.100.{n}") for n in range(4)]
    assert later[:3] == [0.0] * 3
    assert 3000 < later[3] <= 3600


async def test_the_owner_at_a_known_source_is_not_held_up_by_strangers(world: World) -> None:
    for n in range(20):
        await world.miss(f"192.0.2.{n}")
    assert await world.miss("203.0.113.9") > 0
    assert await world.miss("203.0.113.9", is_known=True) == 0.0


async def test_a_login_that_succeeds_costs_nothing(world: World) -> None:
    for _ in range(50):
        async with world.attempts.attempt("a@b.example", "192.0.2.1", False):
            pass
    assert await world.miss("192.0.2.1") == 0.0


async def test_tries_at_once_are_no_way_around(world: World) -> None:
    attempts = world.attempts
    async with (
        attempts.attempt("a@b.example", "192.0.2.1", False),
        attempts.attempt("a@b.example", "192.0.2.1", False),
        attempts.attempt("a@b.example", "192.0.2.1", False),
    ):
        with pytest.raises(TooManyAttempts):
            async with attempts.attempt("a@b.example", "192.0.2.1", False):
                pass
    assert await world.miss("192.0.2.1") == 0.0


async def test_one_source_at_many_addresses_is_slowed(world: World) -> None:
    waits = [await world.miss("192.0.2.1", email=f"{n}@b.example") for n in range(21)]
    assert waits[:20] == [0.0] * 20
    assert waits[20] > 0


async def test_the_owner_at_a_known_source_is_not_held_off_by_who_misses_beside(
    world: World,
) -> None:
    for n in range(25):
        await world.miss("192.0.2.1", email=f"{n}@invented.example")
    assert await world.miss("192.0.2.1") > 0
    waits = [await world.miss("192.0.2.1", is_known=True) for _ in range(4)]
    assert waits[:3] == [0.0] * 3
    assert waits[3] > 0


async def test_a_miss_where_a_session_is_counts_for_the_source(world: World) -> None:
    for n in range(20):
        await world.miss("192.0.2.1", is_known=True, email=f"{n}@b.example")
    assert await world.miss("192.0.2.1", email="other@b.example") > 0


async def test_letters_are_counted_by_address_and_by_source(world: World) -> None:
    assert [await world.attempts.may_write_to("a@b.example", "reset") for _ in range(3)] == [
        True,
        True,
        False,
    ]
    waits = [await world.attempts.letters_from("192.0.2.1") for _ in range(4)]
    assert waits[:3] == [0.0] * 3
    assert waits[3] > 0


async def test_a_source_opens_three_sandboxes_an_hour_and_an_ipv6_network_is_one(
    world: World,
) -> None:
    waits = [await world.attempts.sandboxes_from(f"2001:db8::{n}") for n in range(4)]
    assert waits[:3] == [0.0] * 3
    assert 0 < waits[3] <= 3600
    assert await world.attempts.sandboxes_from("2001:db8:0:1::1") == 0.0
    assert await world.attempts.sandboxes_from("192.0.2.1") == 0.0
