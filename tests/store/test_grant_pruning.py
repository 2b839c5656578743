"""What sessions, grants and links leave behind goes in its time, a bounded number at a time."""

import pytest

from satsuma.accounts import sessions
from satsuma.domain.accounts import AddLink
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import IssueCode, RevokeGrant, RotateRefresh
from satsuma.domain.sessions import StartSession
from satsuma.store import retention
from satsuma.store.port import Reader, Store
from satsuma.store.retention import (
    ENDED_GRANT,
    EXPIRED_CODE,
    EXPIRED_LINK,
    KEPT_ANSWER,
    SESSION_AGE,
    SESSION_IDLE,
)
from tests.store.conftest import Clock
from tests.store.facts import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    code,
    digest,
    foundation,
    grant,
    link,
    peopled,
    refreshing,
    session,
)

NUMBERS = range(1, 5)


@pytest.fixture
async def store(store: Store, clock: Clock) -> Store:
    """A store whose feed stays, so that only what a test is about goes."""
    clock.now = NOW + 900 * DAY
    await store.commit(*foundation())
    return store


async def left(store: Store, *, of: str) -> list[int]:
    """The numbers of the sessions, codes, grants or links that are still there."""

    def found(reader: Reader) -> list[int]:
        finders = {
            "session": lambda n: reader.find_session(digest(n)),
            "code": lambda n: reader.find_code(digest(n)),
            "grant": lambda n: reader.find_grant(f"grt_{n}"),
            "link": lambda n: reader.find_link(digest(n)),
        }
        return [n for n in NUMBERS if finders[of](n)]

    return await store.read(found)


async def test_a_fresh_person_loses_nothing(store: Store) -> None:
    await store.commit(*peopled()[len(foundation()) :])
    assert await store.prune(NOW, 100) == 0


async def test_a_session_goes_when_it_has_idled_too_long(store: Store) -> None:
    seen = (NOW, NOW, NOW + SECOND)
    await store.commit(
        *(StartSession(session(n, seen_at=at)) for n, at in enumerate(seen, start=1))
    )
    assert await store.prune(NOW + SESSION_IDLE, 100) == 0
    assert await store.prune(NOW + SESSION_IDLE + SECOND, 1) == 1
    assert await left(store, of="session") == [2, 3]
    assert await store.prune(NOW + SESSION_IDLE + SECOND, 100) == 1
    assert await left(store, of="session") == [3]


async def test_a_session_goes_when_it_is_too_old_however_lately_it_was_seen(store: Store) -> None:
    late = NOW + SESSION_AGE
    await store.commit(
        StartSession(session(1, seen_at=late)),
        StartSession(session(2, seen_at=late, created_at=NOW + SECOND)),
    )
    assert await store.prune(late, 100) == 0
    assert await store.prune(late + SECOND, 100) == 1
    assert await left(store, of="session") == [2]


def test_sessions_are_kept_as_long_as_they_can_last() -> None:
    assert retention.SESSION_IDLE >= sessions.IDLE
    assert retention.SESSION_AGE >= sessions.ABSOLUTE


async def test_a_code_used_or_not_goes_an_hour_after_its_end(store: Store) -> None:
    """Until then a replay is seen."""
    await store.commit(
        IssueCode(code(1, used_at=NOW), grant(1)),
        IssueCode(code(2), grant(2)),
        IssueCode(code(3, expires_at=NOW + 2 * MINUTE), grant(3)),
    )
    assert await store.prune(NOW + MINUTE + EXPIRED_CODE, 100) == 0
    assert await store.prune(NOW + MINUTE + EXPIRED_CODE + SECOND, 1) == 1
    assert await left(store, of="code") == [2, 3]
    assert await store.prune(NOW + MINUTE + EXPIRED_CODE + SECOND, 100) == 1
    assert await left(store, of="code") == [3]
    assert await left(store, of="grant") == [1, 2, 3]


