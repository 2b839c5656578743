"""Each question about sessions, consents, grants and work has the same answer on every store, and needs no scan."""

import re
import sqlite3
from pathlib import Path

import psycopg
import pytest

from satsuma.domain.accounts import AddLink, CreateAccount
from satsuma.domain.applications import AddSecret, CreateApplication, SetApplicationState
from satsuma.domain.consents import PutConsent, PutSubject
from satsuma.domain.grants.grant import IssueCode, RevokeGrant
from satsuma.domain.sessions import StartSession
from satsuma.domain.work import Enqueue
from satsuma.store.port import Reader, Store
from satsuma.store.postgresql.connection import translated
from tests.store.facts import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    account,
    application,
    code,
    consent,
    digest,
    foundation,
    furnished,
    grant,
    link,
    peopled,
    refreshing,
    secret,
    session,
    work,
)
from tests.store.statements import STATEMENTS, statements_of


async def test_sessions_are_found_and_listed_the_one_seen_last_first(store: Store) -> None:
    seen = {1: NOW, 2: NOW + HOUR, 3: NOW, 4: NOW - HOUR}
    await store.commit(*foundation(1), *foundation(2))
    await store.commit(*(StartSession(session(n, seen_at=at)) for n, at in seen.items()))
    await store.commit(StartSession(session(5, account=2)))
    found = await store.read(lambda r: r.list_sessions("acc_1"))
    assert [s.sid for s in found] == ["sid_2", "sid_1", "sid_3", "sid_4"]
    assert await store.read(lambda r: r.find_session(digest(2))) == found[0]
    assert await store.read(lambda r: r.find_session(digest(7))) is None
    assert await store.read(lambda r: r.list_sessions("acc_7")) == []


async def test_a_code_is_found_with_its_grant_and_all_that_they_hold(store: Store) -> None:
    full = code(
        1, resource="https://api.example/é", code_challenge=None, used_at=NOW, redirect_uri=""
    )
    held = refreshing(1, answer=b"\x00\xff", answer_until=NOW + HOUR, generation=2**40)
    await store.commit(*foundation(), IssueCode(full, held), IssueCode(code(2), grant(2)))
    assert await store.read(lambda r: r.find_code(digest(1))) == (full, held)
    assert await store.read(lambda r: r.find_code(digest(2))) == (code(2), grant(2))
    assert await store.read(lambda r: r.find_code(digest(7))) is None
    assert await store.read(lambda r: r.find_grant("grt_1")) == held
    assert await store.read(lambda r: r.find_grant("grt_7")) is None


async def test_grants_are_listed_with_their_applications_newest_first(store: Store) -> None:
    given = [
        grant(1, created_at=NOW - DAY),
        grant(2, application=2, expires_at=NOW - DAY),
        grant(3),
        grant(4, revoked_at=NOW),
        grant(5, account=2),
    ]
    await store.commit(*foundation(), CreateAccount(account(2)), CreateApplication(application(2)))
    await store.commit(*(IssueCode(code(n), g) for n, g in enumerate(given)))
    found = await store.read(lambda r: r.list_grants("acc_1"))
    assert found == [
        (given[1], application(2)),
        (given[2], application(1)),
        (given[0], application(1)),
    ]
    await store.commit(RevokeGrant("grt_3", NOW, "asked"))
    assert [g for g, _ in await store.read(lambda r: r.list_grants("acc_1"))] == given[1::-1]
    assert await store.read(lambda r: r.list_grants("acc_7")) == []


async def test_consents_and_subjects_are_found_by_whom_they_join(store: Store) -> None:
    await store.commit(*foundation(), CreateAccount(account(2)), CreateApplication(application(2)))
    given = [consent(), consent(issuer="z"), consent(application=2, scope="email")]
    await store.commit(*(PutConsent(c) for c in reversed(given)), PutConsent(consent(2)))
    await store.commit(
        PutSubject("acc_1", "app_1", "a", NOW), PutSubject("acc_2", "app_1", "b", NOW)
    )
    assert await store.read(lambda r: r.list_consents("acc_1")) == given
    assert await store.read(lambda r: r.find_consent("acc_1", "app_2", "standard")) == given[2]
    assert await store.read(lambda r: r.find_consent("acc_1", "app_2", "z")) is None
    assert await store.read(lambda r: r.find_subject("acc_1", "app_1")) == "a"
    assert await store.read(lambda r: r.find_subject("acc_1", "app_2")) is None
    assert await store.read(lambda r: r.find_account_of_subject("b")) == "acc_2"
    assert await store.read(lambda r: r.find_account_of_subject("c")) is None


async def test_links_are_found_used_or_not(store: Store) -> None:
    given = [link(1, used_at=NOW), link(2, purpose="email", expires_at=NOW - DAY)]
    await store.commit(*foundation(), *(AddLink(one) for one in given))
    for n, one in [(1, given[0]), (2, given[1]), (7, None)]:
        assert await store.read(lambda r, n=n: r.find_link(digest(n))) == one


