"""Where a command works: the settings, the database, the vault, and who acts."""

from __future__ import annotations

import functools
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from satsuma.cli.failures import UNAVAILABLE, Failure

if TYPE_CHECKING:
    from satsuma.app.settings import Settings
    from satsuma.keys.master import MasterKey
    from satsuma.management.context import ManagementContext
    from satsuma.store.port import Store

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


def database_options(command: F) -> F:
    """Add `--database` and `--config` to a command, which takes both as one CommandContext."""

    @functools.wraps(command)
    def run(*args: Any, database: str | None, config: Path | None, **rest: Any) -> Any:
        return command(CommandContext(database, config), *args, **rest)

    wrapped = click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Settings in TOML.",
    )(run)
    return click.option(  # type: ignore[return-value]
        "--database",
        metavar="URL",
        help="sqlite:///PATH or postgresql://USER@HOST/NAME; or SATSUMA_DATABASE.",
    )(wrapped)


class CommandContext:
    """The database that a command was pointed at."""

    def __init__(self, database: str | None, config: Path | None) -> None:
        self._options = {"database": database}
        self.config = config

    def names_database(self) -> bool:
        """Say whether a database may be meant: on the command line, in a file of settings, in the environment."""
        from satsuma.app.settings import environment

        given = self._options["database"] or environment().get("SATSUMA_DATABASE")
        return bool(given) or self.config is not None

    def settings(self, **options: Any) -> Settings:
        """Read the settings; raises BadSettings, also for an address that cannot be read."""
        from satsuma.app.settings import environment, load_settings

        return load_settings(self.config, environment(), self._options | options)

    def run(
        self, work: Callable[[ManagementContext], Awaitable[T]], *, may_create: bool = False
    ) -> T:
        """Do management work; only with `may_create` an embedded database is made."""
        settings = self.settings()
        return self.run_on_store(
            settings, lambda store: _managing(settings, store, work), may_create
        )

    def run_on_store(
        self, settings: Settings, work: Callable[[Store], Awaitable[T]], may_create: bool = False
    ) -> T:
        """Do `work` on the store, and let go of it whatever happens."""
        import asyncio

        self.check_there(settings, may_create)
        self.master_key(settings)
        return asyncio.run(_with_store(settings, work, may_create))

    def check_there(self, settings: Settings, may_create: bool = False) -> None:
        """Refuse an embedded database that nobody has made, so that a slip of the pen makes none."""
        from satsuma.app.master_key import database_file

        file = database_file(settings)
        if file is not None and not may_create and not file.exists():
            raise Failure(
                f"There is no database at {file}: check --database and SATSUMA_DATABASE; "
                "`satsuma serve` and `satsuma accounts create` make a new one",
                UNAVAILABLE,
            )

    def master_key(self, settings: Settings) -> MasterKey:
        """The master key, made where a new embedded database needs one."""
        from satsuma.app.master_key import load_master_key

        return load_master_key(settings)


async def _with_store(
    settings: Settings, work: Callable[[Store], Awaitable[T]], may_create: bool
) -> T:
    import asyncio

    from satsuma.app.settings import BadSettings
    from satsuma.store.opening import POSTGRESQL, open_store

    upgrade = may_create and not settings.database.startswith(POSTGRESQL)
    try:
        store = await asyncio.to_thread(open_store, settings.database, upgrade=upgrade)
    except ValueError as problem:
        raise BadSettings(str(problem)) from None
    try:
        return await work(store)
    finally:
        await store.close()


async def _managing(
    settings: Settings, store: Store, work: Callable[[ManagementContext], Awaitable[T]]
) -> T:
    from satsuma.app.master_key import load_master_key
    from satsuma.management.context import ManagementContext
    from satsuma.management.keys import open_vault

    vault = await open_vault(store, load_master_key(settings), None, now)
    return await work(ManagementContext(store, vault, now, actor(), settings.secrets))


def now() -> Any:
    """The wall time."""
    from satsuma.app.clock import SYSTEM

    return SYSTEM.now()


def actor() -> str:
    """Name who acts: the operating system's user, as the audit keeps it."""
    import pwd

    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return f"cli:{name}"