async def test_a_grant_goes_a_month_after_its_end_and_says_why_until_then(store: Store) -> None:
    far = NOW + 900 * DAY
    effects: list[Effect] = [
        IssueCode(code(1, expires_at=far), refreshing(1)),
        IssueCode(code(2, expires_at=far), grant(2)),
        IssueCode(code(3, expires_at=far), refreshing(3, expires_at=NOW + DAY)),
        IssueCode(code(4, expires_at=far), refreshing(4, expires_at=far, ends_at=far)),
    ]
    await store.commit(*effects, RevokeGrant("grt_1", NOW + 2 * DAY, "code-reused"))
    assert await store.prune(NOW + ENDED_GRANT, 100) == 0
    assert await store.prune(NOW + ENDED_GRANT + SECOND, 100) == 1
    assert await left(store, of="grant") == [1, 3, 4]
    assert await store.prune(NOW + DAY + ENDED_GRANT + SECOND, 100) == 1
    assert await left(store, of="grant") == [1, 4]
    assert await store.prune(NOW + 2 * DAY + ENDED_GRANT, 100) == 0
    found = await store.read(lambda r: r.find_grant("grt_1"))
    assert found is not None
    assert found.revoked_because == "code-reused"
    assert await store.prune(NOW + 2 * DAY + ENDED_GRANT + SECOND, 100) == 1
    assert await store.prune(far, 100) == 0
    assert await left(store, of="grant") == [4]


async def test_ended_grants_go_a_bounded_number_at_a_time(store: Store) -> None:
    await store.commit(*(IssueCode(code(n, expires_at=NOW + 99 * DAY), grant(n)) for n in NUMBERS))
    assert await store.prune(NOW + ENDED_GRANT + SECOND, 3) == 3
    assert await left(store, of="grant") == [4]


async def test_a_kept_answer_goes_soon_after_its_window_and_its_grant_stays(store: Store) -> None:
    """A sealed token response lies in the database no longer than it may be asked for."""
    await store.commit(*(IssueCode(code(n), refreshing(n)) for n in NUMBERS))
    for n in NUMBERS:
        until = NOW + (MINUTE if n < 4 else 2 * MINUTE)
        await store.commit(RotateRefresh(f"grt_{n}", 1, NOW, NOW + DAY, b"sealed", until))
    assert await store.prune(NOW + MINUTE + KEPT_ANSWER, 100) == 0
    assert await answers(store) == [1, 2, 3, 4]
    assert await store.prune(NOW + MINUTE + KEPT_ANSWER + SECOND, 2) == 2
    assert await answers(store) == [3, 4]
    assert await store.prune(NOW + MINUTE + KEPT_ANSWER + SECOND, 2) == 1
    assert await answers(store) == [4]
    assert await left(store, of="grant") == [1, 2, 3, 4]
    kept = await store.read(lambda r: r.find_grant("grt_1"))
    assert kept is not None
    assert (kept.generation, kept.answer, kept.answer_until) == (2, None, None)


async def answers(store: Store) -> list[int]:
    """The numbers of the grants that keep an answer."""

    def found(reader: Reader) -> list[int]:
        grants = {n: reader.find_grant(f"grt_{n}") for n in NUMBERS}
        return [n for n, grant in grants.items() if grant and grant.answer is not None]

    return await store.read(found)


async def test_a_link_goes_a_day_after_its_end(store: Store) -> None:
    await store.commit(
        AddLink(link(1, used_at=NOW)),
        AddLink(link(2, purpose="confirm")),
        AddLink(link(3, purpose="email", expires_at=NOW + 2 * HOUR)),
    )
    assert await store.prune(NOW + HOUR + EXPIRED_LINK, 100) == 0
    assert await store.prune(NOW + HOUR + EXPIRED_LINK + SECOND, 1) == 1
    assert await store.prune(NOW + HOUR + EXPIRED_LINK + SECOND, 100) == 1
    assert await left(store, of="link") == [3]


async def test_subjects_and_consents_stay_for_ever(store: Store) -> None:
    await store.commit(*peopled()[len(foundation()) :])
    await store.prune(NOW + 5000 * DAY, 100)
    assert await store.read(lambda r: r.find_account_of_subject("sub_1_1")) == "acc_1"
    assert len(await store.read(lambda r: r.list_consents("acc_1"))) == 1
    assert await store.read(lambda r: r.count_work()) == 1
