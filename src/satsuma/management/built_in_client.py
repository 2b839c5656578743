"""The built-in client at run time: put down when it is first asked for, and unknown where the operator wants none."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from satsuma.domain.built_in_client import CLIENT_ID, creation
from satsuma.replica.clients import ClientRecord
from satsuma.store.port import Conflict, Store

LookUp = Callable[[str], Coroutine[Any, Any, ClientRecord | None]]


class LookUpWithBuiltIn:
    """Looks a client up as `look_up` does; the built-in one is there from the first question on, if it is `wanted`.

    A database is changed only where somebody uses it. Whoever comes second finds it made.
    """

    def __init__(
        self, look_up: LookUp, store: Store, clock: Callable[[], datetime], wanted: bool
    ) -> None:
        self._look_up = look_up
        self._store = store
        self._clock = clock
        self._wanted = wanted

    async def __call__(self, client_id: str) -> ClientRecord | None:
        """The client, None where there is none; raises Unavailable."""
        if client_id != CLIENT_ID:
            return await self._look_up(client_id)
        if not self._wanted:
            return None
        found = await self._look_up(client_id)
        if found is None:
            with contextlib.suppress(Conflict):
                await self._store.commit(*creation(self._clock()))
            found = await self._look_up(client_id)
        return found
