"""A command that cannot do its work says so in one line and by its exit code, never by a traceback."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.program import OWNER, UPSTREAM, Cli, Done

REFUSED, USAGE, UNAVAILABLE, FINDINGS = 1, 2, 3, 4


def says(done: Done, code: int, *words: str) -> None:
    assert done.code == code, (done.code, done.err)
    lines = done.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("satsuma: ")
    for word in words:
        assert word in lines[0]
    assert done.out == ""


@pytest.mark.parametrize(
    "args",
    [
        ["nothing"],
        ["apps"],
        ["apps", "create", "A"],
        ["apps", "renew", "A", "--overlap", "7 days"],
        ["apps", "renew", "A", "--overlap", "999999999d"],
        ["accounts", "create", OWNER, "--role", "king"],
        ["apis", "create", "poi"],
        ["apis", "create", "poi", "--upstream", UPSTREAM, "--version", "-1"],
        ["apis", "create", "poi", "--upstream", UPSTREAM, "--scope", "poi=get:/"],
        ["apis", "create", "poi", "--upstream", UPSTREAM, "--issuer", "nobody"],
        ["apis", "import", "no-such-file", "--name", "poi"],
        ["keys", "rotate", "--master", "--now"],
        ["keys", "rotate", "--new-master-key-file", "x"],
        ["audit", "verify", "--checkpoints", "no-such-file"],
        ["serve", "--workers", "0"],
        ["serve", "--port", "70000"],
    ],
)
def test_a_command_line_that_makes_no_sense_is_a_matter_of_usage(
    sqlite_cli: Cli, args: list[str]
) -> None:
    done = sqlite_cli(*args)
    assert done.code == USAGE
    assert "Usage: satsuma" in done.err
    assert list(sqlite_cli.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("environment", "args", "words"),
    [
        ({"SATSUMA_NONSENSE": "1"}, ["apps", "list"], ["SATSUMA_NONSENSE is not a setting"]),
        ({"SATSUMA_PORT": "x"}, ["apps", "list"], ["port"]),
        ({"SATSUMA_DATABASE": "mysql://x"}, ["apps", "list"], ["sqlite:///PATH"]),
        ({"SATSUMA_DATABASE": "sqlite:///:memory:"}, ["apps", "list"], [":memory:"]),
        ({"SATSUMA_DATABASE": "postgresql://h/x?a=b"}, ["apps", "list"], ["libpq"]),
        ({"SATSUMA_MASTER_KEY": "short"}, ["accounts", "create", OWNER], ["32 bytes"]),
        ({"SATSUMA_MASTER_KEY_FILE": "none"}, ["apps", "list"], ["cannot read none"]),
        ({}, ["apps", "list", "--config", "none"], ["cannot read none"]),
        ({}, ["serve", "--tls-cert", "a.pem"], ["tls_cert and tls_key come together"]),
        (
            {"SATSUMA_REDIS": "redis://127.0.0.1:1"},
            ["serve", "--workers", "2"],
            ["one process serves a SQLite file"],
        ),
        ({}, ["serve", "--api-url", "http://a.example"], ["serve it over https"]),
        ({}, ["demo", "--host", "0.0.0.0"], ["demo mode binds loopback only"]),
        ({}, ["serve", "--test", "--host", "0.0.0.0"], ["test mode binds loopback only"]),
    ],
)
def test_settings_that_make_no_sense_are_a_matter_of_usage(
    sqlite_cli: Cli, environment: dict[str, str], args: list[str], words: list[str]
) -> None:
    says(sqlite_cli(*args, **environment), USAGE, *words)


@pytest.mark.parametrize(
    "args",
    [["apps", "list"], ["keys", "list"], ["audit", "verify"], ["explain", "x"], ["db", "check"]],
)
def test_a_slip_in_the_path_makes_no_database(sqlite_cli: Cli, args: list[str]) -> None:
    says(sqlite_cli(*args), UNAVAILABLE, "no database at", "facts.db")
    assert list(sqlite_cli.folder.iterdir()) == []


def test_a_file_that_is_no_database_is_unavailable(sqlite_cli: Cli) -> None:
    (sqlite_cli.folder / "facts.db").write_text("no database" * 100)
    (sqlite_cli.folder / "facts.db.key").write_text("bW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW1tbW0\n")
    says(sqlite_cli("apps", "list"), UNAVAILABLE, "facts.db cannot be used")


def test_a_database_below_what_is_no_folder_is_refused_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cli = Cli(f"sqlite:///{tmp_path}/file/facts.db", tmp_path)
    for args in (["serve", "--port", "0"], ["demo", "--port", "0"]):
        done = cli(*args)
        says(done, UNAVAILABLE, f"The file {tmp_path}/file cannot be used: File exists")
    done = cli("accounts", "create", OWNER)
    says(done, REFUSED, f"Cannot use {tmp_path}/file: Not a directory")


def test_a_file_that_cannot_be_made_is_named_with_the_reason(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    done = sqlite_cli("db", "backup", "facts.db.key/copy.db")
    says(done, UNAVAILABLE, "The file facts.db.key cannot be used: File exists")
    done = sqlite_cli("keys", "make-master", "facts.db.key/key")
    says(done, REFUSED, "Cannot use facts.db.key: Not a directory")


def test_a_database_that_nobody_serves_is_unavailable(tmp_path: Path) -> None:
    cli = Cli("postgresql://ann:s3cret@127.0.0.1:1/x", tmp_path)
    cli("keys", "make-master", "k")
    done = cli("apps", "list", SATSUMA_MASTER_KEY_FILE="k")
    says(done, UNAVAILABLE, "127.0.0.1:1")
    assert "s3cret" not in done.err


def test_a_postgresql_database_without_a_schema_says_how_to_make_it(
    postgres_database: str, tmp_path: Path
) -> None:
    cli = Cli(postgres_database, tmp_path)
    cli("keys", "make-master", "k")
    for args in (["apps", "list"], ["accounts", "create", OWNER], ["serve", "--port", "0"]):
        done = cli(*args, SATSUMA_MASTER_KEY_FILE="k")
        says(done, UNAVAILABLE, "satsuma db upgrade")


def test_workers_that_can_never_start_end_with_the_status_of_a_single_process(
    postgres_database: str, redis_database: str, tmp_path: Path
) -> None:
    several = ("serve", "--port", "0", "--workers", "2", "--redis", redis_database)
    cli = Cli(postgres_database, tmp_path)
    cli("keys", "make-master", "k")
    done = cli(*several, SATSUMA_MASTER_KEY_FILE="k")
    assert done.code == UNAVAILABLE
    assert all("satsuma db upgrade" in line for line in done.err.splitlines()), done.err
    cli("keys", "make-master", "other")
    assert cli("db", "upgrade", SATSUMA_MASTER_KEY_FILE="k").code == 0
    cli.ok("accounts", "create", OWNER, SATSUMA_MASTER_KEY_FILE="k")
    done = cli(*several, SATSUMA_MASTER_KEY_FILE="other")
    assert done.code == REFUSED
    assert all("master key" in line for line in done.err.splitlines()), done.err


def test_a_postgresql_database_asks_for_a_master_key(
    postgres_database: str, tmp_path: Path
) -> None:
    done = Cli(postgres_database, tmp_path)("apps", "list")
    says(done, USAGE, "satsuma keys make-master FILE", "SATSUMA_MASTER_KEY_FILE")


def test_a_database_whose_key_file_is_gone_is_refused_and_gets_no_new_one(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    key = sqlite_cli.folder / "facts.db.key"
    text = key.read_text()
    key.unlink()
    for args in (["apps", "list"], ["accounts", "create", "b@c.de"], ["serve", "--port", "0"]):
        says(sqlite_cli(*args), USAGE, "facts.db.key does not", "put the key file back")
    assert not key.exists()
    key.write_text(text)
    assert sqlite_cli("apps", "list").code == 0


def test_a_different_master_key_is_refused_by_both_names(cli: Cli) -> None:
    cli.populate()
    other = cli.ok("keys", "make-master", "other.key")["key_id"]
    mine = cli.ok("db", "check")["master_key"]
    for args in (["apps", "list"], ["serve", "--port", "0"]):
        done = cli(*args, SATSUMA_MASTER_KEY_FILE="other.key")
        says(done, REFUSED, mine, other, "SATSUMA_MASTER_KEY_FILE")


def test_a_master_key_is_never_overwritten(sqlite_cli: Cli) -> None:
    first = sqlite_cli.ok("keys", "make-master", "k")
    text = (sqlite_cli.folder / "k").read_text()
    says(sqlite_cli("keys", "make-master", "k"), REFUSED, "k exists already")
    assert (sqlite_cli.folder / "k").read_text() == text
    assert text not in str(first)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["accounts", "create", "no-address"], ["not an e-mail address"]),
        (["accounts", "create", OWNER], ["has an account already"]),
        (["apps", "create", "X", "--owner", "no@body.org"], ["accounts create no@body.org"]),
        (["apps", "create", "X", "--owner", OWNER, "--api", "no"], ["satsuma apis list"]),
        (["apps", "create", "X", "--owner", OWNER, "--api", "poi:x"], ["NAME:VERSION"]),
        (["apps", "create", "Shops", "--owner", OWNER], ["named 'Shops' already"]),
        (["apps", "create", "", "--owner", OWNER], ["1 to 80"]),
        (["apps", "create", "X", "--owner", OWNER, "--redirect-uri", "x"], ["absolute URI"]),
        (["apps", "create", "X", "--owner", OWNER, "--redirect-uri", "http://a.b/"], ["https"]),
        (
            ["apps", "create", "X", "--owner", OWNER, "--redirect-uri", "https://bank.test@a.b/cb"],
            ["'https://bank.test@a.b/cb' has a user before its host"],
        ),
        (
            ["apps", "create", "X", "--owner", OWNER, "--redirect-uri", "http://[not-an-ip]/"],
            ["which is no address"],
        ),
        (
            ["apps", "create", "X", "--owner", OWNER, "--redirect-uri", "https://a.b/\r\nX: y"],
            ["must be percent-encoded"],
        ),
        (["apis", "create", "x1", "--upstream", "https://[::1"], ["which is no address"]),
        (["apis", "create", "x1", "--upstream", "https://u:p@a.b"], ["a user before its host"]),
        (
            ["apps", "create", "X", "--owner", OWNER, "--web-origin", "https://a/"],
            ["not an origin"],
        ),
        (["apps", "show", "app_nobody"], ["satsuma apps list"]),
        (["apps", "renew", "app_nobody"], ["satsuma apps list"]),
        (["apps", "revoke", "app_nobody"], ["satsuma apps list"]),
        (["apps", "block", "app_nobody"], ["satsuma apps list"]),
        (["apps", "subscribe", "app_nobody", "poi"], ["satsuma apps list"]),
        (["apis", "create", "poi", "--upstream", UPSTREAM], ["poi v1 exists already"]),
        (["apis", "create", "oauth", "--upstream", UPSTREAM], ["reserved"]),
        (["apis", "create", "Poi", "--upstream", UPSTREAM], ["a-z, 0-9"]),
        (["apis", "create", "x1", "--upstream", "ftp://x"], ["http or https"]),
        (["apis", "create", "x1", "--upstream", UPSTREAM, "--scope", 'a"b'], ["one scope token"]),
        (["apis", "life-cycle", "no", "live"], ["satsuma apis list"]),
        (["keys", "rotate", "--alg", "HS256"], ["not one of A256GCMSIV"]),
        (["explain", "unheard-of"], ["request log has no 'unheard-of'"]),
        (["db", "restore", "facts.db.key"], ["exists already"]),
    ],
)
def test_what_is_not_possible_is_said_in_one_line(
    sqlite_cli: Cli, args: list[str], words: list[str]
) -> None:
    sqlite_cli.populate()
    says(sqlite_cli(*args), REFUSED, *words)


def test_a_public_application_has_no_secret_to_renew(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    made = sqlite_cli.ok("apps", "create", "P", "--owner", OWNER, "--public")
    says(sqlite_cli("apps", "renew", made["application_id"]), REFUSED, "is public")


def test_a_damaged_backup_is_refused_and_nothing_is_left(sqlite_cli: Cli) -> None:
    (sqlite_cli.folder / "bad.jsonl").write_text("{}\n")
    done = sqlite_cli("db", "restore", "bad.jsonl")
    assert done.code == REFUSED
    assert [path.name for path in sqlite_cli.folder.iterdir()] == ["bad.jsonl"]


def test_a_newer_database_is_refused(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    with closing(sqlite3.connect(sqlite_cli.folder / "facts.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE meta SET value = '9999' WHERE name = 'min_reader'")
        connection.commit()
    says(sqlite_cli("apps", "list"), UNAVAILABLE, "install a newer release")


def test_two_servers_on_one_file_are_one_too_many(sqlite_cli: Cli) -> None:
    from filelock import FileLock

    sqlite_cli.populate()
    with FileLock(sqlite_cli.folder / "facts.db.serving"):
        says(sqlite_cli("serve", "--port", "0"), REFUSED, "Another process serves")


def test_a_port_that_is_taken_is_told(sqlite_cli: Cli) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = sqlite_cli("serve", "--port", str(taken.getsockname()[1]))
    says(done, REFUSED, "Cannot use 127.0.0.1 port", "in use")


LONG = "x" * 20_000


@pytest.mark.parametrize(
    "args",
    [
        ("apps", "show", LONG),
        ("apps", "create", "Shops", "--owner", LONG),
        ("apps", "create", LONG, "--owner", OWNER),
        ("apps", "create", "a b " * 5_000, "--owner", OWNER),
        ("apps", "create", "Shops", "--owner", OWNER, "--redirect-uri", LONG),
        ("apps", "create", "Shops", "--owner", OWNER, "--pkce", LONG),
        ("apis", "create", LONG, "--upstream", "http://127.0.0.1:9"),
        ("apps", "renew", "Shops", "--overlap", LONG),
        ("apps", LONG),
        ("apps", "list", f"--{LONG}"),
        (LONG,),
        ("audit", "list", "--database", f"sqlite:///{LONG}"),
    ],
    ids=lambda args: " ".join(arg[:12] for arg in args),
)
def test_a_long_word_is_not_said_again(sqlite_cli: Cli, args: tuple[str, ...]) -> None:
    """It is told by its ends and its length: what is wrong and how to mend it stay in sight."""
    sqlite_cli("apps", "list")
    done = sqlite_cli(*args)
    assert done.code in (1, 2, 3)
    assert done.err
    assert max(map(len, done.err.splitlines())) < 1000
    assert len(done.err) < 2000
