"""Tables, migrations and statements say the same, and serving never loads what only migrations need."""

import ast
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import satsuma
from satsuma.store.postgresql.connection import translated
from satsuma.store.schema.revision import HEAD
from satsuma.store.schema.statements import DIRECTORY, statements_from
from satsuma.store.schema.tables import metadata
from satsuma.store.schema.whole import missing_statements
from satsuma.store.sql.meta import TABLES
from tests.store.statements import STATEMENTS


@pytest.mark.parametrize("name", STATEMENTS)
def test_sqlite_prepares_every_statement(sqlite_template: Path, name: str) -> None:
    text = STATEMENTS[name]
    values = dict.fromkeys(re.findall(r":(\w+)", text), 0)
    with sqlite3.connect(sqlite_template) as connection:
        connection.execute(f"EXPLAIN {text}", values)
    connection.close()


def test_postgresql_prepares_every_statement(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        for name, text in STATEMENTS.items():
            numbers: dict[str, str] = {}
            for parameter in re.findall(r"%\((\w+)\)s", translated(text)):
                numbers.setdefault(parameter, f"${len(numbers) + 1}")
            plain = re.sub(r"%\((\w+)\)s", lambda m, n=numbers: n[m[1]], translated(text))
            connection.execute(f"PREPARE s_{name} AS {plain}")


def test_the_newest_migration_is_the_one_that_this_release_needs() -> None:
    assert ScriptDirectory(str(DIRECTORY)).get_heads() == [HEAD]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables(request: pytest.FixtureRequest, engine: str) -> None:
    url = request.getfixturevalue(f"{engine}_url").replace("postgresql:", "postgresql+psycopg:")
    database = sa.create_engine(url)
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        unique = {
            table: sorted(
                tuple(u["column_names"])
                for u in sa.inspect(connection).get_unique_constraints(table)
            )
            for table in metadata.tables
        }
    database.dispose()
    assert unique == {
        table.name: sorted(
            tuple(column.name for column in constraint.columns)
            for constraint in table.constraints
            if isinstance(constraint, sa.UniqueConstraint)
        )
        for table in metadata.tables.values()
    }


def test_texts_sort_by_code_point_on_postgresql(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = 'text'"
        ).fetchall()
    assert columns
    assert {collation for _, _, collation in columns} == {"C"}


def test_every_table_is_named_for_counting_and_dumping() -> None:
    assert set(TABLES) == set(metadata.tables)
    order = [table.name for table in metadata.sorted_tables]
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            parent = key.column.table.name
            assert TABLES.index(parent) < TABLES.index(table.name), order


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_whole_schema_is_what_the_migrations_give(dialect: str) -> None:
    """`python -m satsuma.store.schema.whole` writes the files anew."""
    assert missing_statements(None, dialect) == statements_from(None, dialect)


def test_a_migration_is_plain_statements() -> None:
    for dialect in ("sqlite", "postgresql"):
        found = statements_from(None, dialect)
        assert found[-1].startswith("UPDATE alembic_version")
        assert not [text for text in found if text.upper().startswith(("BEGIN", "COMMIT", "--"))]


MAKE = """
import sys
from satsuma.store.opening import open_store

open_store(sys.argv[1])
assert not {"sqlalchemy", "alembic", "mako"} & set(sys.modules), "making loads what upgrades need"
"""


def test_making_a_database_never_loads_sqlalchemy_or_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    done = subprocess.run([sys.executable, "-c", MAKE, url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


SERVE = """
import asyncio, sys
from satsuma.domain.audit import Audit
from satsuma.store.opening import open_store
from datetime import datetime, UTC

async def serve(url):
    store = open_store(url)
    await store.commit(Audit(datetime.now(UTC), "a", "b", "c"))
    assert await store.read(lambda r: r.feed_head()) == 0
    await store.close()

asyncio.run(serve(sys.argv[1]))
assert not {"sqlalchemy", "alembic", "mako"} & set(sys.modules), "serving loads what migrations need"
"""


def test_serving_never_loads_sqlalchemy_or_alembic(database: str) -> None:
    done = subprocess.run([sys.executable, "-c", SERVE, database], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_only_tables_and_migrations_import_sqlalchemy() -> None:
    allowed = {f"store/schema/{n}.py" for n in ("tables", "statements")}
    source = Path(satsuma.__file__).parent
    for path in source.rglob("*.py"):
        name = path.relative_to(source).as_posix()
        if name in allowed or name.startswith("store/schema/migrations/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {n.partition(".")[0] for n in names} & {"sqlalchemy", "alembic"}, name
