"""Reading whatever stands in the place of an answer: four envelopes, a challenge, HTML, nothing, half of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from satsuma_client.http.curl import as_curl, secrets_in
from satsuma_client.http.errors import NotOAuth, OAuthError, class_for
from satsuma_client.http.transport import HttpRequest, HttpResponse
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.messages.challenge import Challenge, parse_challenges

_SHOWN: Final = 64 * 1024
_TEXT: Final = 500
"""Characters of a description that are kept."""
_REQUEST_IDS: Final = (
    "x-oapi-request-id",
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-correlator",
)


def error_of(answer: HttpResponse, request: HttpRequest | None = None) -> OAuthError:
    """The error that an answer is, by whichever of its parts says most; never raises.

    Spec: RFC 6749 §5.2; RFC 6750 §3; OAuth M2M guide, step 2.
    """
    answer = _without_what_we_sent(answer, request)
    members = _members(answer.body)
    challenge = _bearer(answer)
    word = _text(members.get("error")) or (challenge.parameter("error") if challenge else None)
    number = members.get("code")
    number = number if isinstance(number, int) and not isinstance(number, bool) else None
    named = _text(members.get("code"))  # the envelope whose codes are words
    found = class_for(word, number, answer.status)
    known = bool(word or number is not None or named)
    if not known and found is OAuthError:
        found = NotOAuth if not members else OAuthError
    return found(
        (word or named or "") if known else "",
        _description(members, challenge, answer) if known or members else _seen(answer),
        status=answer.status,
        code=number,
        request_id=_first(answer, _REQUEST_IDS),
        retry_after=retry_after(answer),
        scope=challenge.parameter("scope") if challenge else None,
        doc_url=_text(members.get("error_uri")) or _text(members.get("infoURL")),
        curl=as_curl(request) if request else "",
        body=answer.body[:_SHOWN],
    )


def _without_what_we_sent(answer: HttpResponse, request: HttpRequest | None) -> HttpResponse:
    """The answer without the secrets of its request, which a careless server says again."""
    if request is None:
        return answer
    body = answer.body
    for secret in secrets_in(request):
        body = body.replace(secret.encode(), b"...")
    return HttpResponse(answer.status, answer.headers, body)


def retry_after(answer: HttpResponse) -> float | None:
    """For how many seconds an answer asks to wait, from seconds or a date; None where it does not.

    Spec: RFC 9110 §10.2.3.
    """
    text = (answer.header("retry-after") or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 86400))
    from email.utils import parsedate_to_datetime

    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(answer.header("date") or "")
        return min(max((until - now).total_seconds(), 0.0), 86400.0)
    except (ValueError, TypeError, OverflowError):
        return None


def _members(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bearer(answer: HttpResponse) -> Challenge | None:
    """The challenge that says why, also where an old server leaves the scheme's name out."""
    field = answer.header("www-authenticate")
    if not field:
        return None
    for text in (field, f"Bearer {field}"):
        try:
            found = [each for each in parse_challenges(text) if each.is_of("Bearer")]
        except Malformed:
            continue
        if found:
            return found[0]
    return None


def _description(
    members: Mapping[str, Any], challenge: Challenge | None, answer: HttpResponse
) -> str | None:
    said = _text(members.get("error_description"))
    if said is None and challenge is not None:
        said = challenge.parameter("error_description")
    if said is None:
        parts = [_text(members.get(name)) for name in ("message", "description")]
        said = ": ".join(each for each in parts if each) or None
    return said[:_TEXT] if said else None


def _seen(answer: HttpResponse) -> str:
    kind = (answer.header("content-type") or "").partition(";")[0].strip() or "of no said type"
    if not answer.body:
        return "the answer is empty"
    return f"the answer is {kind}, {len(answer.body)} bytes"


def _first(answer: HttpResponse, names: tuple[str, ...]) -> str | None:
    return next((found for name in names if (found := answer.header(name))), None)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
