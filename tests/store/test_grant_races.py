"""Races over grants and consents that are decided by what stands afterwards, from eight processes."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from satsuma.domain.audit import Audit
from satsuma.domain.consents import PutConsent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import Grant, IssueCode, RevokeGrant, UseCode
from satsuma.store.port import Store
from satsuma.store.sql.consents import OPEN_CONSENT
from tests.store.facts import NOW, code, consent, digest, foundation, grant
from tests.store.grant_races import refreshable, rotate
from tests.store.racers import WON, Mutation, Racers

ROUNDS = 6


async def race(
    store: Store,
    url: str,
    racers: Racers,
    before: Callable[[int], Sequence[Effect]],
    effect: Callable[[int, int], Effect],
    mutation: Mutation | None = None,
) -> list[list[str]]:
    """Let every racer commit its effect of each round; give the outcomes of the rounds."""
    for n in range(ROUNDS):
        await store.commit(*before(n))
    each = [[(effect(n, racer),) for n in range(ROUNDS)] for racer in range(racers.count)]
    return racers.race(url, each, mutation)


def one_refreshes_all_others_revoke(n: int, racer: int) -> Effect:
    return RevokeGrant(f"grt_{n}", NOW, f"racer {racer}") if racer else rotate(n)


async def grants(store: Store) -> list[Grant]:
    found = [await store.read(lambda r, n=n: r.find_grant(f"grt_{n}")) for n in range(ROUNDS)]
    assert None not in found
    return [each for each in found if each]


async def test_no_refresh_stands_after_a_revocation_that_committed(
    database: str, opened: Any, racers: Racers
) -> None:
    """The condition: `revoked_at IS NULL` in RotateRefresh. A revocation drops the kept answer, so
    one that is still there was written after it.
    """
    store = opened(database)
    rounds = await race(store, database, racers, refreshable, one_refreshes_all_others_revoke)
    assert {refreshed for refreshed, *_ in rounds} <= {WON, "refresh-moved"}
    assert [revoked for _, *revoked in rounds] == [[WON] * 7] * ROUNDS
    for (refreshed, *_), left in zip(rounds, await grants(store), strict=True):
        assert (left.revoked_at, left.answer) == (NOW, None)
        assert left.generation == (2 if refreshed == WON else 1)


async def test_without_its_condition_a_refresh_stands_after_a_revocation(
    database: str, opened: Any, racers: Racers
) -> None:
    store = opened(database)
    careless = Mutation("RotateRefresh", "AND revoked_at IS NULL")
    await race(store, database, racers, refreshable, one_refreshes_all_others_revoke, careless)
    assert [each for each in await grants(store) if each.answer is not None]


async def test_the_audit_never_shows_a_code_used_after_its_grant_was_revoked(
    database: str, opened: Any, racers: Racers
) -> None:
    """The condition: UseCode keeps the grant's row, so one of the two commits before the other."""
    store = opened(database)
    for n in range(ROUNDS):
        await store.commit(*foundation(n), IssueCode(code(n), grant(n, n)))

    def one_redeems_all_others_revoke(n: int, racer: int) -> tuple[Effect, ...]:
        effect = RevokeGrant(f"grt_{n}", NOW, "asked") if racer else UseCode(digest(n), NOW)
        return effect, Audit(NOW, f"racer {racer}", "revoke" if racer else "redeem", f"grt_{n}")

    each = [
        [one_redeems_all_others_revoke(n, racer) for n in range(ROUNDS)]
        for racer in range(racers.count)
    ]
    rounds = racers.race(database, each)
    assert {redeemed for redeemed, *_ in rounds} <= {WON, "grant-revoked"}
    assert [revoked for _, *revoked in rounds] == [[WON] * 7] * ROUNDS
    rows = await store.read(lambda r: r.audit_since(0, 1000))
    for n, (redeemed, *_) in enumerate(rounds):
        actions = [row.action for row in rows if row.object == f"grt_{n}"]
        assert actions == ["redeem"] * (redeemed == WON) + ["revoke"] * 7


def one_scope(n: int, racer: int) -> Effect:
    return PutConsent(consent(n, n, scope=f"scope:{racer}"))


async def remembered(store: Store) -> list[int]:
    """How many scopes each round's consent has."""
    found = [await store.read(lambda r, n=n: r.list_consents(f"acc_{n}")) for n in range(ROUNDS)]
    return [len(one.scope.split()) for (one,) in found]


def consented(n: int) -> Sequence[Effect]:
    return (*foundation(n), PutConsent(consent(n, n, scope="")))


@pytest.mark.parametrize("before", [foundation, consented])
async def test_consents_given_at_the_same_moment_add_up(
    database: str, opened: Any, racers: Racers, before: Callable[[int], Sequence[Effect]]
) -> None:
    """The condition: OPEN_CONSENT keeps the row that it reads."""
    store = opened(database)
    assert await race(store, database, racers, before, one_scope) == [[WON] * 8] * ROUNDS
    assert await remembered(store) == [8] * ROUNDS


async def test_without_the_kept_row_consents_are_lost(
    postgresql_url: str, opened: Any, racers: Racers
) -> None:
    look = (
        "SELECT scope FROM consent WHERE account_id = :account_id "
        "AND application_id = :application_id AND issuer = :issuer"
    )
    store, careless = opened(postgresql_url), Mutation("OPEN_CONSENT", OPEN_CONSENT, look)
    await race(store, postgresql_url, racers, consented, one_scope, careless)
    assert min(await remembered(store)) < 8
