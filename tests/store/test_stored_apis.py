"""An API that was read can be replaced, whatever release wrote its row and however it put that."""

import asyncio
import itertools
import shutil
import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satsuma.domain.apis import Api, CreateApi, ReplaceApi, RequestPolicy, ScopeRule, SetLifeCycle
from satsuma.domain.limits import Limits
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Store
from satsuma.store.sql.rows import as_stored, fact_of, values_of
from tests.store.conftest import empty
from tests.store.facts import NOW, api

texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5)
numbers = st.integers(0, 2**31)
few = st.integers(0, 3)


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=2).map(tuple)


demands = several(st.tuples(texts, texts, st.booleans()))
APIS = st.builds(
    api,
    st.just(1),
    version=st.integers(0, 9999),
    title=texts,
    life_cycle=st.sampled_from(["live", "deprecated", "retired"]),
    issuers=several(texts),
    upstream=texts,
    scopes=several(st.builds(ScopeRule, texts, several(texts), texts)),
    resource_secret_digest=st.binary(max_size=5),
    created_at=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(
        lambda at: at.replace(tzinfo=NOW.tzinfo)
    ),
    policy=st.builds(
        RequestPolicy,
        *(several(texts),) * 3,
        *(demands,) * 3,
        st.booleans(),
        st.booleans(),
        numbers,
    ),
    limits=st.builds(Limits, numbers, several(st.tuples(numbers, numbers)), numbers),
    timeout=numbers,
    forward_authorization=st.booleans(),
    scope_texts=several(st.tuples(texts, texts, texts)),
)
from_empty = settings(suppress_health_check=list(HealthCheck), max_examples=60, deadline=None)


@from_empty
@given(written=APIS)
def test_an_api_is_stored_as_it_was_written(written: Api) -> None:
    row = tuple(values_of(written).values())
    assert fact_of(Api, row) == written
    assert as_stored(written, row) == values_of(written)


@from_empty
@given(written=APIS, stored=APIS)
def test_a_column_is_compared_as_it_is_stored_only_where_it_says_the_same(
    written: Api, stored: Api
) -> None:
    row = tuple(values_of(stored).values())
    assert as_stored(written, row) == values_of(written)


async def replaced(url: str, apis: list[Api]) -> list[Api]:
    """Make one API of another, and give what is held at last."""
    store = open_store(url)
    try:
        await store.commit(CreateApi(apis[0]))
        for before, after in itertools.pairwise(apis):
            await store.commit(ReplaceApi(after, before))
            if before != after:
                with pytest.raises(Conflict, match="api-changed"):
                    await store.commit(ReplaceApi(after, before))
        return list(await store.read(lambda reader: reader.list_apis()))
    finally:
        await store.close()


HISTORIES = st.lists(APIS, min_size=2, max_size=3)


@from_empty
@given(apis=HISTORIES)
def test_whatever_was_read_on_sqlite_can_be_replaced(
    sqlite_template: Path, tmp_path: Path, apis: list[Api]
) -> None:
    path = tmp_path / "replaced.db"
    shutil.copy(sqlite_template, path)
    assert asyncio.run(replaced(f"sqlite:///{path}", apis)) == [apis[-1]]


@from_empty
@given(apis=HISTORIES)
def test_whatever_was_read_on_postgresql_can_be_replaced(
    migrated_postgresql: str, apis: list[Api]
) -> None:
    empty(migrated_postgresql)
    assert asyncio.run(replaced(migrated_postgresql, apis)) == [apis[-1]]


OTHER_WORDS = (
    "INSERT INTO api (api_id, name, version, title, life_cycle, issuers, upstream, scopes, "
    "resource_id, resource_secret_digest, created_at, policy, limits, timeout, "
    "forward_authorization) VALUES ('api_1', 'poi', 1, 'Lieux d’intérêt', 'live', "
    """'[ "standard" ]', 'https://u.example', '[{"scope": "poi:é", "path_prefix": "/"}]', """
    "'res_1', '', 1750000000000000, '{\"max_body\": 7, \"methods\": [\"GET\"]}', '{}', 30, 0)"
)
"""A row as another release could have written it: members missing or in another order, blanks, no escapes."""


def write(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        with connection:
            connection.execute(statement.replace("'res_1', ''", "'res_1', x''"))
        connection.close()
        return
    with psycopg.connect(url) as server:
        server.execute(statement)


async def test_a_row_that_another_release_wrote_can_be_replaced_once_it_was_read(
    database: str, opened: Any
) -> None:
    write(database, OTHER_WORDS)
    store: Store = opened(database)
    (read,) = await store.read(lambda reader: reader.list_apis())
    assert read.policy == RequestPolicy(methods=("GET",), max_body=7)
    assert read.scope_texts == ()
    with pytest.raises(Conflict, match="api-changed"):
        await store.commit(ReplaceApi(replace(read, title="New"), replace(read, limits=Limits(1))))
    await store.commit(SetLifeCycle("api_1", "retired"))
    with pytest.raises(Conflict, match="api-changed"):
        await store.commit(ReplaceApi(replace(read, title="New"), read))
    retired = replace(read, life_cycle="retired")
    await store.commit(ReplaceApi(replace(retired, title="New"), retired))
    assert await store.read(lambda reader: reader.list_apis()) == [replace(retired, title="New")]
