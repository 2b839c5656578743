"""Background work: a step again and again, for as long as the process lives, whatever a step meets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, NamedTuple

from satsuma.store.port import Unavailable

_PAUSE: Final = 1.0


class Loop(NamedTuple):
    """A step, and how many seconds pass between two; one that gives True has more to do, and comes again at once."""

    name: str
    every: float
    step: Callable[[], Coroutine[Any, Any, object]]


async def run_forever(loop: Loop, log: Any, pause: float = _PAUSE) -> None:
    """Run the steps of a loop until cancelled; what one raises is logged, and the next comes after a pause.

    A database that is away is told in one line a loop when it begins to wait and in one when it goes on, however often
    it tries and however often that happens: the operations page describes it.
    """
    waits = False
    while True:
        rest = loop.every
        try:
            if await loop.step() is True:
                rest = 0.0
            if waits:
                log.warning("background_goes_on", work=loop.name)
            waits = False
        except Unavailable as reason:
            if not waits:
                log.warning("background_waits", work=loop.name, reason=str(reason))
            waits, rest = True, max(pause, rest)
        except Exception as problem:
            log.error("background_failed", work=loop.name, exc_info=problem)
            rest = max(pause, rest)
        await asyncio.sleep(rest)
