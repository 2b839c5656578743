"""Each contract on imports finds what it is there to find, in a skeleton that breaks them all."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.tree import ROOT

CONFIG = ROOT / "pyproject.toml"
ROOMS = [
    "protocol",
    "keys",
    "rules",
    "store",
    "feed",
    "counters",
    "ledger",
    "outbox",
    "registry",
    "accounts",
    "web",
    "server",
    "portal",
    "gateway",
    "app",
    "testing",
    "cli",
    "client",
    "resource",
    "samples",
]
# Who imports what, and the contract that must say no.
BREACHES = [
    ("satsuma.store", "satsuma.oauth", "layers"),
    ("satsuma.domain", "satsuma.store", "layers"),
    ("satsuma.oauth", "satsuma.portal", "layers"),
    ("satsuma.audit", "satsuma.outbox", "layers"),
    ("satsuma.domain", "satsuma.keys", "layers"),
    ("satsuma_client.client", "satsuma.accounts", "neighbours"),
    ("satsuma_client.resource", "satsuma.keys", "neighbours"),
    ("satsuma.samples", "satsuma_client.resource", "apart"),
    ("satsuma.web", "satsuma_client.resource", "resource"),
    ("satsuma.oauth", "satsuma.samples", "samples"),
    ("satsuma.management", "satsuma_client.client", "client"),
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
    for room in ["", *ROOMS, "attic"]:
        package = place / "satsuma" / room
        package.mkdir()
        imports = [f"import {there}\n" for here, there, _ in BREACHES if here == f"satsuma.{room}"]
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
