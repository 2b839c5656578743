"""The database's vault: tied to one master key, re-wrapped under a new one, never lost between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from satsuma.keys.master import MasterKey, WrongMasterKey
from satsuma.keys.vault import DoesNotOpen, Vault
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.keys import (
    SEAL,
    ensure_keys,
    list_keys,
    open_vault,
    rotate,
    rotate_master_key,
)
from satsuma.store.opening import open_store
from satsuma.store.port import Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ONE = MasterKey(b"1" * 32)
TWO = MasterKey(b"2" * 32)


def clock() -> datetime:
    return NOW


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'facts.db'}")
    yield store
    await store.close()


async def test_the_same_master_key_opens_the_same_vault(store: Store) -> None:
    first = await open_vault(store, ONE, "test", clock)
    again = await open_vault(store, ONE, "test", clock)
    assert first.derive("x") == again.derive("x")


async def test_who_opens_first_at_once_makes_one_vault(store: Store) -> None:
    vaults = await asyncio.gather(*(open_vault(store, ONE, "test", clock) for _ in range(8)))
    assert len({vault.derive("x") for vault in vaults}) == 1


async def test_another_master_key_is_refused_by_both_names(store: Store) -> None:
    await open_vault(store, ONE, "test", clock)
    with pytest.raises(WrongMasterKey, match=f"{ONE.key_id}.*{TWO.key_id}"):
        await open_vault(store, TWO, "test", clock)


async def test_another_mode_is_refused(store: Store) -> None:
    await open_vault(store, ONE, None, clock)
    await open_vault(store, ONE, "demo", clock)
    with pytest.raises(NotPossible, match="marked demo, not production"):
        await open_vault(store, ONE, "production", clock)
    await open_vault(store, ONE, None, clock)


async def test_a_new_master_key_opens_what_the_old_one_did_and_the_old_one_no_more(
    store: Store,
) -> None:
    vault = await open_vault(store, ONE, "test", clock)
    wrapped = vault.wrap(b"words", "table", "row", "column")
    await rotate_master_key(ManagementContext(store, vault, clock, "test"), ONE, TWO)
    renewed = await open_vault(store, TWO, "test", clock)
    assert renewed.unwrap(wrapped, "table", "row", "column") == b"words"
    with pytest.raises(WrongMasterKey):
        await open_vault(store, ONE, "test", clock)


async def test_two_rotations_of_the_master_key_at_once_leave_one_that_opens(store: Store) -> None:
    vault = await open_vault(store, ONE, "test", clock)
    context = ManagementContext(store, vault, clock, "test")
    changes = [MasterKey(bytes([n]) * 32) for n in range(5, 13)]
    results = await asyncio.gather(
        *(rotate_master_key(context, ONE, new) for new in changes), return_exceptions=True
    )
    assert [type(result) for result in results].count(type(None)) == 1
    winner = changes[results.index(None)]
    assert (await open_vault(store, winner, "test", clock)).derive("x") == vault.derive("x")


async def test_the_present_master_key_is_no_new_one(store: Store) -> None:
    vault = await open_vault(store, ONE, "test", clock)
    with pytest.raises(NotPossible, match="present one"):
        await rotate_master_key(ManagementContext(store, vault, clock, "test"), ONE, ONE)


def test_a_wrapped_value_opens_at_its_own_place_only() -> None:
    vault = Vault(b"d" * 32)
    wrapped = vault.wrap(b"words", "key", "k1", "private")
    with pytest.raises(DoesNotOpen):
        vault.unwrap(wrapped, "key", "k2", "private")
    with pytest.raises(DoesNotOpen):
        vault.unwrap(wrapped[:9], "key", "k1", "private")


@pytest.mark.parametrize("text", ["", "short", "=" * 43, "\N{SNOWMAN}" * 43, "a" * 44 + "a"])
def test_no_other_text_is_a_master_key(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey.parse(text)


async def test_a_roll_for_a_leak_also_ends_keys_that_had_retired(store: Store) -> None:
    vault = await open_vault(store, ONE, "test", clock)
    await ensure_keys(ManagementContext(store, vault, clock, "test"), [SEAL])
    await rotate(ManagementContext(store, vault, clock, "test"), SEAL)
    later = ManagementContext(store, vault, lambda: NOW + timedelta(hours=1), "test")
    await rotate(later, SEAL, at_once=True)
    alive = [
        key
        for key in await list_keys(later)
        if key.gone_at is None or key.gone_at > NOW + timedelta(hours=1)
    ]
    assert len(alive) == 1
