"""A new master key takes over while servers serve; at no moment is the database without one."""

from pathlib import Path

from satsuma.app.master_key import read_key, write_key
from satsuma.keys.master import MasterKey
from tests.cli.program import OWNER, Cli
from tests.wire.server import running_server


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("facts.db.key*")}


def test_an_embedded_database_gets_a_new_key_by_itself(sqlite_cli: Cli) -> None:
    made = sqlite_cli.populate()
    key = sqlite_cli.folder / "facts.db.key"
    old = read_key(key)
    backup = str(sqlite_cli.folder / "before.db")
    sqlite_cli.ok("db", "backup", backup)
    done = sqlite_cli.ok("keys", "rotate", "--master")
    assert done["old"] == old.key_id
    assert done["new"] == read_key(key).key_id != old.key_id
    assert done["dies"].startswith("Nothing.")
    shown = sqlite_cli.ok("apps", "show", made["client_id"], "--secret")
    assert shown["client_secret"] == made["client_secret"]
    kept = key.with_name(f"facts.db.key.{old.key_id}")
    assert files(sqlite_cli.folder) == {key.name, kept.name}
    assert kept.stat().st_mode & 0o777 == key.stat().st_mode & 0o777 == 0o600
    earlier = Cli(f"sqlite:///{backup}", sqlite_cli.folder, {"SATSUMA_MASTER_KEY_FILE": str(kept)})
    assert len(earlier.ok("apps", "list")) == 1


def test_an_operators_key_is_read_from_the_new_file(postgres_cli: Cli) -> None:
    cli = postgres_cli
    made = cli.populate()
    assert cli("keys", "rotate", "--master").code == 2
    new = cli.ok("keys", "make-master", "new.key")["key_id"]
    done = cli.ok("keys", "rotate", "--master", "--new-master-key-file", "new.key")
    assert done["new"] == new
    assert "SATSUMA_MASTER_KEY_FILE=new.key" in done["next"]
    assert cli("apps", "list").code == 1
    cli.environment["SATSUMA_MASTER_KEY_FILE"] = "new.key"
    shown = cli.ok("apps", "show", made["client_id"], "--secret")
    assert shown["client_secret"] == made["client_secret"]


def test_a_rotation_to_the_present_key_is_refused(postgres_cli: Cli) -> None:
    postgres_cli.populate()
    same = postgres_cli.environment["SATSUMA_MASTER_KEY_FILE"]
    done = postgres_cli("keys", "rotate", "--master", "--new-master-key-file", same)
    assert (done.code, "is the present one" in done.err) == (1, True)


def test_the_audit_stays_intact_over_a_rotation(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    sqlite_cli.ok("audit", "seal")
    sqlite_cli.ok("keys", "rotate", "--master")
    sqlite_cli.ok("audit", "seal")
    report = sqlite_cli.ok("audit", "verify")
    assert (report["intact"], report["sealed"], report["checkpoints"]) == (True, 5, 1)


def test_a_rotation_that_broke_off_before_the_commit_goes_on(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    waiting = MasterKey.generate()
    write_key(sqlite_cli.folder / "facts.db.key.next", waiting)
    assert sqlite_cli.ok("keys", "rotate", "--master")["new"] == waiting.key_id
    assert sqlite_cli.ok("db", "check")["master_key"] == waiting.key_id


def test_a_rotation_that_broke_off_after_the_commit_goes_on(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    key = sqlite_cli.folder / "facts.db.key"
    old = key.read_text()
    new = sqlite_cli.ok("keys", "rotate", "--master")["new"]
    key.rename(sqlite_cli.folder / "facts.db.key.next")  # as before the last step
    key.write_text(old)
    assert sqlite_cli("apps", "list").code == 1
    assert sqlite_cli.ok("keys", "rotate", "--master")["new"] == new
    assert len(sqlite_cli.ok("apps", "list")) == 1


def test_two_rotations_at_once_leave_a_key_that_opens(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    racing = [sqlite_cli.start("keys", "rotate", "--master") for _ in range(4)]
    outs = [each.communicate(timeout=60) for each in racing]
    assert all("Traceback" not in err for _, err in outs), outs
    assert any(each.returncode == 0 for each in racing), outs
    assert len(sqlite_cli.ok("apps", "list")) == 1


def test_a_running_server_carries_on(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        cli = Cli(server.database, tmp_path)
        cli.ok("accounts", "create", OWNER)
        cli.ok("keys", "rotate", "--master")
        made = cli.ok("apps", "create", "After", "--owner", OWNER)
        headers = {"Authorization": made["authorization_header"], "Accept": "application/json"}
        form = "grant_type=client_credentials"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        reply = server.request("POST", "/oauth/v3/token", form, headers)
        assert reply.status == 200, reply.body
