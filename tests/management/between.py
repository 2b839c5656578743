"""A desk at which something happens between an operation's read and its commit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from satsuma.keys.master import MasterKey
from satsuma.management.context import ManagementContext
from satsuma.management.keys import open_vault
from satsuma.store.memory.store import MemoryStore
from satsuma.store.port import Store

Happening = Callable[[], Awaitable[Any]]


@dataclass
class Overtaken:
    """A store that lets another operation commit before each of the next ones."""

    store: Store
    happenings: list[Happening]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def commit(self, *effects: Any) -> None:
        if self.happenings:
            await self.happenings.pop(0)()
        await self.store.commit(*effects)


async def new_context() -> ManagementContext:
    """Give a desk over an empty store in memory."""

    def clock() -> datetime:
        return datetime.now(UTC)

    store = MemoryStore(clock)
    vault = await open_vault(store, MasterKey.generate(), "test", clock)
    return ManagementContext(store, vault, clock, "cli:test")


def overtaken(context: ManagementContext, *happenings: Happening) -> ManagementContext:
    """Give the desk of somebody who is overtaken by these."""
    return replace(context, store=Overtaken(context.store, list(happenings)))  # type: ignore[arg-type]
