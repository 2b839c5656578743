"""`satsuma audit verify` says by its exit code whether the audit was touched, and where."""

import sqlite3
from contextlib import closing

import psycopg
import pytest

from tests.cli.program import Cli


def sql(cli: Cli, statement: str) -> None:
    if cli.database.startswith("sqlite"):
        with closing(sqlite3.connect(cli.folder / "facts.db")) as connection:
            connection.execute(statement)
            connection.commit()
    else:
        with psycopg.connect(cli.database) as connection:
            connection.execute(statement.encode())


def sealed(cli: Cli) -> list[str]:
    cli.environment["SATSUMA_CHECKPOINTS"] = str(cli.folder / "marks")
    cli.populate()
    assert cli.ok("audit", "seal") == {"sealed": 4, "checkpoint": str(cli.folder / "marks")}
    return ["audit", "verify", "--checkpoints", str(cli.folder / "marks")]


def test_an_intact_audit_ends_with_0(cli: Cli) -> None:
    verify = sealed(cli)
    done = cli(*verify)
    assert done.code == 0
    assert done.out.startswith("4 rows, 4 sealed, 0 findings.")
    report = cli(*verify, "--json").json
    assert (report["intact"], report["findings"], report["checkpoints"]) == (True, [], 1)


@pytest.mark.parametrize(
    ("statement", "kind", "seq"),
    [
        ("UPDATE audit SET actor = 'cli:bob' WHERE seq = 2", "edited", 2),
        ("DELETE FROM audit WHERE seq = 3", "deleted", 3),
        ("DELETE FROM audit WHERE seq > 2", "cut", 3),
    ],
)
def test_a_touched_audit_ends_with_4_and_says_where(
    cli: Cli, statement: str, kind: str, seq: int
) -> None:
    verify = sealed(cli)
    sql(cli, statement)
    done = cli(*verify)
    assert done.code == 4
    assert "1 findings" in done.out
    (finding,) = cli(*verify, "--json").json["findings"]
    assert (finding["kind"], finding["seq"]) == (kind, seq)
    assert finding["says"] in done.out


def test_the_servers_own_file_of_checkpoints_is_the_default(cli: Cli) -> None:
    sealed(cli)
    report = cli("audit", "verify", "--json").json
    assert report["checkpoints_file"] == str(cli.folder / "marks")
    sql(cli, "DELETE FROM audit WHERE seq > 2")
    assert cli("audit", "verify").code == 4


def test_without_checkpoints_it_says_what_it_cannot_tell(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    done = sqlite_cli("audit", "verify")
    assert done.code == 0
    assert "cannot be told" in done.err
