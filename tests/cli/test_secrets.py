"""A secret is printed by what creates, renews or shows it, and by nothing else."""

import base64
import os

import pytest

from tests.cli.program import OWNER, SATSUMA, UPSTREAM, Cli

PRINTS = (
    ["apps", "show", "{app}", "--secret"],
    ["apps", "show", "{app}", "--secret", "--json"],
    ["apps", "renew", "{app}", "--overlap", "1d"],
    ["apps", "create", "Third", "--owner", OWNER],
)
SILENT = (
    ["apps", "list"],
    ["apps", "list", "--json"],
    ["apps", "show", "{app}"],
    ["apps", "show", "{app}", "--json"],
    ["apps", "change", "{app}", "--add-redirect-uri", "https://a.example/cb", "--json"],
    ["apps", "block", "{app}", "--json"],
    ["apps", "unblock", "{app}", "--json"],
    ["apps", "subscribe", "{app}", "poi", "--json"],
    ["apps", "unsubscribe", "{app}", "poi"],
    ["apis", "list", "--json"],
    ["apis", "life-cycle", "poi", "deprecated", "--json"],
    ["keys", "rotate", "--alg", "EdDSA", "--json"],
    ["keys", "list", "--json"],
    ["keys", "list"],
    ["keys", "make-master", "other.key", "--json"],
    ["keys", "rotate", "--master", "--new-master-key-file", "other.key", "--json"],
    ["db", "check", "--json"],
    ["db", "upgrade", "--json"],
    ["db", "prune"],
    ["db", "backup", "backup.jsonl"],
    ["audit", "list", "--json"],
    ["audit", "seal"],
    ["audit", "verify", "--json"],
    ["server", "doctor", "--json"],
    ["server", "doctor"],
    ["requests", "list", "--json"],
    ["samples", "list"],
    ["samples", "show", "call", "curl"],
    ["samples", "from-curl", "curl", "curl https://api.example/ -u me:pasted"],
    ["samples", "from-har", "curl", "request.har"],
    ["samples", "from-openapi", "curl", "--file", "openapi.json"],
    ["explain", "nothing"],
    ["accounts", "create", "c@example.org", "--json"],
    ["accounts", "create", OWNER],
    ["accounts", "invite", "d@example.org"],
    ["accounts", "list", "--json"],
    ["accounts", "show", "bob@example.org", "--json"],
    ["accounts", "change", "c@example.org", "--email", "e@example.org", "--json"],
    ["accounts", "block", "bob@example.org"],
    ["accounts", "unblock", "bob@example.org"],
    ["apis", "change", "other", "--forward-authorization"],
    ["apps", "create", "Shops", "--owner", OWNER],
    ["plans", "create", "gold", "--per-day", "9", "--needs-approval", "--json"],
    ["plans", "change", "gold", "--per-day", "10"],
    ["plans", "list"],
    ["spaces", "people", OWNER, "--json"],
    ["spaces", "change", OWNER, "spc_1", "--role", "viewer"],
    ["spaces", "remove", "bob@example.org", "spc_1"],
    ["apps", "subscribe", "{app}", "other", "--plan", "gold"],
    ["subscriptions", "list", "--json"],
    ["subscriptions", "approve", "{app}", "other"],
    ["apps", "subscribe", "{app}", "other", "--pending"],
    ["subscriptions", "refuse", "{app}", "other", "--reason", "No"],
    ["apps", "revoke", "{app}", "--json"],
)


TOKENS = [
    "curl",
    "doctor",
    "header",
    "info",
    "introspect",
    "login",
    "logout",
    "refresh",
    "revoke",
    "sandbox",
    "token",
    "usage",
]
PROFILES = ["add", "list", "remove", "scope", "show"]
"""The client's commands: `tests/client/test_commands.py` and `test_doctor.py` look for their secrets."""


@pytest.mark.timeout(300)
def test_only_create_renew_and_show_print_a_secret(sqlite_cli: Cli) -> None:
    cli = sqlite_cli
    password = "correct horse battery staple"
    cli("accounts", "create", "bob@example.org", "--password-stdin", stdin=password)
    made = cli.populate()
    api = cli.ok("apis", "create", "other", "--upstream", UPSTREAM)
    secrets = {
        made["client_secret"],
        api["resource_secret"],
        password,
        (cli.folder / "facts.db.key").read_text().strip(),
    }
    secrets |= {made["authorization_header"].removeprefix("Basic ")}
    secrets |= {base64.b64encode(made["client_secret"].encode()).decode()}
    for args in PRINTS[:2]:
        done = cli(*(arg.format(app=made["application_id"]) for arg in args))
        assert made["client_secret"] in done.out
        assert made["client_secret"] not in done.err
    renewed = cli.ok("apps", "renew", made["application_id"], "--overlap", "1d")
    secrets |= {renewed["client_secret"]}
    for args in SILENT:
        done = cli(*(arg.format(app=made["application_id"]) for arg in args))
        if (cli.folder / "other.key").exists():
            secrets |= {(cli.folder / "other.key").read_text().strip()}
        for secret in secrets:
            assert secret not in done.out + done.err, args
        assert "sts_" not in done.out + done.err, args


def test_every_command_was_looked_at() -> None:
    """A new command is added to one list or the other."""
    import click

    from satsuma_client.cli.program import satsuma

    def walk(group: click.Group, name: tuple[str, ...]) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        context = click.Context(group)
        for each in group.list_commands(context):
            command = group.get_command(context, each)
            if isinstance(command, click.Group):
                found |= walk(command, (*name, each))
            else:
                found.add((*name, each))
        return found

    looked_at = {tuple(args[: 1 if args[0] == "explain" else 2]) for args in (*PRINTS, *SILENT)}
    elsewhere = {("serve",), ("demo",), ("apis", "create"), ("apis", "import"), ("db", "restore")}
    elsewhere |= {("emulate",)}  # tests/testing/test_emulate.py
    of_the_client = {(name,) for name in TOKENS} | {("profiles", name) for name in PROFILES}
    assert walk(satsuma, ()) == looked_at | elsewhere | of_the_client


def test_a_terminal_gets_a_table_with_the_same_words(sqlite_cli: Cli) -> None:
    sqlite_cli.populate()
    leader, follower = os.openpty()
    import subprocess

    done = subprocess.run(
        [SATSUMA, "apps", "list"], env=sqlite_cli.env | {"TERM": "xterm", "COLUMNS": "200"},
        stdout=follower, stderr=subprocess.PIPE, timeout=60, cwd=sqlite_cli.folder,
    )  # fmt: skip
    os.close(follower)
    text = os.read(leader, 65536).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "Shops" in text
    assert "\x1b[" in text
