"""Reading a token answer as clients meet it: with an `expires_in` of any kind, or of none."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final

from satsuma_client.client.record import MAX_LIFE
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import MAX_BYTES
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
    members = _members(body)
    life = _life(members.pop("expires_in", None))
    if members.get("refresh_token") == "":
        del members["refresh_token"]
    response = AccessTokenResponse.parse(json.dumps(members).encode())
    if not _VISIBLE.match(response.access_token.reveal()):
        raise Malformed("member-malformed", member="access_token")
    return TokenAnswer(response, life)


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
    """The object, each member once, in UTF-8; raises Malformed.

    Spec: RFC 8259 §4, §8.1.
    """
    if len(body) > MAX_BYTES:
        raise Malformed("message-too-large", length=len(body))
    try:
        found = json.loads(body.decode(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise Malformed("json-malformed", length=len(body)) from None
    if not isinstance(found, dict):
        raise Malformed("json-not-object")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("json-member-repeated")
    return found


_VISIBLE: Final = re.compile(r"[\x20-\x7e]+\Z")
"""RFC 6749 App. A.12."""
