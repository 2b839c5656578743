"""Reading a token answer as clients meet it: with an `expires_in` of any kind, or of none."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from satsuma_client.client.record import MAX_LIFE
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.access_token_response import AccessTokenResponse


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The answer, and for how many seconds its token may be kept: None is not at all."""

    response: AccessTokenResponse
    life: float | None


def read_token_answer(body: bytes) -> TokenAnswer:
    """Read an answer; raises Malformed.

    `expires_in` may be a number, also with a fraction, or a text of one. Where it is missing, unreadable or not
    positive the token is used once; more than a day counts as a day.

    Deviation: ADR-0024.
    Spec: RFC 6749 §5.1.
    """
    response = AccessTokenResponse.parse(_without_expiry(body))
    return TokenAnswer(response, _life(_members(body).get("expires_in")))


def _life(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(seconds) or seconds <= 0:
        return None
    return min(seconds, MAX_LIFE)


def _members(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def _without_expiry(body: bytes) -> bytes:
    """The same object without `expires_in` and empty members, so that the rest is read strictly."""
    try:
        members = _members(body)
    except (ValueError, RecursionError):
        raise Malformed("json-malformed", length=len(body)) from None
    members.pop("expires_in", None)
    if members.get("refresh_token") == "":
        del members["refresh_token"]
    return json.dumps(members).encode()
