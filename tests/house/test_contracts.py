"""Each contract on imports finds what it is there to find, in a skeleton that breaks them all."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT

CONFIG = ROOT / "pyproject.toml"
PLATFORM = [
    "domain",
    "keys",
    "http",
    "store",
    "telemetry",
    "counters",
    "audit",
    "diagnostics",
    "outbox",
    "replica",
    "accounts",
    "management",
    "oauth",
    "gateway",
    "web",
    "front",
    "signin",
    "portal",
    "developer",
    "app",
    "demo",
    "testing",
    "cli",
    "samples",
]
CLIENT = ["protocol", "http", "jose", "client", "resource", "cli"]
STORE = [
    "port",
    "schema",
    "sql",
    "dump",
    "batch_queue",
    "bell",
    "files",
    "retention",
    "sqlite",
    "postgresql",
    "memory",
    "opening",
    "upkeep",
]
# Who imports what, and the contract that must say no.
BREACHES = [
    ("satsuma.store", "satsuma.oauth", "layers"),
    ("satsuma.domain", "satsuma.store", "layers"),
    ("satsuma.oauth", "satsuma.portal", "layers"),
    ("satsuma.oauth", "satsuma.gateway", "layers"),
    ("satsuma.signin", "satsuma.portal", "layers"),
    ("satsuma.audit", "satsuma.outbox", "layers"),
    ("satsuma.accounts", "satsuma.management", "layers"),
    ("satsuma.domain", "satsuma.keys", "layers"),
    ("satsuma.app", "satsuma.demo", "layers"),
    ("satsuma_client.protocol", "satsuma_client.client", "client-layers"),
    ("satsuma_client.client", "satsuma_client.resource", "client-layers"),
    ("satsuma.store.schema", "satsuma.store.sql", "store"),
    ("satsuma.store.sqlite", "satsuma.store.postgresql", "store"),
    ("satsuma_client.client", "satsuma.accounts", "wheel"),
    ("satsuma.management", "satsuma_client.client", "platform"),
    ("satsuma.web", "satsuma_client.resource", "resource"),
    ("satsuma.oauth", "satsuma.samples", "samples"),
    ("satsuma.samples", "satsuma.domain", "samples-alone"),
    ("satsuma_client.protocol", "starlette", "pure"),
    ("satsuma.domain", "time", "pure"),
]


def lint(place: Path) -> str:
    program = Path(sys.executable).with_name("lint-imports")
    command = [program, "--no-logo", "--no-cache", "--config", CONFIG]
    done = subprocess.run(
        command,
        cwd=place,
        env={"PYTHONPATH": str(place), "COLUMNS": "500"},
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join((done.stdout + done.stderr).split())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a skeleton with every breach, and with a room nobody planned."""
    place = tmp_path_factory.mktemp("skeleton")
    rooms = ["satsuma", "satsuma_client"]
    rooms += [f"satsuma.{room}" for room in (*PLATFORM, "attic")]
    rooms += [f"satsuma_client.{room}" for room in CLIENT]
    rooms += [f"satsuma.store.{room}" for room in STORE]
    for room in rooms:
        package = place / room.replace(".", "/")
        package.mkdir()
        imports = [f"import {there}\n" for here, there, _ in BREACHES if here == room]
        (package / "__init__.py").write_text("".join(imports))
    return lint(place)


@pytest.mark.parametrize(("here", "there", "contract"), BREACHES)
def test_a_breach_is_found(here: str, there: str, contract: str, report: str) -> None:
    contracts = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]
    (name,) = (entry["name"] for entry in contracts if entry["id"] == contract)
    assert f"{name} BROKEN" in report
    assert f"{here} -> {there} (l." in report


def test_a_room_without_a_place_is_found(report: str) -> None:
    assert "attic" in report


def test_every_contract_is_shown_a_breach() -> None:
    contracts = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]
    assert {entry["id"] for entry in contracts} == {contract for *_, contract in BREACHES}
