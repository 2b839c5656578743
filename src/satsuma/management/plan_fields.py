"""What is known of a plan, each field declared once."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from satsuma.management.api_fields import check_title
from satsuma.management.fields import BadValue, Field
from satsuma.management.limit_fields import CONCURRENCY, RATES
from satsuma.management.stops import fewer

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{1,40}")


OWN_LIMITS: Final = "none"
"""No plan: what is said for the API's own limits, so that no plan has this name."""


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name == OWN_LIMITS:
        says = f"{name!r}: a plan name is a-z, 0-9 and -, 2 to 41 long, and not {OWN_LIMITS}"
        raise BadValue("plan-name", says)


PLAN: Final = (
    Field("plan_id"),
    Field("name", check=_check_name),
    Field("title", "--title", "What people call it.", check=check_title, changes=True),
    *RATES,
    replace(
        CONCURRENCY,
        says="Calls of one application under way at once in one process.",
        default=100,
        ends=fewer("An application that has more than {} calls under way is refused"),
    ),
    Field(
        "needs_approval",
        "--needs-approval",
        "Who subscribes by it waits until the subscription is approved.",
        "flag",
        changes=True,
    ),
    Field("created_at"),
)
