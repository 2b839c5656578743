"""How a command fails: one line on standard error and an exit code, never a traceback.

Exit codes: 0 done; 1 refused or not possible; 2 the command line or the settings make no sense;
3 the database is unavailable, or stands at another revision; 4 done, and there are findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

import click

REFUSED = 1
USAGE = 2
UNAVAILABLE = 3
FINDINGS = 4


class Failure(click.ClickException):
    """The one line and the exit code of a failed command; of settings, a line for each that is wrong."""

    def __init__(self, says: str, exit_code: int = REFUSED, lines: Sequence[str] = ()) -> None:
        super().__init__("\n".join(" ".join(each.split()) for each in lines or (says,)))
        self.code = exit_code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """The code that the process ends with."""
        return self.code

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what failed, and whose words these are."""
        for line in self.message.splitlines():
            click.echo(f"satsuma: {line}", file=file, err=file is None)


def failure_of(error: Exception) -> Failure | None:
    """The one line of an expected failure; None for a fault of ours."""
    code = exit_code_of(error)
    if code is None:
        return None
    says = _says(error)
    return Failure(says, code, says.splitlines() if code == USAGE else ())


def exit_code_of(error: Exception) -> int | None:
    """The exit code of an expected failure; None for a fault of ours."""
    from satsuma.app.settings import BadSettings
    from satsuma.keys.master import WrongMasterKey
    from satsuma.management.context import NotPossible
    from satsuma.store.dump import NotADump
    from satsuma.store.port import Conflict, SchemaTooNew, SchemaTooOld, Unavailable

    if isinstance(error, BadSettings):
        return USAGE
    if isinstance(error, (Unavailable, SchemaTooOld, SchemaTooNew)):
        return UNAVAILABLE
    if isinstance(error, (NotPossible, WrongMasterKey, Conflict, NotADump, OSError)):
        return REFUSED
    return None


def _says(error: Exception) -> str:
    from satsuma.store.port import Conflict

    if isinstance(error, Conflict):
        return f"Something else changed at the same time ({error.slug}): try again"
    if isinstance(error, OSError) and error.filename is not None:
        return f"Cannot use {error.filename}: {error.strerror}"
    return str(error)
