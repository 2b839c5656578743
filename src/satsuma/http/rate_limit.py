"""The header fields that say how much of a limit is left.

Spec: draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from satsuma.domain.limits import RateLimit
from satsuma.http.messages import Field


def rate_limit_fields(limits: Sequence[RateLimit]) -> tuple[Field, ...]:
    """`RateLimit-Policy` and `RateLimit`, each with a member for every limit; nothing where there is none."""
    if not limits:
        return ()
    policy = ", ".join(f'"{each.name}";q={each.calls};w={each.seconds}' for each in limits)
    left = ", ".join(f'"{each.name}";r={each.left};t={math.ceil(each.reset)}' for each in limits)
    return ((b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode()))
