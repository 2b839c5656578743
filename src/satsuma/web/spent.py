"""The page of a link that does not work: it names the cause."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from satsuma.accounts.context import Declined
from satsuma.web.frame import Frame, Visitor
from satsuma.web.wording import why_declined

_LIVES: Final = (
    "account-blocked",
    "account-exists",
    "address-held",
    "email-moved",
    "session-ended",
)
"""Causes that are not of the link: it stays good, and may work later."""


def spent(
    frame: Frame,
    request: Request,
    declined: Declined,
    again: str = "",
    visitor: Visitor | None = None,
) -> Response:
    """Say why a link does not work, and where another one is asked for."""
    lives = declined.slug in _LIVES
    return frame.show(
        request,
        "spent.html",
        409 if lives else 410,
        visitor,
        why=why_declined(request, declined),
        lives=lives,
        again="" if lives else again,
    )
