"""What to do with an API's answer: hand it on, call again with a new token, or call again after a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from satsuma_client.http.error_reading import error_of
from satsuma_client.http.errors import InvalidToken, TooManyRequests
from satsuma_client.http.transport import HttpResponse

READ: Final = frozenset({401, 403, 429})
"""The statuses whose body decides."""
_BACK_OFF: Final = 1.0
"""Seconds to wait where an API does not say how long."""
_OF_A_TOKEN: Final = frozenset({41, 42})


@dataclass(frozen=True, slots=True)
class Judgement:
    """Call again or not: after `wait` seconds, with a new token where `renew` is true."""

    again: bool = False
    renew: bool = False
    wait: float = 0.0


DONE: Final = Judgement()


def judge(
    answer: HttpResponse, *, fresh: bool, renewed: bool, waited: bool, longest: float
) -> Judgement:
    """Say what to do: each of the two remedies is tried once, and a fresh token's refusal is final.

    Spec: RFC 6750 §3.1; RFC 6585 §4; OAuth M2M guide, step 2.
    """
    if answer.status not in READ:
        return DONE
    error = error_of(answer)
    if answer.status == 401 and not fresh and not renewed and _is_of_token(error, answer):
        return Judgement(again=True, renew=True)
    if isinstance(error, TooManyRequests) and not waited:
        wait = _BACK_OFF if error.retry_after is None else error.retry_after
        return Judgement(again=True, wait=wait) if wait <= longest else DONE
    return DONE


def _is_of_token(error: object, answer: HttpResponse) -> bool:
    code = getattr(error, "code", None)
    if code is not None:
        return code in _OF_A_TOKEN
    if isinstance(error, InvalidToken):
        return True
    challenge = (answer.header("www-authenticate") or "").lower()
    return getattr(error, "error", "") in ("", "UNAUTHENTICATED") and (
        challenge.startswith("bearer") or getattr(error, "error", "") == "UNAUTHENTICATED"
    )
