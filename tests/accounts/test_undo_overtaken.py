"""Who takes an address back has the last word, also where the address is changed at that very moment."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.context import AccountContext, Declined
from satsuma.accounts.own_account import undo_email
from satsuma.accounts.password_hashing import Hashing
from satsuma.accounts.policy import AccountPolicy
from satsuma.accounts.stored_costs import StoredCosts
from satsuma.counters.memory import MemoryCounter
from satsuma.domain.accounts import AddLink, ChangeEmail, CreateAccount
from satsuma.keys.vault import Vault
from satsuma.store.memory.store import MemoryStore
from tests.store.facts import NOW, account, link

TOKEN = "token"


class Overtaken:
    """A store in which a thief changes the address again before each of the first commits."""

    def __init__(self, store: Any, times: int) -> None:
        self.read = store.read
        self.store = store
        self.left = times

    async def commit(self, *effects: Any) -> None:
        if self.left:
            self.left -= 1
            present = (await self.read(lambda reader: reader.find_account("acc_1"))).email
            await self.store.commit(ChangeEmail("acc_1", f"{present}x", present))
        await self.store.commit(*effects)


async def changed() -> AccountContext:
    """An account whose address a thief has, and whose owner holds the link."""
    store = MemoryStore(lambda: NOW)
    attempts = LoginAttempts(AccountPolicy(), MemoryCounter(), None, lambda: 0.0)
    costs = StoredCosts(store, lambda: 0.0)
    accounts = AccountContext(
        store, Vault(bytes(32)), AccountPolicy(), Hashing(), attempts, lambda: NOW, costs
    )
    undo = link(purpose="undo", email="own", expires_at=NOW + timedelta(days=7))
    await store.commit(
        CreateAccount(account(email="own", confirmed_at=NOW)),
        AddLink(replace(undo, digest=accounts.links(TOKEN))),
        ChangeEmail("acc_1", "thief", "own"),
    )
    return accounts


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_an_undo_that_is_overtaken_is_done_all_the_same(times: int) -> None:
    accounts = await changed()
    overtaken = replace(accounts, store=Overtaken(accounts.store, times))  # type: ignore[arg-type]
    assert await undo_email(overtaken, TOKEN) == "own"
    found = await accounts.store.read(lambda reader: reader.find_account("acc_1"))
    assert found is not None
    assert (found.email, found.password_hash) == ("own", "")


async def test_an_undo_that_is_overtaken_each_time_stays_good() -> None:
    accounts = await changed()
    overtaken = replace(accounts, store=Overtaken(accounts.store, 99))  # type: ignore[arg-type]
    with pytest.raises(Declined, match="email-moved"):
        await undo_email(overtaken, TOKEN)
    assert await undo_email(accounts, TOKEN) == "own"
