"""Each question of the reader has the same answer on every store."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.apis import Api, CreateApi, PutApiDocument, RequestPolicy
from satsuma.domain.applications import AddSecret, Client, CreateApplication
from satsuma.domain.audit import Audit, AuditRecord, SealAudit
from satsuma.domain.keys import AddKey
from satsuma.domain.limits import Limits
from satsuma.domain.plans import CreatePlan
from satsuma.domain.request_log import LoggedRequest, LogRequests
from satsuma.domain.revocations import Change, Revocation, Revoke
from satsuma.domain.subscriptions import Subscribe
from satsuma.store.port import Reader, Store
from satsuma.store.sql.meta import TABLES
from tests.store.facts import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    account,
    api,
    api_document,
    application,
    client_id,
    foundation,
    furnished,
    key,
    logged,
    peopled,
    plan,
    secret,
    space,
    subscription,
)


async def test_a_client_comes_with_all_its_secrets_and_subscriptions(store: Store) -> None:
    older = secret(9, created_at=NOW - DAY, expires_at=NOW - HOUR)
    await store.commit(*furnished(), *foundation(2), CreateApi(api(0)), CreateApi(api(2)))
    await store.commit(
        AddSecret(older), Subscribe(subscription(api=0)), Subscribe(subscription(2, 2))
    )
    found = await store.read(lambda reader: reader.find_client(client_id()))
    subscriptions = (subscription(api=0), subscription(api=1))
    assert found == Client(application(), (older, secret()), subscriptions)
    assert await store.read(lambda reader: reader.find_client(client_id(7))) is None


async def test_applications_are_found_and_listed_page_by_page(store: Store) -> None:
    await store.commit(*foundation(1), *foundation(2))
    await store.commit(*(CreateApplication(application(n, space=1)) for n in (3, 4, 5)))

    def listed(space: str | None, after: str, limit: int) -> "asyncio.Future[list[str]]":
        return asyncio.ensure_future(
            store.read(
                lambda r: [a.application_id for a in r.list_applications(space, after, limit)]
            )
        )

    assert await listed(None, "", 3) == ["app_1", "app_2", "app_3"]
    assert await listed(None, "app_3", 3) == ["app_4", "app_5"]
    assert await listed("spc_1", "app_1", 2) == ["app_3", "app_4"]
    assert await listed("spc_7", "", 2) == []
    assert await store.read(lambda r: r.find_application("app_2")) == application(2, 2)
    assert await store.read(lambda r: r.find_application("app_7")) is None


async def test_ids_sort_by_code_point_on_every_store(store: Store) -> None:
    await store.commit(*foundation())
    ids = ["a-1", "a_1", "B", "a1", "Ä", "é", "z", "😀", "\uffff"]
    await store.commit(
        *(
            CreateApplication(application(application_id=i, name=i, client_id=i, space_id="spc_1"))
            for i in ids
        )
    )
    found = await store.read(lambda r: r.list_applications(None, "", 99))
    assert [a.application_id for a in found] == sorted([*ids, "app_1"])


async def test_accounts_and_spaces_are_found(store: Store) -> None:
    full = account(
        2, confirmed_at=NOW, password_hash="$argon2id$...", blocked=True, role="operator"
    )
    await store.commit(*foundation(), CreateAccount(full))
    assert await store.read(lambda r: r.find_account("acc_2")) == full
    assert await store.read(lambda r: r.find_account("acc_7")) is None
    assert await store.read(lambda r: r.find_account_by_email(full.email)) == full
    assert await store.read(lambda r: r.find_account_by_email("")) is None
    assert await store.read(lambda r: r.find_space_of("acc_1")) == space()
    assert await store.read(lambda r: r.find_space_of("acc_2")) is None


async def test_apis_are_listed_by_name_and_version_with_all_that_they_hold(store: Store) -> None:
    bare = Api(
        "api_0",
        "aaa",
        10,
        "",
        "live",
        (),
        "http://x",
        (),
        "res_0",
        b"",
        NOW,
        RequestPolicy(),
        Limits(),
    )
    policy = RequestPolicy(("GET",), ("a",), ("b",), (("q", ".", True),), (("h", "x", False),))
    second = api(2, name="aaa", version=9, policy=replace(policy, body_fields=(("f", "1", True),)))
    await store.commit(CreateApi(api()), CreateApi(bare), CreateApi(second))
    assert await store.read(lambda r: r.list_apis()) == [second, bare, api()]


async def test_an_api_has_one_document_the_last_that_was_put(store: Store) -> None:
    await store.commit(CreateApi(api()), PutApiDocument(api_document(packed=b"first")))
    await store.commit(PutApiDocument(api_document(packed=b"\xff\0")))
    found = await store.read(lambda r: [r.find_api_document(f"api_{n}") for n in (1, 2)])
    assert found == [api_document(packed=b"\xff\0"), None]


async def test_keys_are_listed_oldest_first(store: Store) -> None:
    keys = [key(3, announced_at=NOW - DAY, purpose="seal", public=""), key(1), key(2, gone_at=NOW)]
    await store.commit(*(AddKey(k) for k in reversed(keys)))
    assert await store.read(lambda r: r.list_keys()) == keys


async def test_revocations_are_listed_while_they_matter(store: Store) -> None:
    await store.commit(
        Revoke("token", "past", NOW),
        Revoke("token", "a", NOW + SECOND),
        Revoke("grant", "a", NOW + DAY),
    )
    found = await store.read(lambda r: r.list_revocations(NOW))
    assert found == [Revocation("grant", "a", NOW + DAY), Revocation("token", "a", NOW + SECOND)]


async def test_the_feed_is_read_on_from_a_number(store: Store) -> None:
    def read(after: int, limit: int) -> "asyncio.Future[tuple[int, int, list[Change]]]":
        return asyncio.ensure_future(
            store.read(lambda r: (r.feed_head(), r.feed_floor(), list(r.feed_since(after, limit))))
        )

    assert await read(0, 9) == (0, 0, [])
    await store.commit(*(Revoke("token", f"t{n}", NOW) for n in range(1, 5)))
    rows = [Change(n, "revoked:token", f"t{n}", NOW) for n in range(1, 5)]
    assert await read(0, 2) == (4, 0, rows[:2])
    assert await read(2, 9) == (4, 0, rows[2:])
    assert await read(4, 9) == (4, 0, [])


async def test_audit_rows_are_read_on_from_a_number(store: Store) -> None:
    assert await store.read(lambda r: r.audit_sealed_head()) is None
    await store.commit(Audit(NOW, "a", "b", "c", '{"n":1}'), Audit(NOW + DAY, "d", "e", "f"))
    await store.commit(SealAudit(((1, b"mac"),)))
    rows = [
        AuditRecord(1, NOW, "a", "b", "c", '{"n":1}', b"mac"),
        AuditRecord(2, NOW + DAY, "d", "e", "f", "{}"),
    ]
    assert await store.read(lambda r: list(r.audit_since(0, 9))) == rows
    assert await store.read(lambda r: list(r.audit_since(0, 1))) == rows[:1]
    assert await store.read(lambda r: list(r.audit_since(1, 9))) == rows[1:]
    assert await store.read(lambda r: r.audit_sealed_head()) == rows[0]


async def test_a_logged_request_is_found_by_our_id_or_the_newest_supplied_one(store: Store) -> None:
    older = logged(1, supplied_id="theirs", client_id=None)
    newer = logged(2, supplied_id="theirs", at=NOW + SECOND, repeated=7)
    ours = logged(3, request_id="theirs-too", supplied_id=None)
    decoy = logged(4, supplied_id="theirs-too", at=NOW + DAY)
    await store.commit(LogRequests((newer, older)), LogRequests((ours, decoy)))
    for request_id, row in [("req_1", older), ("theirs", newer), ("theirs-too", ours), ("x", None)]:
        assert await store.read(lambda r, i=request_id: r.find_logged_request(i)) == row
    again = logged(1, repeated=9)
    await store.commit(LogRequests((again,)))
    assert await store.read(lambda r: r.find_logged_request("req_1")) == again


async def test_logged_requests_are_listed_by_time_client_and_status(store: Store) -> None:
    rows = (
        logged(1, at=NOW - DAY),
        logged(2, at=NOW, status=403),
        logged(3, at=NOW + SECOND, status=503, client_id=None),
        logged(4, at=NOW + SECOND, status=429, client_id=client_id(2)),
        logged(5, at=NOW + DAY, client_id=client_id(2)),
    )
    await store.commit(LogRequests(rows[::-1]))

    async def listed(
        since: datetime = NOW - DAY,
        client: str | None = None,
        statuses: tuple[int, int] = (0, 999),
        limit: int = 9,
    ) -> tuple[LoggedRequest, ...]:
        return await store.read(
            lambda r: tuple(r.list_logged_requests(since, client, statuses, limit))
        )

    assert await listed() == rows
    assert await listed(since=NOW) == rows[1:]
    assert await listed(client=client_id(2)) == (rows[1], rows[3], rows[4])
    assert await listed(statuses=(400, 429)) == (rows[0], rows[1], rows[3], rows[4])
    assert await listed(limit=2) == rows[3:]
    assert await listed(client=client_id(2), statuses=(403, 429), limit=1) == rows[3:4]
    assert await listed(client="nobody\0") == ()


def of_two_spaces() -> tuple[LoggedRequest, ...]:
    return (
        logged(1, at=NOW - DAY),
        logged(2, at=NOW, status=403, client_id=client_id(1)),
        logged(3, at=NOW, client_id=None),
        logged(4, at=NOW + SECOND, client_id=client_id(2), supplied_id="both"),
        logged(5, at=NOW + SECOND, client_id=client_id(1), supplied_id="both"),
        logged(6, at=NOW + SECOND, client_id=client_id(1)),
    )


async def test_the_requests_of_a_space_are_those_of_its_applications_alone(store: Store) -> None:
    rows = of_two_spaces()
    await store.commit(*foundation(1), *foundation(2), LogRequests(rows))

    async def listed(
        space: str = "spc_1",
        client: str | None = None,
        since: datetime = NOW - DAY,
        before: tuple[datetime, str] = (NOW + DAY, ""),
        statuses: tuple[int, int] = (0, 999),
        limit: int = 9,
    ) -> list[LoggedRequest]:
        asked = space, client, since, before, statuses, limit
        return await store.read(lambda r: list(r.list_requests_of_space(*asked)))

    own = [rows[5], rows[4], rows[1], rows[0]]
    assert await listed() == own
    assert await listed("spc_2") == [rows[3]]
    assert await listed("nobody\0") == []
    assert await listed(client=client_id(1)) == own
    assert await listed(client=client_id(2)) == []
    assert await listed(since=NOW) == own[:3]
    assert await listed(limit=1) == own[:1]
    assert await listed(before=(own[0].at, own[0].request_id)) == own[1:]
    assert await listed(statuses=(403, 403)) == [rows[1]]


async def test_a_request_of_a_space_is_found_by_either_id_and_by_no_other_space(
    store: Store,
) -> None:
    rows = of_two_spaces()
    await store.commit(*foundation(1), *foundation(2), LogRequests(rows))

    async def found(space: str, request_id: str) -> LoggedRequest | None:
        return await store.read(lambda r: r.find_request_of_space(space, request_id))

    assert await found("spc_1", "req_1") == rows[0]
    assert await found("spc_2", "req_1") is None
    assert await found("spc_1", "req_3") is None
    assert await found("spc_1", "both") == rows[4]
    assert await found("spc_2", "both") == rows[3]


async def test_facts_about_the_database_start_with_who_can_read_it(store: Store) -> None:
    assert await store.read(lambda r: r.find_meta("min_reader")) == "0001"
    assert await store.read(lambda r: r.find_meta("kind")) is None


async def test_rows_are_counted_in_every_table(store: Store) -> None:
    await store.commit(*furnished(), Audit(NOW, "a", "b", "c"), LogRequests((logged(),)))
    await store.commit(*peopled()[len(foundation()) :], CreatePlan(plan()))
    await store.commit(PutApiDocument(api_document()))
    counts = await store.read(lambda r: r.count_rows())
    assert tuple(counts) == TABLES
    ones = {table for table, count in counts.items() if count == 1}
    assert ones == set(TABLES) - {
        "revocation",
        "lease",
        "usage",
        "usage_count",
        "tomb",
        "feed",
        "meta",
    }
    assert (counts["feed"], counts["meta"], counts["tomb"]) == (4, 2, 0)


async def test_instants_keep_their_microseconds_and_come_back_in_utc(store: Store) -> None:
    paris = timezone(timedelta(hours=1))
    moments = [NOW.replace(microsecond=999_999), NOW.replace(year=9999), NOW.replace(year=1601)]
    await store.commit(
        *(
            CreateAccount(account(n, created_at=at.astimezone(paris)))
            for n, at in enumerate(moments)
        )
    )
    for n, at in enumerate(moments):
        found = await store.read(lambda r, n=n: r.find_account(f"acc_{n}"))
        assert found is not None
        assert found.created_at == at


@pytest.mark.parametrize("text", ["\0", f"{client_id()}\0", "\udcff", "'; DROP TABLE account; --"])
async def test_nothing_is_found_by_a_text_that_no_column_holds(store: Store, text: str) -> None:
    await store.commit(*furnished())

    def ask(r: Reader) -> tuple[object, ...]:
        return (
            r.find_client(text),
            r.find_application(text),
            r.find_account(text),
            r.find_account_by_email(text),
            r.find_logged_request(text),
            r.find_meta(text),
        )

    assert set(await store.read(ask)) == {None}


async def test_a_read_sees_one_moment_though_commits_go_on(database: str, opened) -> None:
    store = opened(database)
    if database.startswith("sqlite"):
        other = opened(database)
    else:
        other = store
    await store.commit(*foundation())
    loop = asyncio.get_running_loop()

    def twice(reader: Reader) -> tuple[int, int]:
        before = reader.count_rows()["application"]
        commit = other.commit(CreateApplication(application(2, 1)))
        asyncio.run_coroutine_threadsafe(commit, loop).result(20)
        return before, reader.count_rows()["application"]

    assert await store.read(twice) == (1, 1)
    assert await store.read(lambda r: r.count_rows()["application"]) == 2


async def test_what_a_query_raises_comes_out_and_the_store_goes_on(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.read(lambda r: {}["no"])
    assert await store.read(lambda r: r.feed_head()) == 0
