"""The program `satsuma`: its own commands, and those that other distributions bring under `satsuma.commands`."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import click

from satsuma_client.cli.handing_over import SHARED, is_of_a_database

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_OWN: Final = {
    "curl": "satsuma_client.cli.token_commands",
    "doctor": "satsuma_client.cli.doctor_command",
    "explain": "satsuma_client.cli.request_commands",
    "header": "satsuma_client.cli.token_commands",
    "info": "satsuma_client.cli.token_commands",
    "introspect": "satsuma_client.cli.token_commands",
    "login": "satsuma_client.cli.token_commands",
    "logout": "satsuma_client.cli.token_commands",
    "profiles": "satsuma_client.cli.profile_commands",
    "requests": "satsuma_client.cli.request_commands",
    "refresh": "satsuma_client.cli.token_commands",
    "revoke": "satsuma_client.cli.token_commands",
    "sandbox": "satsuma_client.cli.sandbox_command",
    "token": "satsuma_client.cli.token_commands",
    "usage": "satsuma_client.cli.usage_command",
}
"""Our own commands, and the module of each, which is imported when it is asked for."""
GROUP = "satsuma.commands"
FAILURES = "satsuma.failures"


_LONG_WORD: Final = re.compile(r"\S{301,}")
_LONGEST_LINE: Final = 800
_KEPT: Final = 100


def shortened(message: str) -> str:
    """What is told of a failure, in lines that can be read: of a long word or line, its ends and its length."""
    lines = [_LONG_WORD.sub(_ends, line) for line in message.splitlines()]
    return "\n".join(_cut(line, _LONGEST_LINE // 2) for line in lines)


def _ends(word: re.Match[str]) -> str:
    return _cut(word[0], _KEPT)


def _cut(text: str, kept: int) -> str:
    return text if len(text) <= 2 * kept else f"{text[:kept]}…({len(text)})…{text[-kept:]}"


@cache
def _brought() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # looked for when a name is not our own

    return {point.name: point for point in entry_points(group=GROUP)}


class Commands(click.Group):
    """Commands by name, each imported when it is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises is told in one line where a distribution knows how."""
        try:
            return super().invoke(ctx)
        except click.ClickException as failure:
            failure.message = shortened(failure.message)  # type: ignore[misc]
            raise
        except (click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # whoever read has seen enough: click ends without a word
        except Exception as error:
            from importlib.metadata import entry_points

            for point in entry_points(group=FAILURES):
                told = point.load()(error)
                if told is not None:
                    told.message = shortened(told.message)
                    raise told from None
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command that is installed."""
        return sorted({*_OWN, *_brought()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name in _OWN:
            found: click.Command = getattr(import_module(_OWN[cmd_name]), cmd_name)
            return found
        point = _brought().get(cmd_name)
        return None if point is None else point.load()

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; a name that is none is answered with those that are like it."""
        if args and args[0] in SHARED and is_of_a_database(args[1:]):
            point = _brought().get(args[0])
            if point is not None:
                return args[0], point.load(), args[1:]
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as unknown:
            name, names = unknown.command_name, self.list_commands(ctx)
            raise click.NoSuchCommand(name, possibilities=names, ctx=ctx) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="satsuma-client", prog_name="satsuma")
def satsuma() -> None:
    """OAuth 2.0 as one thing you can run.

    Exit codes: 0 done; 1 refused or not possible; 2 the command line or the settings make no
    sense; 3 the database is unavailable or stands at another revision; 4 there are findings.
    """
