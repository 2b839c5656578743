"""Each finding of the doctor goes when the command that it names is run."""

import json
import shlex
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from satsuma.diagnostics import doctor, doctor_host
from satsuma.domain.audit import AuditRecord
from satsuma.domain.keys import Key
from satsuma.store.schema.revision import HEAD
from tests.cli.program import Cli, new_cli
from tests.outbox.smtp import MailServer
from tests.wire.server import Server, running_server

DAY = 86_400_000_000


def sql(cli: Cli, *statements: str) -> None:
    if cli.database.startswith("sqlite"):
        with closing(sqlite3.connect(cli.folder / "facts.db")) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
    else:
        with psycopg.connect(cli.database) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def findings(cli: Cli, *args: str) -> list[dict[str, Any]]:
    done = cli("server", "doctor", "--json", *args)
    assert done.code in (0, 4), done.err
    assert (done.code == 4) == any(each["level"] != "ok" for each in done.json)
    found: list[dict[str, Any]] = done.json
    return found


def bad(cli: Cli, *args: str) -> list[dict[str, Any]]:
    return [each for each in findings(cli, *args) if each["level"] != "ok"]


@pytest.fixture
def healthy(cli: Cli, mail_sink: MailServer) -> Cli:
    """A database with its keys, its seals and its checkpoints, and mail; nothing is wrong with it."""
    cli.environment["SATSUMA_SMTP_URL"] = f"smtp://127.0.0.1:{mail_sink.port}"
    cli.environment["SATSUMA_CHECKPOINTS"] = str(cli.folder / "marks")
    cli.populate()
    for each in bad(cli):
        if each["check"] == "keys":
            assert cli.shell(each["command"]).code == 0
    cli.ok("audit", "seal")
    cli.folder.chmod(0o700)
    assert bad(cli) == []
    return cli


def cure(cli: Cli, check: str, *words: str) -> None:
    """See one finding, run what it says in a shell, see it go."""
    (finding,) = bad(cli)
    assert finding["check"] == check, finding
    for word in words:
        assert word in finding["says"]
    done = cli.shell(finding["command"])
    assert done.code == 0, done.err
    assert bad(cli) == []


def cure_in_shell(cli: Cli, before: str, check: str) -> None:
    """As `cure`, for what belongs to the shell that starts the server."""
    done = cli.shell(f"{before}satsuma server doctor --json")
    (finding,) = [each for each in _json(done.out) if each["level"] != "ok"]
    assert finding["check"] == check, finding
    after = cli.shell(f"{before}{finding['command']} && satsuma server doctor --json")
    assert after.code == 0, after.out + after.err


def _json(text: str) -> Any:
    import json

    return json.loads(text)


def test_a_healthy_installation_ends_with_0_and_looks_at_everything(healthy: Cli) -> None:
    found = findings(healthy)
    assert {each["check"] for each in found} >= {
        "database", "master key", "clock", "limits", "front", "keys", "audit", "sizes",
        "checkpoints", "settings", "server", "mail", "counters", "stored",
    }  # fmt: skip
    assert all(each["command"] is None for each in found)
    assert "FAIL" not in healthy("server", "doctor").out


