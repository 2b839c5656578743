"""Calls made: what this process counted and has not written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from satsuma.domain.limits import HOUR

Counted = tuple[str, str, int, int]
"""An application, an API, the hour as epoch seconds of its beginning, and how many calls."""


class CallsMade:
    """Calls by application, API and hour, until they are written.

    Whoever writes them, or reads what was written to go on counting from it, holds `writing` meanwhile: so that no call
    is read and counted here as well.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str, int], int] = {}
        self.writing = asyncio.Lock()

    def add(self, application_id: str, api_id: str, at: float) -> None:
        """Count a call at an instant in epoch seconds."""
        waiting = self._waiting
        key = (application_id, api_id, int(at) // HOUR * HOUR)
        waiting[key] = waiting.get(key, 0) + 1

    def take(self) -> list[Counted]:
        """Hand over what waits, in one order for every process."""
        taken = sorted((*key, calls) for key, calls in self._waiting.items())
        self._waiting.clear()
        return taken

    def put_back(self, counted: Iterable[Counted]) -> None:
        """Let what could not be written wait on."""
        for application_id, api_id, hour, calls in counted:
            key = (application_id, api_id, hour)
            self._waiting[key] = self._waiting.get(key, 0) + calls

    def unwritten(self, application_id: str, api_id: str, since: int) -> int:
        """How many calls of the hours since an instant wait."""
        return sum(
            calls
            for (application, api, hour), calls in self._waiting.items()
            if application == application_id and api == api_id and hour >= since
        )
