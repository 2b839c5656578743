"""Which address may take a change back: the one before the first change that can still be undone, on every store."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from satsuma.accounts.policy import AccountPolicy
from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    CreateAccount,
    DeleteAccount,
    EndUndos,
    UseLink,
)
from satsuma.domain.effects import Effect
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Store
from tests.store.facts import DAY, NOW, SECOND, account, digest, link

LIFE = AccountPolicy().undo_life


@dataclass
class Changing:
    """An account whose address is changed at moments of the test's choice."""

    store: Store
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    async def change(self, n: int, old: str, new: str) -> None:
        undo = link(n, purpose="undo", email=old, expires_at=self.now + LIFE)
        await self.store.commit(AddLink(undo), ChangeEmail("acc_1", new, old))

    async def undoing(self) -> list[str]:
        """The addresses that may undo."""
        found = [await self.store.read(lambda r, n=n: r.find_link(digest(n))) for n in range(9)]
        links = [each for each in found if each is not None and each.used_at is None]
        return [each.email for each in links if each.expires_at > self.now]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def changing(request: pytest.FixtureRequest, tmp_path: Any) -> AsyncIterator[Changing]:
    url = "memory:"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'facts.db'}"
    elif request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    made = Changing(None)  # type: ignore[arg-type]
    made.store = open_store(url, upgrade=True, clock=made.clock)
    await made.store.commit(CreateAccount(account(1, email="own", confirmed_at=NOW)))
    yield made
    await made.store.close()


async def test_an_address_that_came_by_a_change_that_can_be_undone_undoes_nothing(
    changing: Changing,
) -> None:
    await changing.change(1, "own", "thief")
    changing.now += timedelta(days=6)
    await changing.change(2, "thief", "thief2")
    assert await changing.undoing() == ["own"]


async def test_an_address_that_was_the_accounts_for_so_long_may_undo(changing: Changing) -> None:
    await changing.change(1, "own", "newer")
    changing.now += LIFE
    await changing.change(2, "newer", "thief")
    assert await changing.undoing() == ["newer"]


async def test_back_at_the_address_that_may_undo_nothing_is_left_to_undo(
    changing: Changing,
) -> None:
    await changing.change(1, "own", "thief")
    changing.now += SECOND
    await changing.change(2, "thief", "own")
    assert await changing.undoing() == []
    await changing.change(3, "own", "thief")
    assert await changing.undoing() == ["own"]


async def test_at_an_address_that_may_undo_nothing_the_undo_stays(changing: Changing) -> None:
    await changing.change(1, "own", "thief")
    changing.now += DAY
    await changing.change(2, "thief", "thief2")
    await changing.change(3, "thief2", "thief")
    assert await changing.undoing() == ["own"]


async def test_an_operators_change_ends_every_undo(changing: Changing) -> None:
    await changing.change(1, "own", "thief")
    changing.now += LIFE
    await changing.change(2, "thief", "thief2")
    await changing.store.commit(
        ChangeEmail("acc_1", "own", "thief2"), EndUndos("acc_1", changing.now)
    )
    assert await changing.undoing() == []


GIVES: dict[str, Effect] = {
    "sign-up": CreateAccount(account(3, email="own")),
    "change": ChangeEmail("acc_2", "own", account(2).email),
    "confirmation": ConfirmAccount("acc_4", NOW),
}


@pytest.mark.parametrize("given", GIVES)
async def test_an_address_that_may_undo_is_given_to_no_other_account(
    changing: Changing, given: str
) -> None:
    """To be confirmed, it was given by a release that did not know this."""
    await changing.store.commit(CreateAccount(account(2)), CreateAccount(account(4, email="other")))
    await changing.change(1, "own", "thief")
    if given == "confirmation":
        undo = link(5, purpose="undo", email="other", expires_at=NOW + LIFE)
        await changing.store.commit(EndUndos("acc_1", NOW), AddLink(undo))
    with pytest.raises(Conflict, match="address-held"):
        await changing.store.commit(GIVES[given])
    changing.now += LIFE
    await changing.store.commit(GIVES[given])


@pytest.mark.parametrize(
    "end", [UseLink(digest(1), NOW), EndUndos("acc_1", NOW)], ids=["used", "settled"]
)
async def test_an_address_is_free_once_its_undo_has_ended(changing: Changing, end: Effect) -> None:
    await changing.change(1, "own", "thief")
    assert await changing.store.read(lambda r: r.find_undo("own", NOW)) is not None
    await changing.store.commit(end)
    assert await changing.store.read(lambda r: r.find_undo("own", NOW)) is None
    await changing.store.commit(GIVES["sign-up"])


async def test_an_account_stays_while_its_change_can_be_undone(changing: Changing) -> None:
    gone = DeleteAccount("acc_1", NOW, NOW + DAY)
    await changing.change(1, "own", "thief")
    with pytest.raises(Conflict, match="undo-live"):
        await changing.store.commit(gone)
    changing.now += LIFE
    await changing.store.commit(gone)
