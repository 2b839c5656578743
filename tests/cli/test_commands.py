"""Each command does its work on the database, whether or not a server runs."""

import base64
import json
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from satsuma.cli.failures import FINDINGS
from tests.cli.program import OWNER, SATSUMA, UPSTREAM, Cli

SECRET = re.compile(r"sts_[A-Za-z0-9_-]{49}\Z")


@pytest.mark.parametrize(
    "module", ["cryptography", "sqlalchemy", "psycopg", "uvicorn", "msgspec", "rich", "asyncio"]
)
def test_help_loads_no_heavy_room(module: str) -> None:
    code = "import sys; import satsuma_client.cli.program; print(sys.argv[1] in sys.modules)"
    python = SATSUMA.with_name("python")
    done = subprocess.run([python, "-c", code, module], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("noun", ["accounts", "apps", "apis", "keys", "db", "audit", "server"])
def test_each_noun_says_what_it_can(sqlite_cli: Cli, noun: str) -> None:
    done = sqlite_cli(noun, "--help")
    assert done.code == 0
    assert "Commands:" in done.out


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_serve_and_demo_take_the_same_options(sqlite_cli: Cli, command: str) -> None:
    text = sqlite_cli(command, "--help").out
    for option in (
        *("--host", "--port", "--api-url", "--pages-url", "--tls-cert", "--tls-key"),
        *("--trusted-proxies", "--database", "--redis", "--workers", "--config"),
    ):
        assert option in text


def test_an_account_is_a_confirmed_developer_with_a_space(cli: Cli) -> None:
    made = cli.ok("accounts", "create", "  Ann@Example.org ")
    assert made["email"] == OWNER
    assert (made["role"], made["has_password"]) == ("developer", False)
    assert re.fullmatch(r"acc_[A-Za-z0-9]{20}", made["account_id"])
    assert cli.ok("apps", "create", "A", "--owner", OWNER)["name"] == "A"


def test_the_people_of_a_client_space_are_listed_and_its_last_owner_stays(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    (row,) = cli.ok("spaces", "people", OWNER)
    assert (row["email"], row["role"], row["space"]) == (OWNER, "owner", OWNER)
    for args in (["remove"], ["change", "--role", "viewer"]):
        done = cli("spaces", args[0], OWNER, row["space_id"], *args[1:])
        assert done.code != 0
        assert "make somebody else one first" in done.err
    done = cli("spaces", "remove", OWNER, "spc_none")
    assert "is not in a client space" in done.err


def test_an_account_takes_a_role_and_a_password_as_typed(cli: Cli) -> None:
    made = cli.ok(
        "accounts",
        "create",
        OWNER,
        "--role",
        "operator",
        "--password-stdin",
        stdin=" é12345678901 \n",
    )
    assert (made["role"], made["has_password"]) == ("operator", True)


@pytest.mark.parametrize(
    ("password", "says"), [("short", "at least 12"), ("x" * 129, "at most 128")]
)
def test_a_password_of_a_bad_length_is_refused(sqlite_cli: Cli, password: str, says: str) -> None:
    done = sqlite_cli("accounts", "create", OWNER, "--password-stdin", stdin=password + "\n")
    assert done.code == 1
    assert says in done.err
    assert password not in done.err


def test_an_application_gets_credentials_that_are_ready_to_use(cli: Cli) -> None:
    made = cli.populate()
    assert re.fullmatch(r"app_[A-Za-z0-9]{20}", made["application_id"])
    assert re.fullmatch(r"[A-Za-z0-9]{32}", made["client_id"])
    assert SECRET.match(made["client_secret"])
    kind, _, encoded = made["authorization_header"].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(encoded).decode() == f"{made['client_id']}:{made['client_secret']}"


def test_an_application_is_subscribed_approved_to_the_newest_live_version(cli: Cli) -> None:
    cli.populate()
    cli.ok("apis", "create", "poi", "--version", "2", "--upstream", UPSTREAM)
    cli.ok("apis", "create", "poi", "--version", "3", "--upstream", UPSTREAM)
    cli.ok("apis", "life-cycle", "poi:3", "deprecated")
    made = cli.ok("apps", "create", "Two", "--owner", OWNER, "--api", "poi", "--api", "poi:v1")
    shown = cli.ok("apps", "show", made["application_id"])
    assert {each["api"]: each["state"] for each in shown["subscriptions"]} == {
        "poi:2": "approved",
        "poi:1": "approved",
    }


def test_an_application_keeps_its_addresses(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    made = cli.ok(
        "apps", "create", "Web", "--owner", OWNER, "--public",
        "--redirect-uri", "https://a.example/cb", "--redirect-uri", "http://127.0.0.1/cb",
        "--web-origin", "https://A.example:443", "--web-origin", "https://bücher.example",
        "--web-origin", "https://a.example",
    )  # fmt: skip
    assert made["client_secret"] is None
    shown = cli.ok("apps", "show", made["client_id"])
    assert shown["redirect_uris"] == ["https://a.example/cb", "http://127.0.0.1/cb"]
    assert shown["web_origins"] == ["https://a.example", "https://xn--bcher-kva.example"]
    assert shown["public"] is True


@pytest.mark.spec("OIDC Registration §2")
def test_an_application_chooses_how_its_id_tokens_are_signed(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    made = {"RS256": cli.ok("apps", "create", "Default", "--owner", OWNER)}
    for alg in ("ES256", "EdDSA"):
        made[alg] = cli.ok("apps", "create", alg, "--owner", OWNER, "--id-token-alg", alg)
    listed = {each["name"]: each for each in cli.ok("apps", "list")}
    for alg, each in made.items():
        shown = cli.ok("apps", "show", each["client_id"])
        for record in (each, shown, listed[each["name"]]):
            assert record["id_token_signed_response_alg"] == alg
        assert ["id_token_signed_response_alg", alg] in [
            line.split() for line in cli("apps", "show", each["client_id"]).out.splitlines()
        ]


@pytest.mark.parametrize("alg", ["none", "HS256", "ES384", "es256", ""])
def test_an_algorithm_that_there_is_not_is_a_usage_error(sqlite_cli: Cli, alg: str) -> None:
    done = sqlite_cli("apps", "create", "App", "--owner", OWNER, "--id-token-alg", alg)
    assert (done.code, done.out) == (2, "")
    assert "'RS256', 'ES256', 'EdDSA'" in done.err


def test_applications_are_listed_for_one_owner_and_for_all(cli: Cli) -> None:
    cli.populate()
    cli.ok("accounts", "create", "bob@example.org")
    cli.ok("apps", "create", "Other", "--owner", "bob@example.org")
    assert [each["name"] for each in cli.ok("apps", "list", "--owner", OWNER)] == ["Shops"]
    assert {each["name"] for each in cli.ok("apps", "list")} == {"Shops", "Other"}
    lines = cli("apps", "list").out.splitlines()
    assert lines[0].split() == [
        "application_id",
        "name",
        "client_id",
        "state",
        "public",
        "created_at",
    ]
    assert len(lines) == 3


def test_a_renewal_gives_a_new_secret_and_the_old_one_its_overlap(cli: Cli) -> None:
    made = cli.populate()
    renewed = cli.ok("apps", "renew", made["application_id"], "--overlap", "7d")
    assert SECRET.match(renewed["client_secret"])
    assert renewed["client_secret"] != made["client_secret"]
    assert cli.ok("apps", "show", made["client_id"], "--secret") | {} == renewed | {
        name: cli.ok("apps", "show", made["client_id"])[name]
        for name in ("secrets", "subscriptions")
    }
    secrets = cli.ok("apps", "show", made["client_id"])["secrets"]
    assert [each["expires_at"] is None for each in secrets].count(True) == 1
    third = cli("apps", "renew", made["application_id"], "--overlap", "7d")
    assert third.code == 1
    assert "Two secrets are live" in third.err
    assert cli("apps", "renew", made["application_id"], "--tokens").code == 0


def test_a_revoked_application_stays_revoked(cli: Cli) -> None:
    made = cli.populate()
    assert cli.ok("apps", "revoke", made["application_id"])["state"] == "revoked"
    assert cli.ok("apps", "show", made["application_id"])["state"] == "revoked"
    for again in ("renew", "block", "unblock"):
        done = cli("apps", again, made["application_id"])
        assert (done.code, "revoked for good" in done.err) == (1, True)


def test_an_application_is_blocked_and_unblocked(cli: Cli) -> None:
    made = cli.populate()
    assert cli.ok("apps", "block", made["client_id"])["state"] == "blocked"
    assert cli.ok("apps", "list")[0]["state"] == "blocked"
    assert cli.ok("apps", "unblock", made["client_id"])["state"] == "active"


def test_a_subscription_ends_and_comes_back(cli: Cli) -> None:
    made = cli.populate()
    app = made["application_id"]
    cli.ok("apps", "unsubscribe", app, "poi")
    (shown,) = cli.ok("apps", "show", app)["subscriptions"]
    assert shown == {"api": "poi:1", "state": "revoked", "plan": None, "reason": None}
    cli.ok("apps", "subscribe", app, "poi")
    assert cli.ok("apps", "show", app)["subscriptions"] == [shown | {"state": "approved"}]
    cli.ok("apis", "create", "sandbox", "--upstream", UPSTREAM)
    cli.ok("apps", "subscribe", app, "sandbox:1")
    assert len(cli.ok("apps", "show", app)["subscriptions"]) == 2


def test_an_api_gets_its_own_credentials(cli: Cli) -> None:
    made = cli.ok(
        "apis", "create", "poi", "--upstream", f"{UPSTREAM}/base/", "--title", "Places",
        "--scope", "poi.read=GET,HEAD:/shops", "--scope", "poi.admin=/admin", "--scope", "poi.all",
        "--issuer", "standard",
    )  # fmt: skip
    assert re.fullmatch(r"[A-Za-z0-9]{32}", made["resource_id"])
    assert SECRET.match(made["resource_secret"])
    (listed,) = cli.ok("apis", "list")
    assert listed["scopes"] == ["poi.read=GET,HEAD:/shops", "poi.admin=/admin", "poi.all"]
    assert (listed["upstream"], listed["title"]) == (f"{UPSTREAM}/base", "Places")
    assert listed["issuers"] == ["standard"]
    assert "resource_secret" not in listed


def test_keys_roll_as_planned_and_at_once(cli: Cli) -> None:
    cli.populate()
    (first,) = cli.ok("keys", "rotate", "--alg", "A256GCMSIV")
    assert first["old"] == []
    (planned,) = cli.ok("keys", "rotate")
    assert planned["old"] == [first["new"]]
    assert planned["dies"].startswith("Nothing. The new key makes sealed access tokens from")
    states = {key["kid"]: key["state"] for key in cli.ok("keys", "list")}
    assert states == {first["new"]: "active", planned["new"]: "announced"}
    (leaked,) = cli.ok("keys", "rotate", "--now")
    assert leaked["dies"].startswith(
        "All sealed access tokens and refresh tokens made so far are refused"
    )
    states = {key["kid"]: key["state"] for key in cli.ok("keys", "list")}
    assert states == {first["new"]: "gone", planned["new"]: "gone", leaked["new"]: "active"}


def test_a_database_is_backed_up_checked_and_restored(cli: Cli, tmp_path: Path) -> None:
    made = cli.populate()
    checked = cli.ok("db", "check")
    assert checked["rows"]["application"] == 1
    dump = str(tmp_path / "backup.jsonl")
    assert cli.ok("db", "backup", dump)["bytes"] > 0
    assert cli("db", "backup", dump).code == 1
    other = Cli(f"sqlite:///{tmp_path / 'other.db'}", tmp_path, cli.environment)
    restored = other("db", "restore", dump)
    assert restored.code == 0
    if not cli.environment:
        assert "Put the backed up database's master key" in restored.err
        assert other("apps", "list").code == 2
        (tmp_path / "other.db.key").write_bytes((tmp_path / "facts.db.key").read_bytes())
    again = other.ok("apps", "show", made["client_id"], "--secret")
    assert again["client_secret"] == made["client_secret"]
    assert other("db", "restore", dump).code == 1


def test_a_backup_that_is_restored_under_another_master_key_says_so(
    cli: Cli, tmp_path: Path
) -> None:
    cli.populate()
    dump = str(tmp_path / "backup.jsonl")
    cli.ok("db", "backup", dump)
    cli("keys", "make-master", "another")
    another = {"SATSUMA_MASTER_KEY_FILE": str(tmp_path / "another")}
    other = Cli(f"sqlite:///{tmp_path / 'other.db'}", tmp_path, another)
    restored = other("db", "restore", dump, "--json")
    assert restored.code == FINDINGS
    assert restored.json["restored"] == dump
    assert "This database belongs to master key" in restored.err
    assert other("apps", "list").code == 1
    mended = {"SATSUMA_MASTER_KEY_FILE": str(tmp_path / "facts.db.key")} | cli.environment
    assert len(Cli(other.database, tmp_path, mended).ok("apps", "list")) == 1


def test_upgrading_prints_its_sql_first(postgres_database: str, tmp_path: Path) -> None:
    bare = Cli(postgres_database, tmp_path)
    done = bare("db", "upgrade", "--dry-run")
    assert (done.code, "CREATE TABLE account" in done.out) == (0, True)
    with psycopg.connect(postgres_database) as connection:
        for statement in done.out.split(";\n"):
            connection.execute(statement.encode())
    key = {"SATSUMA_MASTER_KEY_FILE": str(tmp_path / "k")}
    bare("keys", "make-master", key["SATSUMA_MASTER_KEY_FILE"])
    assert bare.ok("db", "upgrade", **key)["statements"] == 0
    assert bare.ok("db", "check", **key)["rows"]["account"] == 0


def test_pruning_deletes_what_has_expired(cli: Cli) -> None:
    cli.populate()
    statement = "INSERT INTO revocation VALUES ('token', 'gone', 1)"
    if cli.database.startswith("sqlite"):
        with closing(sqlite3.connect(cli.folder / "facts.db")) as connection:
            connection.execute(statement)
            connection.commit()
    else:
        with psycopg.connect(cli.database) as connection:
            connection.execute(statement.encode())
    assert cli.ok("db", "prune")["deleted"] == 1
    assert cli.ok("db", "prune")["deleted"] == 0


def test_the_audit_tells_who_did_what(cli: Cli) -> None:
    made = cli.populate()
    cli.ok("apps", "renew", made["application_id"], "--tokens")
    rows = cli.ok("audit", "list")
    assert [row["action"] for row in rows] == [
        "master-key.claim", "account.create", "api.create", "application.create", "secret.renew",
    ]  # fmt: skip
    assert rows[-1]["detail"] == {"overlap_seconds": 0, "tokens": True}
    assert rows[-1]["actor"].startswith("cli:")
    assert [row["seq"] for row in cli.ok("audit", "list", "--after", "3")] == [4, 5]
    assert [row["seq"] for row in cli.ok("audit", "list", "--limit", "2")] == [4, 5]


def test_two_processes_that_create_the_same_make_one(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    racing = [cli.start("apps", "create", "Same", "--owner", OWNER, "--json") for _ in range(6)]
    outs = [(each.communicate(timeout=60), each.returncode) for each in racing]
    codes = sorted(code for _, code in outs)
    assert codes == [0, 1, 1, 1, 1, 1], outs
    assert all("already" in err for (_, err), code in outs if code)
    assert len(cli.ok("apps", "list")) == 1


def test_processes_that_come_first_at_once_make_one_database_and_one_key(sqlite_cli: Cli) -> None:
    racing = [
        sqlite_cli.start("accounts", "create", f"{n}@example.org", "--json") for n in range(6)
    ]
    outs = [(each.communicate(timeout=60), each.returncode) for each in racing]
    assert [code for _, code in outs] == [0] * 6, outs
    assert sqlite_cli.ok("db", "check")["rows"]["account"] == 6
    key = sqlite_cli.folder / "facts.db.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in sqlite_cli.folder.glob(".*")] == []


def test_two_processes_that_renew_at_once_leave_two_live_secrets_at_most(cli: Cli) -> None:
    made = cli.populate()
    app = made["application_id"]
    racing = [cli.start("apps", "renew", app, "--overlap", "1d", "--json") for _ in range(5)]
    outs = [(each.communicate(timeout=60), each.returncode) for each in racing]
    assert [code for _, code in outs].count(0) == 1, outs
    assert len(cli.ok("apps", "show", app)["secrets"]) == 2


def test_settings_come_from_a_file_too(sqlite_cli: Cli) -> None:
    config = sqlite_cli.folder / "satsuma.toml"
    config.write_text(f'database = "sqlite:///{sqlite_cli.folder / "named.db"}"\n')
    bare = Cli("", sqlite_cli.folder)
    done = subprocess.run(
        [SATSUMA, "accounts", "create", OWNER, "--config", str(config), "--json"],
        env={"PATH": bare.env["PATH"]}, capture_output=True, text=True, cwd=bare.folder,
    )  # fmt: skip
    assert json.loads(done.stdout)["email"] == OWNER
    assert (sqlite_cli.folder / "named.db").exists()


def test_a_confidential_application_used_from_a_browser_is_a_printed_loosening(
    sqlite_cli: Cli,
) -> None:
    sqlite_cli("accounts", "create", OWNER)
    origin = ("--web-origin", "https://spa.example")
    loose = sqlite_cli("apps", "create", "Loose", "--owner", OWNER, *origin)
    assert loose.code == 0
    assert "loosened" in loose.err
    tight = sqlite_cli("apps", "create", "Tight", "--owner", OWNER, "--public", *origin)
    assert (tight.code, tight.err) == (0, "")


def test_accounts_are_listed_shown_and_blocked(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    cli.ok("accounts", "create", "bob@example.org", "--role", "user")
    assert {each["email"] for each in cli.ok("accounts", "list")} == {OWNER, "bob@example.org"}
    assert cli("accounts", "list").out.split()[:5] == [
        "account_id",
        "email",
        "role",
        "state",
        "created_at",
    ]
    assert cli.ok("accounts", "block", " Bob@Example.org ")["state"] == "blocked"
    shown = cli.ok("accounts", "show", "bob@example.org")
    assert (shown["state"], shown["role"], shown["sessions"]) == ("blocked", "user", [])
    assert cli.ok("accounts", "unblock", "bob@example.org")["state"] == "active"
    refused = cli("accounts", "block", "nobody@example.org")
    assert (refused.code, refused.out) == (1, "")
    assert "nobody@example.org" in refused.err


def test_an_invitation_that_no_mail_server_can_bring_is_refused_with_its_cure(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    refused = cli("accounts", "invite", "zoe@example.org")
    assert (refused.code, refused.out) == (1, "")
    assert "SATSUMA_SMTP_URL_FILE" in refused.err
    assert "--print-link" in refused.err


def test_an_invitation_is_printed_only_when_asked_and_loudly(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    mailed = cli("accounts", "invite", "zoe@example.org", SATSUMA_SMTP_URL="smtp://127.0.0.1:9")
    assert (mailed.code, mailed.err) == (0, "")
    assert "/confirm/" not in mailed.out
    printed = cli("accounts", "invite", "zoe@example.org", "--print-link", "--role", "developer")
    assert "secret" in printed.err
    assert re.search(r"^link +http://localhost:8400/confirm/[A-Za-z0-9_-]{43}$", printed.out, re.M)
    assert cli.ok("accounts", "show", "zoe@example.org")["state"] == "unconfirmed"
    assert cli.ok("apps", "create", "Of Zoe", "--owner", "zoe@example.org")["name"] == "Of Zoe"
    taken = cli("accounts", "invite", OWNER, "--print-link")
    assert (taken.code, taken.out) == (1, "")
    assert "has an account already" in taken.err


def test_an_api_says_what_its_scopes_mean_in_languages(cli: Cli) -> None:
    made = cli.ok(
        "apis", "create", "poi", "--upstream", UPSTREAM, "--scope", "poi:read",
        "--scope-text", "poi:read=See  places", "--scope-text", "poi:read:fr=Voir des lieux = bien",
    )  # fmt: skip
    texts = {"poi:read": "See places", "poi:read:fr": "Voir des lieux = bien"}
    assert made["scope_texts"] == texts
    changed = cli.ok("apis", "change", "poi", "--scope-text", "poi:read=Look around")
    assert changed["scope_texts"] == texts | {"poi:read": "Look around"}
    for wrong, says in (
        ("poi.write=x", "not a scope"),
        ("poi:read=" + "x" * 201, "1 to 200"),
        ("poi:read=a\u0007b", "plain sentence"),
        ("poi:read", "NAME[:LANG]=TEXT"),
    ):
        refused = cli("apis", "change", "poi", "--scope-text", wrong)
        assert refused.code in (1, 2)
        assert says in refused.err


def test_an_upstream_that_receives_tokens_is_told_loudly_and_mended(cli: Cli) -> None:
    cli.ok("accounts", "create", OWNER)
    made = cli("apis", "create", "poi", "--upstream", UPSTREAM, "--forward-authorization", "--json")
    assert "loosened: the upstream of /poi/v1 receives the callers' tokens" in made.err
    assert json.loads(made.out)["forward_authorization"] is True
    found = json.loads(cli("server", "doctor", "--json").out)
    (finding,) = [each for each in found if each["check"] == "apis"]
    assert finding["level"] == "warn"
    assert cli.shell(finding["command"]).code == 0
    found = json.loads(cli("server", "doctor", "--json").out)
    assert [each for each in found if each["check"] == "apis"] == []
    assert cli.ok("apis", "list")[0]["forward_authorization"] is False
