"""What a client tells whoever watches it; nothing secret is in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `token_requested`, `token_adopted`, `token_refused`, `token_dropped`, `cache_failed`,
    `early_renewal_failed`, `secret_worked`, `called_again`.
    """

    name: str
    detail: Mapping[str, Any] = field(default_factory=dict)


OnEvent = Callable[[Event], None]


def teller(on_event: OnEvent | None) -> Callable[..., None]:
    """A function that tells an event; what the watcher raises is logged and goes no further."""

    def tell(name: str, **detail: Any) -> None:
        import logging

        log = logging.getLogger("satsuma_client")
        log.debug("%s %s", name, detail)
        if on_event is None:
            return
        try:
            on_event(Event(name, detail))
        except Exception:
            log.exception("on_event failed at %s", name)

    return tell
