"""Rows that matter no more go, a bounded number at a time; everything else stays."""

import pytest

from satsuma.domain.applications import AddSecret
from satsuma.domain.audit import Audit
from satsuma.domain.keys import AddKey
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Revoke
from satsuma.store.port import Conflict, Store
from satsuma.store.retention import FEED, GONE_KEY, REQUEST_LOG, RETIRED_SECRET
from tests.store.conftest import Clock
from tests.store.facts import (
    DAY,
    NOW,
    SECOND,
    client_id,
    foundation,
    furnished,
    key,
    logged,
    secret,
)


async def test_a_fresh_database_loses_nothing(store: Store) -> None:
    await store.commit(*furnished(), Audit(NOW, "a", "b", "c"))
    assert await store.prune(NOW, 100) == 0


async def test_the_feed_goes_after_a_day_and_its_floor_stays(store: Store, clock: Clock) -> None:
    await store.commit(*(Revoke("token", f"t{n}", NOW + 9 * DAY) for n in range(3)))
    clock.now = NOW + SECOND
    await store.commit(Revoke("token", "later", NOW + 9 * DAY))
    assert await store.prune(NOW + FEED, 100) == 0
    assert await store.prune(NOW + FEED + SECOND, 2) == 2
    assert await store.read(lambda r: (r.feed_floor(), r.feed_head())) == (2, 4)
    assert [c.seq for c in await store.read(lambda r: r.feed_since(0, 9))] == [3, 4]
    assert await store.prune(NOW + 2 * FEED, 100) == 2
    assert await store.read(lambda r: (r.feed_floor(), r.feed_head())) == (4, 4)
    await store.commit(Revoke("token", "next", NOW + 9 * DAY))
    assert [c.seq for c in await store.read(lambda r: r.feed_since(4, 9))] == [5]


async def test_revocations_go_when_their_last_token_has_expired(store: Store, clock: Clock) -> None:
    clock.now = NOW + 9 * DAY  # the feed stays
    await store.commit(
        Revoke("token", "a", NOW), Revoke("grant", "b", NOW), Revoke("token", "c", NOW + SECOND)
    )
    assert await store.prune(NOW - SECOND, 100) == 0
    assert await store.prune(NOW, 1) == 1
    assert await store.prune(NOW, 100) == 1
    left = await store.read(lambda r: r.list_revocations(NOW - DAY))
    assert [r.id for r in left] == ["c"]


async def test_the_request_log_goes_after_a_week(store: Store) -> None:
    rows = tuple(logged(n, at=NOW + n * SECOND) for n in range(4))
    await store.commit(LogRequests(rows))
    assert await store.prune(NOW + REQUEST_LOG, 100) == 0
    assert await store.prune(NOW + REQUEST_LOG + 3 * SECOND, 2) == 2
    assert await store.prune(NOW + REQUEST_LOG + 3 * SECOND, 9) == 1
    assert await store.read(lambda r: r.find_logged_request("req_3")) == rows[3]


async def test_a_retired_secret_loses_its_ciphertext_at_once_and_goes_after_90_days(
    store: Store, clock: Clock
) -> None:
    clock.now = NOW + 500 * DAY
    await store.commit(
        *foundation(), AddSecret(secret(1)), AddSecret(secret(2, expires_at=NOW + DAY))
    )

    async def secrets() -> list[tuple[str, bool]]:
        client = await store.read(lambda r: r.find_client(client_id()))
        assert client is not None
        return [(s.secret_id, s.ciphertext is not None) for s in client.secrets]

    await store.prune(NOW + DAY - SECOND, 100)
    assert await secrets() == [("sec_1", True), ("sec_2", True)]
    assert await store.prune(NOW + DAY, 100) == 0
    assert await secrets() == [("sec_1", True), ("sec_2", False)]
    assert await store.prune(NOW + DAY + RETIRED_SECRET, 100) == 0
    assert await store.prune(NOW + DAY + RETIRED_SECRET + SECOND, 100) == 1
    assert await secrets() == [("sec_1", True)]


async def test_a_key_goes_a_year_after_it_was_gone_and_its_id_is_never_given_again(
    store: Store, clock: Clock
) -> None:
    clock.now = NOW + 500 * DAY
    await store.commit(AddKey(key(1, gone_at=NOW)), AddKey(key(2, gone_at=NOW)), AddKey(key(3)))
    assert await store.prune(NOW + GONE_KEY, 100) == 0
    assert await store.prune(NOW + GONE_KEY + SECOND, 1) == 1
    assert await store.prune(NOW + GONE_KEY + SECOND, 100) == 1
    assert [k.kid for k in await store.read(lambda r: r.list_keys())] == ["key_3"]
    with pytest.raises(Conflict, match="key-exists"):
        await store.commit(AddKey(key(1)))


async def test_audit_rows_stay_for_ever(store: Store, clock: Clock) -> None:
    await store.commit(Audit(NOW, "a", "b", "c"))
    await store.prune(NOW + 5000 * DAY, 100)
    assert len(await store.read(lambda r: r.audit_since(0, 9))) == 1
