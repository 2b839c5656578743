"""The page of a refusal that nobody may be redirected with."""

from __future__ import annotations

import math

from satsuma.domain.errors.refusal import Refusal
from satsuma.http.messages import Answer, RenderPage, Request


def page_of(refusal: Refusal, render: RenderPage, request: Request) -> Answer:
    """The page, with when to come again where that is known."""
    answer = render(refusal.row, request)
    if not refusal.retry_after:
        return answer
    wait = (b"retry-after", b"%d" % math.ceil(refusal.retry_after))
    return answer._replace(extra=(*answer.extra, wait))
