"""An account that nobody confirmed goes after a week, by the rules of a deletion; one that is waited for stays."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from satsuma.accounts.policy import AccountPolicy
from satsuma.accounts.unconfirmed import KEPT, drop_unconfirmed, take_address
from satsuma.domain.accounts import AddLink, ChangeEmail, ConfirmAccount, CreateAccount
from satsuma.domain.applications import CreateApplication, SetApplicationState
from satsuma.domain.spaces import CreateSpace
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Store
from tests.store.facts import DAY, HOUR, NOW, SECOND, account, application, link, space

LATE = NOW + KEPT + SECOND


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Any) -> AsyncIterator[Store]:
    url = "memory:"
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'facts.db'}"
    elif request.param == "postgresql":
        url = request.getfixturevalue("postgres_database")
    opened = open_store(url, upgrade=True)
    yield opened
    await opened.close()


async def left(store: Store) -> list[str]:
    return [each.account_id for each in await store.read(lambda r: r.list_accounts("", 99))]


async def test_only_who_waited_too_long_goes_the_oldest_first_and_a_few_at_a_time(
    store: Store,
) -> None:
    await store.commit(
        CreateAccount(account(1, confirmed_at=NOW)),
        *(CreateAccount(account(n, created_at=NOW + n * SECOND)) for n in (4, 3, 2)),
        CreateAccount(account(5, created_at=NOW + DAY)),
    )
    assert await drop_unconfirmed(store, NOW + KEPT, 10) == 0
    assert await drop_unconfirmed(store, LATE + HOUR, 2) == 2
    assert await left(store) == ["acc_1", "acc_4", "acc_5"]
    assert await drop_unconfirmed(store, LATE + HOUR, 2) == 1
    assert await left(store) == ["acc_1", "acc_5"]
    rows = await store.read(lambda r: r.audit_since(0, 99))
    assert {(row.actor, row.action) for row in rows} == {("housekeeping", "account.drop")}


async def test_its_ids_are_never_given_again_and_its_address_is_free(store: Store) -> None:
    await store.commit(CreateAccount(account(1)), CreateSpace(space(1)), AddLink(link(1)))
    await drop_unconfirmed(store, LATE, 10)
    assert await left(store) == []
    for again in (CreateAccount(account(1)), CreateSpace(space(1, owner_id="acc_2"))):
        with pytest.raises(Conflict):
            await store.commit(CreateAccount(account(2, email="x")), again)
    await store.commit(CreateAccount(account(2, email=account(1).email)))


async def test_who_has_a_live_link_or_applications_is_waited_for(store: Store) -> None:
    await store.commit(
        *(CreateAccount(account(n)) for n in (1, 2, 3)),
        AddLink(link(1, expires_at=LATE + SECOND)),
        CreateSpace(space(2)),
        CreateApplication(application(2, 2)),
    )
    await drop_unconfirmed(store, LATE, 10)
    assert await left(store) == ["acc_1", "acc_2"]
    await store.commit(SetApplicationState("app_2", "revoked", "active"))
    await drop_unconfirmed(store, LATE + SECOND, 10)
    assert await left(store) == []


async def test_who_confirms_at_that_moment_stays(store: Store) -> None:
    """Between the look and the deletion: the condition stands in the deletion."""
    await store.commit(CreateAccount(account(1)))

    class Overtaken:
        read = staticmethod(store.read)

        @staticmethod
        async def commit(*effects: Any) -> None:
            await store.commit(ConfirmAccount("acc_1", NOW))
            await store.commit(*effects)

    assert await drop_unconfirmed(Overtaken, LATE, 10) == 1  # type: ignore[arg-type]
    assert await left(store) == ["acc_1"]


STRANGERS = account(2).email
TAKE = (STRANGERS, "acc_1", NOW, "account:acc_1", ChangeEmail("acc_1", STRANGERS, account(1).email))


async def emails(store: Store) -> dict[str, str]:
    return {
        each.account_id: each.email for each in await store.read(lambda r: r.list_accounts("", 99))
    }


async def test_who_only_waits_for_an_address_gives_way(store: Store) -> None:
    await store.commit(
        CreateAccount(account(1, confirmed_at=NOW)), CreateAccount(account(2)), AddLink(link(2, 2))
    )
    await take_address(store, *TAKE)
    assert await emails(store) == {"acc_1": STRANGERS}
    rows = await store.read(lambda r: r.audit_since(0, 99))
    assert [(row.actor, row.action, row.object) for row in rows] == [
        ("account:acc_1", "account.drop", "account:acc_2")
    ]


async def test_who_confirmed_an_address_keeps_it(store: Store) -> None:
    await store.commit(*(CreateAccount(account(n, confirmed_at=NOW)) for n in (1, 2)))
    with pytest.raises(Conflict, match="account-exists"):
        await take_address(store, *TAKE)
    assert (await emails(store))["acc_2"] == STRANGERS


@pytest.mark.parametrize(
    ("meanwhile", "left_over"),
    [
        ((CreateAccount(account(2)),), {"acc_1": STRANGERS}),
        (
            (CreateAccount(account(2, confirmed_at=NOW)),),
            {"acc_1": account(1).email, "acc_2": STRANGERS},
        ),
    ],
    ids=["signs-up", "confirms"],
)
async def test_who_comes_between_the_look_and_the_change_is_looked_at_again(
    store: Store, meanwhile: Any, left_over: dict[str, str]
) -> None:
    await store.commit(CreateAccount(account(1, confirmed_at=NOW)))

    coming = list(meanwhile)

    class Overtaken:
        read = staticmethod(store.read)

        async def commit(self, *effects: Any) -> None:
            if coming:
                await store.commit(coming.pop())
            await store.commit(*effects)

    try:
        await take_address(Overtaken(), *TAKE)  # type: ignore[arg-type]
    except Conflict as conflict:
        assert conflict.slug == "account-exists"
    assert await emails(store) == left_over


async def test_who_confirms_while_it_gives_way_is_one_or_the_other(store: Store) -> None:
    for n in range(10, 40, 2):
        mine, theirs = account(n, confirmed_at=NOW), account(n + 1)
        await store.commit(CreateAccount(mine), CreateAccount(theirs))
        change = ChangeEmail(mine.account_id, theirs.email, mine.email)
        told = await asyncio.gather(
            take_address(store, theirs.email, mine.account_id, NOW, "test", change),
            store.commit(ConfirmAccount(theirs.account_id, NOW)),
            return_exceptions=True,
        )
        assert [each is None for each in told].count(True) == 1, told
        found = await emails(store)
        assert found[mine.account_id] == (
            mine.email if theirs.account_id in found else theirs.email
        )


def test_an_invitation_ends_before_its_account_goes() -> None:
    assert AccountPolicy().invitation_life + timedelta(days=1) < KEPT