async def test_due_work_comes_the_longest_due_first(store: Store) -> None:
    due = {1: NOW, 2: NOW - HOUR, 3: NOW + SECOND, 4: NOW, 5: NOW - DAY}
    await store.commit(*(Enqueue(work(n, due_at=at, attempts=n)) for n, at in due.items()))
    await store.commit(Enqueue(work(6, kind="webhook", payload=b"")))
    found = await store.read(lambda r: r.due_work("mail", NOW, 3))
    assert found == [work(n, due_at=due[n], attempts=n) for n in (5, 2, 1)]
    assert len(await store.read(lambda r: r.due_work("mail", NOW, 99))) == 4
    assert await store.read(lambda r: r.due_work("none", NOW, 99)) == []
    assert await store.read(lambda r: r.count_work()) == 6


async def test_web_origins_are_those_of_all_active_applications(store: Store) -> None:
    assert await store.read(lambda r: r.list_web_origins()) == frozenset()
    origins = {2: ("https://a.example", "https://b.example"), 3: ("https://a.example",), 4: ()}
    await store.commit(*foundation())
    await store.commit(
        *(CreateApplication(application(n, web_origins=given)) for n, given in origins.items())
    )
    expected = {"https://client.example", "https://a.example", "https://b.example"}
    assert await store.read(lambda r: r.list_web_origins()) == expected
    for state, left in (("blocked", {"https://client.example", "https://a.example"}),):
        await store.commit(SetApplicationState("app_2", state, "active"))
        assert await store.read(lambda r: r.list_web_origins()) == left


async def test_the_owner_of_a_secret_is_found_live_or_retired(store: Store) -> None:
    retired = secret(2, expires_at=NOW - DAY)
    await store.commit(*furnished(), AddSecret(retired))
    assert await store.read(lambda r: r.find_secret_owner(secret().digest)) == "app_1"
    assert await store.read(lambda r: r.find_secret_owner(retired.digest)) == "app_1"
    assert await store.read(lambda r: r.find_secret_owner(b"another")) is None


async def test_the_owner_of_a_space_is_found(store: Store) -> None:
    await store.commit(*foundation())
    assert await store.read(lambda r: r.find_owner("spc_1")) == account()
    assert await store.read(lambda r: r.find_owner("spc_7")) is None


@pytest.mark.parametrize("text", ["\0", "acc_1\0", "\udcff", "'; DROP TABLE account; --"])
async def test_nothing_is_found_by_a_text_that_no_column_holds(store: Store, text: str) -> None:
    await store.commit(*peopled())

    def ask(r: Reader) -> list[object]:
        return [
            r.find_owner(text),
            r.find_grant(text),
            r.find_subject(text, "app_1"),
            r.find_account_of_subject(text),
            r.find_consent("acc_1", "app_1", text),
            *r.list_sessions(text),
            *r.list_grants(text),
            *r.list_consents(text),
            *r.due_work(text, NOW, 9),
        ]

    assert set(await store.read(ask)) == {None}


SCANS = {"COUNT_WORK", "LIST_PASSWORD_COSTS"}
"""What looks at a whole table: one counts it, costs are looked up every ten minutes."""

INDEXED = {
    name: text
    for room in ("accounts", "spaces", "sessions", "consents", "grants", "work")
    for name, text in statements_of(room).items()
    if name not in SCANS
} | {name: STATEMENTS[name] for name in ("FIND_OWNER", "FIND_SECRET_OWNER")}


@pytest.mark.parametrize("name", INDEXED)
def test_sqlite_finds_every_row_by_an_index(sqlite_template: Path, name: str) -> None:
    values = dict.fromkeys(re.findall(r":(\w+)", INDEXED[name]), 0)
    with sqlite3.connect(sqlite_template) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {INDEXED[name]}", values).fetchall()
    connection.close()
    assert not [step for *_, step in plan if step.startswith("SCAN") and "CONSTANT" not in step]


def test_postgresql_finds_every_row_by_an_index(postgresql_url: str) -> None:
    """With few rows a scan is the better plan, so the planner is told to avoid it where it can."""
    with psycopg.connect(postgresql_url) as connection:
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        for name, text in INDEXED.items():
            parameters = dict.fromkeys(re.findall(r"%\((\w+)\)s", translated(text)))
            numbers = {p: f"${n}" for n, p in enumerate(parameters, start=1)}
            plain = re.sub(r"%\((\w+)\)s", lambda m, n=numbers: n[m[1]], translated(text))
            connection.execute(f"PREPARE s_{name} AS {plain}")
            nulls = f"({', '.join('NULL' for _ in numbers)})" if numbers else ""
            plan = connection.execute(f"EXPLAIN EXECUTE s_{name}{nulls}").fetchall()
            assert not [step for (step,) in plan if "Seq Scan" in step], (name, plan)
