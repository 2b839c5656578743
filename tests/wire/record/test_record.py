"""Everything answers as it is recorded."""

from pathlib import Path

import click
import pytest

from satsuma_client.cli.program import satsuma
from tests.wire.record.commands import LINES
from tests.wire.record.compared import PARTS, read

LEFT_OUT = {
    "serve", "demo", "db upgrade", "db restore", "audit seal", "accounts invite",
    "curl", "doctor", "emulate", "header", "info", "introspect", "login", "logout", "refresh", "revoke", "token",
    "sandbox", "spaces people", "spaces change", "spaces remove",
    "usage", "samples from-curl", "samples from-har", "samples from-openapi", "samples list", "samples show",
    "profiles add", "profiles list", "profiles remove", "profiles scope", "profiles show",
}  # fmt: skip
"""Commands that are not played; the charter says why."""


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_answers_are_as_recorded(part: str, tmp_path: Path) -> None:
    file, play = PARTS[part]
    recorded, came = read(file), play(tmp_path)
    assert came.keys() == recorded.keys()
    different = {name: answer for name, answer in came.items() if answer != recorded[name]}
    for name, answer in different.items():
        assert answer == recorded[name], name


def test_every_command_is_played_or_left_out() -> None:
    played = {name for name in _leaves(satsuma) for line in LINES if _is_of(line, name)}
    assert played | LEFT_OUT == set(_leaves(satsuma))
    assert not played & LEFT_OUT


def _is_of(line: tuple[str, ...], name: str) -> bool:
    return line[: len(name.split())] == tuple(name.split())


def _leaves(group: click.Group, before: str = "") -> list[str]:
    found = []
    context = click.Context(group)
    for name in group.list_commands(context):
        whole, command = f"{before} {name}".strip(), group.get_command(context, name)
        found += _leaves(command, whole) if isinstance(command, click.Group) else [whole]
    return found