def test_a_missing_database_is_made(sqlite_cli: Cli) -> None:
    found = [each for each in bad(sqlite_cli) if each["check"] == "database"]
    assert found[0]["command"] == "satsuma db upgrade"
    assert sqlite_cli.shell(found[0]["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "database"] == []


def test_a_schema_that_is_too_old_is_upgraded(postgres_database: str, tmp_path: Path) -> None:
    cli = Cli(postgres_database, tmp_path, {"SATSUMA_MASTER_KEY_FILE": str(tmp_path / "k")})
    Cli("", tmp_path)("keys", "make-master", str(tmp_path / "k"))
    (found,) = [each for each in bad(cli) if each["check"] == "database"]
    assert f"needs {HEAD}" in found["says"]
    assert cli.shell(found["command"]).code == 0
    assert [each for each in bad(cli) if each["check"] == "database"] == []


def test_a_database_without_a_master_key_gets_one(postgres_database: str, tmp_path: Path) -> None:
    cli = Cli(postgres_database, tmp_path)
    (found,) = [each for each in bad(cli) if each["check"] == "master key"]
    done = cli.shell(f"{found['command']} && satsuma db upgrade && satsuma server doctor --json")
    out = done.out[done.out.index("[") :]
    (found,) = [each for each in _json(out) if each["check"] == "master key"]
    assert found["level"] == "ok"


def test_a_key_file_that_is_gone_is_put_back_from_the_kept_one(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    key = sqlite_cli.folder / "facts.db.key"
    key.rename(sqlite_cli.folder / "facts.db.key.kept")
    (found,) = [each for each in bad(sqlite_cli) if each["check"] == "master key"]
    assert "put the key file back" in found["says"]
    assert sqlite_cli.shell(found["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "master key"] == []


def test_a_rotation_that_broke_off_is_finished(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    key = sqlite_cli.folder / "facts.db.key"
    old = key.read_text()
    sqlite_cli.ok("keys", "rotate", "--master")
    key.rename(sqlite_cli.folder / "facts.db.key.next")
    key.write_text(old)
    (found,) = [each for each in bad(sqlite_cli) if each["check"] == "master key"]
    assert found["command"] == "satsuma keys rotate --master"
    assert sqlite_cli.shell(found["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "master key"] == []


def test_an_earlier_key_in_the_place_of_the_present_one_is_exchanged(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    old = (sqlite_cli.folder / "facts.db.key").read_text()
    new = sqlite_cli.ok("keys", "rotate", "--master")["new"]
    key = sqlite_cli.folder / "facts.db.key"
    key.rename(sqlite_cli.folder / f"facts.db.key.{new}")
    key.write_text(old)
    key.chmod(0o600)
    (found,) = [each for each in bad(sqlite_cli) if each["check"] == "master key"]
    assert new in found["says"]
    assert sqlite_cli.shell(found["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "master key"] == []


def test_a_missing_key_is_made(healthy: Cli) -> None:
    sql(healthy, "DELETE FROM key WHERE alg = 'EdDSA'")
    cure(healthy, "keys", "No key of EdDSA is active")


def test_an_only_key_whose_time_has_not_come_gets_a_successor(healthy: Cli) -> None:
    sql(healthy, f"UPDATE key SET active_at = active_at + {DAY} WHERE alg = 'ES256'")
    cure(healthy, "keys", "No key of ES256 is active", "used before its time")


def test_a_key_past_its_age_is_rolled(healthy: Cli) -> None:
    sql(healthy, f"UPDATE key SET active_at = active_at - {91 * DAY} WHERE alg = 'A256GCMSIV'")
    cure(healthy, "keys", "active for 91 days")


def test_a_key_past_its_count_is_rolled(healthy: Cli) -> None:
    sql(healthy, f"UPDATE key SET uses = {2**31 + 1} WHERE alg = 'EdDSA'")
    cure(healthy, "keys", "2147483649 tokens")


def test_a_key_that_retires_without_a_successor_gets_one(healthy: Cli) -> None:
    soon = int(time.time() * 1e6) + DAY
    sql(healthy, f"UPDATE key SET retires_at = {soon} WHERE alg = 'EdDSA'")
    cure(healthy, "keys", "and none follows")


def test_rows_that_wait_for_their_seal_are_sealed(healthy: Cli) -> None:
    made = healthy.ok("apps", "list")[0]
    healthy.ok("apps", "block", made["application_id"])
    sql(healthy, f"UPDATE audit SET at = at - {DAY} WHERE mac IS NULL")
    cure(healthy, "audit", "1 audit rows wait for their seal")


def test_rows_past_their_time_are_pruned(healthy: Cli) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001)"
    sql(
        healthy,
        f"INSERT INTO revocation {numbers} SELECT 'token', CAST(i AS TEXT), 1 FROM n",
    )
    cure(healthy, "sizes", "5001 revocations have expired")


def test_an_old_checkpoint_is_followed_by_a_new_one(healthy: Cli) -> None:
    marks = healthy.folder / "marks"
    marks.unlink()
    cure(healthy, "checkpoints", "no audit checkpoints")


def test_checkpoints_without_a_file_get_one(postgres_cli: Cli) -> None:
    (found,) = [each for each in bad(postgres_cli) if each["check"] == "checkpoints"]
    place = f"export SATSUMA_CHECKPOINTS={postgres_cli.folder / 'marks'}"
    assert found["command"].startswith("export SATSUMA_CHECKPOINTS=")
    done = postgres_cli.shell(f"{place} && satsuma audit seal && satsuma server doctor --json")
    assert '"checkpoints", "level": "ok"' in " ".join(done.out.split())


@pytest.mark.parametrize(
    ("name", "what"), [("facts.db", "database"), ("facts.db.key", "master key")]
)
def test_a_file_that_others_can_read_is_closed(tmp_path: Path, name: str, what: str) -> None:
    cli = new_cli(tmp_path)
    cli.populate()
    (tmp_path / name).chmod(0o644)
    (found,) = [each for each in bad(cli) if each["check"] == "files"]
    assert f"The {what}" in found["says"]
    assert "644" in found["says"]
    assert cli.shell(found["command"]).code == 0
    assert [each for each in bad(cli) if each["check"] == "files"] == []


def test_a_folder_that_others_can_write_is_closed(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    sqlite_cli.folder.chmod(0o777)
    (found,) = [each for each in bad(sqlite_cli) if each["check"] == "files"]
    assert sqlite_cli.shell(found["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "files"] == []


def test_too_few_open_files_are_raised_in_the_shell(healthy: Cli) -> None:
    cure_in_shell(healthy, "ulimit -Sn 256; ", "limits")


def test_the_slower_front_is_exchanged_in_the_shell(healthy: Cli) -> None:
    cure_in_shell(healthy, "export SATSUMA_FRONT=asgi; ", "front")


def test_a_loose_mode_is_told_and_tightened_in_the_shell(healthy: Cli) -> None:
    cure_in_shell(healthy, "export SATSUMA_MODE=test; ", "settings")


def test_a_loosened_issuer_is_tightened_in_its_own_section(healthy: Cli) -> None:
    config = healthy.folder / "satsuma.toml"
    config.write_text(
        "[issuers.orange-m2m]\ntoken_limit = 500\ntoken_life = 7200\n\n"
        "[issuers.standard]\ntoken_limit = 60\n"
    )
    args = ("--config", str(config))
    found = bad(healthy, *args)
    assert [each["check"] for each in found] == ["settings"] * 3
    assert "500 token requests" in found[0]["says"]
    assert healthy.shell(found[0]["command"]).code == 0
    assert len(bad(healthy, *args)) == 2
    for each in bad(healthy, *args):
        assert healthy.shell(each["command"]).code == 0
    assert bad(healthy, *args) == []
    assert config.read_text() == "[issuers.orange-m2m]\n\n[issuers.standard]\n"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, Cli]]:
    """A running server, and the program beside it."""
    with running_server(tmp_path) as server:
        yield server, Cli(server.database, tmp_path, {"SATSUMA_PORT": str(server.port)})


def test_a_running_server_is_asked_how_it_follows_the_feed(served: tuple[Server, Cli]) -> None:
    _, cli = served
    cli.populate()
    feed = [each for each in findings(cli) if each["check"] == "feed"]
    assert [each["level"] for each in feed] == ["ok", "ok"]
    assert any("has read every change up to" in each["says"] for each in feed)


NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("apart", "level"), [(0.0, "ok"), (1.9, "ok"), (2.1, "fail"), (-2.1, "fail")]
)
def test_a_database_clock_apart_from_ours_is_found(apart: float, level: str) -> None:
    theirs = NOW + timedelta(seconds=apart)
    found = doctor_host.check_database_clock(theirs, NOW, "PostgreSQL")
    assert found.level == level
    assert (found.command is None) == (level == "ok")


def test_a_clock_that_was_set_back_is_found() -> None:
    row = AuditRecord(7, NOW + timedelta(seconds=6), "a", "b", "c", "{}")
    (found,) = doctor.check_time(row, NOW)
    assert (found.level, found.command) == ("fail", "timedatectl set-ntp true")
    assert list(doctor.check_time(row, NOW + timedelta(seconds=6))) == []


def test_a_wall_clock_that_jumps_is_found() -> None:
    walls = iter([1000.0, 1003.0])
    (found,) = doctor_host.check_clock(lambda: next(walls), lambda: 7.0)
    assert found.level == "fail"


@pytest.mark.parametrize(
    ("installed", "level"), [("0.54.3", "ok"), ("0.55.0", "fail"), ("0.53.9", "fail")]
)
def test_a_uvicorn_that_the_front_was_not_written_for_is_found(installed: str, level: str) -> None:
    (found,) = doctor_host.check_front("hot", installed)
    assert found.level == level
    if level == "fail":
        assert shlex.split(str(found.command))[:2] == ["pip", "install"]


def key(active: timedelta, retires: timedelta | None = None, gone: timedelta | None = None) -> Key:
    def at(span: timedelta | None) -> datetime | None:
        return None if span is None else NOW + span

    return Key("k", "seal", "A256GCMSIV", "", b"", NOW, NOW + active, at(retires), at(gone))


@pytest.mark.parametrize(
    ("keys", "levels"),
    [
        ([], ["fail"]),
        ([key(timedelta(days=-1))], ["ok"]),
        ([key(timedelta(hours=1))], ["fail"]),
        ([key(timedelta(days=-1), gone=timedelta(0))], ["fail"]),
        ([key(timedelta(days=-9), timedelta(hours=1)), key(timedelta(hours=1))], ["ok"]),
        ([key(timedelta(days=-9), timedelta(hours=1)), key(timedelta(hours=2))], ["fail"]),
        ([key(timedelta(days=-91))], ["warn"]),
    ],
)
def test_the_life_of_keys_is_judged(keys: list[Key], levels: list[str]) -> None:
    found: Callable[..., Iterator[doctor.DoctorFinding]] = doctor.check_keys
    assert [each.level for each in found(keys, ["A256GCMSIV"], NOW)] == levels


BEFORE_TODAY = (
    "UPDATE account SET email = 'ann@corp.example(x' WHERE email LIKE 'ann@%'",
    "UPDATE account SET email = 'bob@b\u00fccher.example' WHERE email LIKE 'bob@%'",
    "UPDATE account SET email = 'dan@b\u00fccher.example' WHERE email LIKE 'cat@%'",
    "UPDATE application SET redirect_uris = replace(redirect_uris, 'https://b.', 'https://bank.test@b.'),"
    " web_origins = replace(web_origins, 'https://a.example', 'https://A.example:443'),"
    " post_logout_redirect_uris = replace(post_logout_redirect_uris, 'https://b.', 'http://b.'),"
    " default_scopes = replace(default_scopes, 'email', 'poi:gone')",
    "UPDATE api SET scopes = replace(scopes, 'poi:read', 'poi\u00e9'), upstream = 'https://u@up.example'",
)
"""What was stored before today's rules, of everything that they look at."""


def test_what_was_stored_before_todays_rules_is_named_and_mended(sqlite_cli: Cli) -> None:
    sqlite_cli.ok("accounts", "create", "ann@corp.example")
    for name in ("bob", "cat", "dan"):
        sqlite_cli.ok("accounts", "create", f"{name}@xn--bcher-kva.example")
    origin = ("--web-origin", "https://a.example")
    uri = ("--redirect-uri", "https://a.example/cb", "--redirect-uri", "https://b.example/cb")
    more = ("--logout-uri", "https://b.example/bye", "--logout-uri", "https://a.example/bye")
    more += ("--default-scope", "openid", "--default-scope", "email")
    made = sqlite_cli.ok(
        "apps", "create", "Old", "--owner", "ann@corp.example", *origin, *uri, *more
    )
    sqlite_cli.ok(
        "apis", "create", "poi", "--upstream", "https://up.example", "--scope", "poi:read"
    )
    assert stored(sqlite_cli) == []
    sql(sqlite_cli, *BEFORE_TODAY)
    found = stored(sqlite_cli)
    assert len(found) == 9
    told = " ".join(each["says"] for each in found)
    for words in ("ann@corp.example(x", "bob@b", "dan@b", "bank.test@b.example", "https://A.example:443",
                  "http://b.example/bye", "'poi:gone'",
                  "…@up.example", "not one scope token", "one mailbox and two accounts"):  # fmt: skip
        assert words in told
    for number, each in enumerate(found):
        command = each["command"].replace(" ADDRESS", f" new{number}@corp.example")
        done = sqlite_cli.shell(command.replace(" URL", " https://up.example"))
        assert done.code == 0, (command, done.err)
    assert stored(sqlite_cli) == []
    shown = sqlite_cli.ok("apps", "show", made["client_id"])
    assert shown["redirect_uris"] == ["https://a.example/cb"]
    assert shown["web_origins"] == ["https://a.example"]
    assert shown["post_logout_redirect_uris"] == ["https://a.example/bye"]
    assert shown["default_scopes"] == ["openid"]


def test_an_application_that_leaves_pkce_out_is_loud(sqlite_cli: Cli) -> None:
    """Where it is made, in the doctor until it is taken back, and also where somebody wrote it behind our back."""
    sqlite_cli.ok("accounts", "create", "ann@corp.example")
    names = {}
    for name, more in (("Plain", ("--pkce", "or-nonce")), ("Public", ("--public",)), ("Other", ())):
        done = sqlite_cli("apps", "create", name, "--owner", "ann@corp.example", *more, "--json")
        assert ("loosened: Plain may log people in without PKCE" in done.err) == (name == "Plain")
        names[name] = json.loads(done.out)["client_id"]
    done = sqlite_cli("apps", "change", names["Other"], "--pkce", "optional")
    assert "loosened: Other may log people in without PKCE and without a nonce" in done.err
    sql(sqlite_cli, "UPDATE application SET pkce = 'or-nonce' WHERE name = 'Public'")
    found = [each for each in bad(sqlite_cli) if each["check"] == "applications"]
    told = {each["says"].split()[1]: each["says"] for each in found}
    assert set(told) == {"Plain", "Public", "Other"}
    assert "it is public" in told["Public"]
    for each in found:
        assert sqlite_cli.shell(each["command"]).code == 0
    assert [each for each in bad(sqlite_cli) if each["check"] == "applications"] == []


def stored(cli: Cli) -> list[dict[str, Any]]:
    return [each for each in bad(cli) if each["check"] == "stored"]
