"""A database is opened, made, upgraded or refused, by address and revision."""

import asyncio
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.applications import ChangeApplication
from satsuma.domain.spaces import Invite, Membership, Space
from satsuma.store.opening import open_store, sqlite_path
from satsuma.store.port import SchemaTooNew, SchemaTooOld, Unavailable
from satsuma.store.schema import revision
from satsuma.store.schema import statements as migrating
from satsuma.store.sql.rows import instant
from satsuma.store.sqlite import file as sqlite_file
from satsuma.store.upkeep import upgrade
from tests.store.facts import account, code, digest, grant, invitation, peopled
from tests.store.racers import WON, Racers

HEAD = revision.HEAD
NEXT = f"{int(HEAD) + 1:04d}"
TOO_OLD = "The database stands at revision {}, this release needs {}: run `satsuma db upgrade`."


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run_on(url: str, *texts: str) -> None:
    """Change a database behind the store's back."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(sqlite_path(url), isolation_level=None)
        for text in texts:
            connection.execute(text)
        connection.close()
        return
    with psycopg.connect(url) as postgresql:
        for text in texts:
            postgresql.execute(text)


@pytest.fixture
def next_revision(monkeypatch: pytest.MonkeyPatch) -> str:
    """A release that has one migration more."""

    def with_one_more(found: str | None, dialect: str) -> list[str]:
        assert found == HEAD
        return [
            "ALTER TABLE account ADD COLUMN nickname TEXT",
            f"UPDATE alembic_version SET version_num = '{NEXT}'",
        ]

    monkeypatch.setattr(migrating, "statements_from", with_one_more)
    for module in (revision, sqlite_file):
        monkeypatch.setattr(module, "HEAD", NEXT)
    monkeypatch.setattr("satsuma.store.postgresql.connection.HEAD", NEXT)
    return NEXT


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///a/b.db", "a/b.db"),
        ("sqlite:////a/b.db", "/a/b.db"),
        ("sqlite:///b c%20.db", "b c%20.db"),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url: str, path: str) -> None:
    assert sqlite_path(url) == Path(path)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///:memory:", "a different empty database for each connection"),
        ("sqlite:///", "without options"),
        ("sqlite:///a.db?mode=ro", "without options"),
        ("sqlite:///file:a.db", "without options"),
        ("mysql://root:geheim@db/x", "Unknown kind of database: use"),
        ("a.db", "Unknown kind of database"),
        ("host=h dbname=x password=geheim", "Unknown kind of database: use"),
        ("geheim@h/x", "Unknown kind of database: use"),
        ("postgresql//u:geheim@h/x", "Unknown kind of database: use"),
        ("u:geheim@h", "Unknown kind of database: use"),
        ("postgresql://u:geheim@db/x?colour=red", "only parameters that libpq knows"),
    ],
)
def test_an_address_that_means_nothing_is_refused_with_the_reason(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as refused:
        open_store(url)
    assert "geheim" not in str(refused.value)


async def test_an_sqlite_database_is_made_private_with_its_companions(tmp_path: Path) -> None:
    path = tmp_path / "var" / "satsuma.db"
    before = os.umask(0)
    try:
        store = open_store(f"sqlite:///{path}")
        await store.commit(CreateAccount(account()))
        files = {file.name: mode(file) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert files == dict.fromkeys(["satsuma.db", "satsuma.db-wal", "satsuma.db-shm"], 0o600)
    assert mode(path.parent) == 0o700
    await store.close()


async def test_an_sqlite_database_is_durable_and_checked_as_promised(sqlite_url: str) -> None:
    connection = sqlite_file.connect(sqlite_path(sqlite_url))
    asked = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    store = open_store(sqlite_url)
    answers = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert answers == ["wal", 2, 5000, 1]
    connection.close()
    await store.close()


async def test_eight_processes_may_make_the_same_sqlite_database(
    tmp_path: Path, racers: Racers
) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    outcomes = racers.race(url, [[(CreateAccount(account(n)),)] for n in range(8)])
    assert outcomes == [[WON] * 8]


async def test_an_sqlite_database_is_copied_before_it_is_upgraded(
    sqlite_url: str, next_revision: str
) -> None:
    path = sqlite_path(sqlite_url)
    store = open_store(sqlite_url)
    await store.close()
    copy = path.with_name(f"satsuma.db.before-{NEXT}")
    assert mode(copy) == 0o600
    for file, number in ((path, NEXT), (copy, HEAD)):
        connection = sqlite3.connect(file)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (number,)
        connection.close()
    assert upgrade(sqlite_url) == []


async def test_a_database_of_the_first_schema_is_upgraded_with_what_it_holds(
    tmp_path: Path, postgres_database: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/first.db", postgres_database):
        dialect = url.partition(":")[0]
        steps = len(migrating.statements_from("0001", dialect))
        run_on(
            url,
            *migrating.statements_from(None, dialect)[:-steps],
            "INSERT INTO account VALUES ('acc_1', 'person1@example.org', 'developer', 'fr', "
            "1772368215123456, NULL, NULL, 0)",
        )
        with pytest.raises(SchemaTooOld, match="stands at revision 0001"):
            open_store(url, upgrade=False)
        store = open_store(url, upgrade=True)
        await store.commit(*(effect for effect in peopled() if effect != CreateAccount(account())))
        assert await store.read(lambda r: r.find_account("acc_1")) == account()
        assert await store.read(lambda r: r.find_code(digest())) == (code(), grant())
        await store.close()


OWNER = (
    "INSERT INTO account (account_id, email, role, locale, created_at, blocked) "
    "VALUES ('acc_1', 'person1@example.org', 'developer', 'fr', 1, 0)",
    "INSERT INTO space VALUES ('spc_1', 'acc_1', 1)",
)


def application_of_before(n: int) -> str:
    """Add an application as the releases before 0004 do, which name no algorithm."""
    return (
        "INSERT INTO application (application_id, space_id, name, client_id, state, generation, "
        "public, redirect_uris, web_origins, created_at) "
        f"VALUES ('app_{n}', 'spc_1', 'App {n}', 'c{n}', 'active', 1, 0, '[]', '[]', 1)"
    )


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
async def test_applications_of_earlier_releases_choose_nothing_and_have_id_tokens_of_rs256(
    tmp_path: Path, postgres_database: str, revision: str
) -> None:
    """Those that are there at the upgrade, and those that such a release adds beside this one."""
    for url in (f"sqlite:///{tmp_path}/old.db", postgres_database):
        dialect = url.partition(":")[0]
        steps = len(migrating.statements_from(revision, dialect))
        run_on(url, *migrating.statements_from(None, dialect)[:-steps])
        run_on(url, *OWNER, application_of_before(1))
        store = open_store(url, upgrade=True)
        run_on(url, application_of_before(2))
        found = await store.read(lambda r: r.list_applications("spc_1", "", 9))
        assert [each.application_id for each in found] == ["app_1", "app_2"]
        plain = ("id_token_signed_response_alg", "description", "default_scopes", "pkce")
        plain += ("access_token_format", "access_token_signing_alg", "post_logout_redirect_uris")
        chosen = {tuple(getattr(each, name) for name in plain) for each in found}
        assert chosen == {("RS256", "", (), "issuer", "issuer", "issuer", ())}
        changed = replace(found[0], name="New", default_scopes=("openid",))
        await store.commit(ChangeApplication(changed, found[0]))
        run_on(url, "UPDATE application SET name = 'Newer' WHERE application_id = 'app_1'")
        after = await store.read(lambda r: r.find_application("app_1"))
        assert after == replace(changed, name="Newer"), "a release before leaves what it knows not"
        await store.close()


async def test_a_space_of_an_earlier_release_has_its_owner_since_it_was_made(
    tmp_path: Path, postgres_database: str
) -> None:
    """So have those that such a release makes beside this one, with a membership that says no moment."""
    membership = (
        "INSERT INTO membership (space_id, account_id, role) VALUES ('spc_{0}', 'acc_{0}', 'owner')"
    )
    for url in (f"sqlite:///{tmp_path}/old.db", postgres_database):
        dialect = url.partition(":")[0]
        steps = len(migrating.statements_from("0012", dialect))
        run_on(url, *migrating.statements_from(None, dialect)[:-steps])
        run_on(url, *OWNER, membership.format(1), application_of_before(1))
        store = open_store(url, upgrade=True)
        beside = [text.replace("_1", "_2").replace("person1", "person2") for text in OWNER]
        beside[1] = (
            "INSERT INTO space (space_id, owner_id, created_at) VALUES ('spc_2', 'acc_2', 1)"
        )
        run_on(url, *beside, membership.format(2))
        for n, joined in ((1, instant(1)), (2, instant(0))):
            member = Membership(f"spc_{n}", f"acc_{n}", "owner", joined)
            space = Space(f"spc_{n}", f"acc_{n}", instant(1))
            found = await store.read(lambda r, n=n: r.list_memberships(f"acc_{n}"))  # type: ignore[misc]
            assert found == [(member, space)]
        await store.commit(Invite(invitation(9)))
        await store.close()


def test_an_upgrade_that_fails_changes_nothing(
    sqlite_url: str, next_revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = [
        "ALTER TABLE account ADD COLUMN nickname TEXT",
        "ALTER TABLE nothing ADD COLUMN x",
    ]
    monkeypatch.setattr(migrating, "statements_from", lambda *_: statements)
    with pytest.raises(Unavailable, match="nothing"):
        open_store(sqlite_url)
    run_on(sqlite_url, "ALTER TABLE account ADD COLUMN nickname TEXT")


def test_a_database_that_is_too_old_is_refused_with_the_command_that_mends_it(
    database: str, next_revision: str
) -> None:
    with pytest.raises(SchemaTooOld) as refused:
        open_store(database, upgrade=False)
    assert str(refused.value) == TOO_OLD.format(HEAD, NEXT)


def test_postgresql_is_never_upgraded_by_itself(postgres_database: str) -> None:
    with pytest.raises(SchemaTooOld) as refused:
        open_store(postgres_database)
    assert str(refused.value) == TOO_OLD.format("none", HEAD)


async def test_postgresql_is_upgraded_where_that_is_asked_for(postgres_database: str) -> None:
    store = open_store(postgres_database, upgrade=True)
    assert await store.read(lambda r: r.find_meta("min_reader")) == "0001"
    await store.close()


def test_a_missing_sqlite_file_is_not_made_where_upgrades_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not exist"):
        open_store(f"sqlite:///{tmp_path}/none.db", upgrade=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("newer", [NEXT, "0099"])
async def test_a_newer_database_is_opened_only_where_it_can_be_read(
    database: str, newer: str
) -> None:
    run_on(database, f"UPDATE alembic_version SET version_num = '{newer}'")
    try:
        store = open_store(database)
        await store.close()
        run_on(database, f"UPDATE meta SET value = '{newer}' WHERE name = 'min_reader'")
        with pytest.raises(
            SchemaTooNew, match=f"stands at revision {newer}.*install a newer release"
        ):
            open_store(database)
        with pytest.raises(SchemaTooNew):
            open_store(database, upgrade=True)
    finally:
        run_on(database, f"UPDATE alembic_version SET version_num = '{HEAD}'")


def test_a_file_that_is_no_database_is_refused_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear reader, " * 100)
    with pytest.raises(Unavailable, match=r"letter\.db cannot be used: file is not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("Dear reader")


def test_upgrades_at_the_same_time_run_once(tmp_path: Path, postgres_database: str) -> None:
    for url in (f"sqlite:///{tmp_path}/one.db", postgres_database):
        with ThreadPoolExecutor(4) as pool:
            ran = list(pool.map(upgrade, [url] * 4))
        assert sorted(bool(statements) for statements in ran) == [False, False, False, True]


def test_a_dry_run_gives_the_statements_and_changes_nothing(
    tmp_path: Path, postgres_database: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", postgres_database):
        statements = upgrade(url, dry_run=True)
        assert [text for text in statements if text.startswith("CREATE TABLE account")]
        assert upgrade(url, dry_run=True) == statements
    assert list(tmp_path.iterdir()) == []
    assert upgrade(postgres_database) == statements
    assert upgrade(postgres_database, dry_run=True) == []


def test_stores_open_and_close_from_loop_to_loop(database: str) -> None:
    """The command line opens a store in a loop of its own, again and again."""
    for n in range(3):

        async def once(n: int = n) -> None:
            store = open_store(database)
            await store.commit(CreateAccount(account(n)))
            await store.close()

        asyncio.run(once())
