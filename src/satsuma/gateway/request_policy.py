"""What an API asks of a call before it is forwarded: methods, media types, parameters, headers, body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from satsuma.domain.apis import RequestPolicy
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.request_patterns import longest_value
from satsuma.http.media_types import parse_qualities, quality_of
from satsuma.http.messages import Field
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object

_NEVER: Final = frozenset({"TRACE", "CONNECT"})
_DEMAND = tuple[str, str, bool]
_Pattern = tuple[re.Pattern[str], int]
"""A pattern, and how long a value may be to match it."""
_Compiled = tuple[tuple[str, _Pattern, bool], ...]


class CompiledPolicy:
    """A request policy with its patterns compiled, once per version of an API; raises re.error."""

    __slots__ = ("body_fields", "headers", "is_empty", "policy", "query")

    def __init__(self, policy: RequestPolicy) -> None:
        self.policy = policy
        self.query = _compile(policy.query)
        self.headers = _compile(policy.headers)
        self.body_fields = _compile(policy.body_fields)
        self.is_empty = policy == RequestPolicy(max_body=policy.max_body)

    @property
    def reads_body(self) -> bool:
        """Whether the body must be read whole before the call is forwarded."""
        return bool(self.body_fields)


def _compile(demands: Iterable[_DEMAND]) -> _Compiled:
    return tuple(
        (name, (re.compile(pattern), longest_value(pattern)), required)
        for name, pattern, required in demands
    )


def check_head(
    compiled: CompiledPolicy, method: str, query: bytes, fields: Sequence[Field], has_body: bool
) -> Refusal | None:
    """The refusal of a call by what stands before its body, None where it meets the policy.

    Spec: RFC 9110 §9.1, §12.5.1, §15.5.16.
    """
    if method in _NEVER:
        return Refusal(errors.METHOD_REFUSED, allow=", ".join(compiled.policy.methods or ("GET",)))
    length = _length(fields)
    if length is not None and length > compiled.policy.max_body:
        return _too_large(compiled.policy)
    if compiled.is_empty:
        return None
    return (
        _check_method(compiled.policy, method)
        or _check_media(compiled.policy, fields, has_body)
        or _check_query(compiled.query, query)
        or _check_headers(compiled.headers, fields)
        or _check_length(compiled.policy, length, has_body)
    )


def _check_method(policy: RequestPolicy, method: str) -> Refusal | None:
    methods = policy.methods
    if not methods or method in methods or (method == "HEAD" and "GET" in methods):
        return None
    return Refusal(errors.METHOD_REFUSED, allow=", ".join(methods))


def _check_media(policy: RequestPolicy, fields: Sequence[Field], has_body: bool) -> Refusal | None:
    if policy.produces:
        accept = b",".join(value for name, value in fields if name == b"accept")
        if not is_acceptable(accept, policy.produces):
            return Refusal(errors.NOT_PRODUCED)
    if policy.consumes and has_body:
        content_type = b",".join(value for name, value in fields if name == b"content-type")
        if not is_consumed(content_type, policy.consumes):
            return Refusal(errors.MEDIA_TYPE_REFUSED)
    return None


def _check_query(demands: _Compiled, query: bytes) -> Refusal | None:
    if not demands:
        return None
    found: dict[str, list[str]] = {}
    for part in query.decode("ascii").split("&"):
        name, _, value = part.partition("=")
        found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    for name, pattern, required in demands:
        values = found.get(name, [])
        if not values and required:
            return _named(errors.QUERY_MISSING, name)
        if len(values) > 1 or not _all_match(pattern, values):
            return _named(errors.QUERY_INVALID, name)
    return None


def _check_headers(demands: _Compiled, fields: Sequence[Field]) -> Refusal | None:
    for name, pattern, required in demands:
        wanted = name.lower().encode()
        values = [value.decode("latin-1") for field, value in fields if field == wanted]
        if not values and required:
            return _named(errors.HEADER_MISSING, name)
        if not _all_match(pattern, values):
            return _named(errors.HEADER_INVALID, name)
    return None


def _check_length(policy: RequestPolicy, length: int | None, has_body: bool) -> Refusal | None:
    if policy.length_required and has_body and length is None:
        return Refusal(errors.LENGTH_MISSING)
    if policy.body_required and not has_body:
        return Refusal(errors.BODY_MISSING)
    return None


def check_body(compiled: CompiledPolicy, body: bytes) -> Refusal | None:
    """The refusal of a body that must be one JSON object with certain fields, None where it is.

    Its nesting is bounded, and what is no JSON, such as NaN, is none here either, whatever the upstream takes it for.

    Spec: RFC 8259 §4, §6, §8.1, §9.
    """
    try:
        parsed = parse_object(body, compiled.policy.max_body)
    except Malformed:
        return Refusal(errors.BODY_MALFORMED)
    for name, pattern, required in compiled.body_fields:
        if name not in parsed:
            if required:
                return _named(errors.BODY_FIELD_MISSING, name)
        elif not _all_match(pattern, [_text(parsed[name])]):
            return _named(errors.BODY_FIELD_INVALID, name)
    return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _all_match(pattern: _Pattern, values: Iterable[str]) -> bool:
    matcher, longest = pattern
    return all(len(value) <= longest and matcher.fullmatch(value) for value in values)


def _named(row: ErrorRow, name: str) -> Refusal:
    return Refusal(row, {"name": name})


def _too_large(policy: RequestPolicy) -> Refusal:
    return Refusal(errors.BODY_TOO_LARGE, {"max_body": policy.max_body})


def _length(fields: Sequence[Field]) -> int | None:
    for name, value in fields:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


@lru_cache(maxsize=1024)
def is_acceptable(accept: bytes, produces: tuple[str, ...]) -> bool:
    """Say whether one of the media types produced has a quality above zero; no Accept accepts everything.

    Spec: RFC 9110 §12.5.1.
    """
    if not accept.strip():
        return True
    ranges = parse_qualities(accept.decode("latin-1"))
    return any(quality_of(media.lower(), ranges) > 0 for media in produces)


@lru_cache(maxsize=1024)
def is_consumed(content_type: bytes, consumes: tuple[str, ...]) -> bool:
    """Say whether a Content-Type is among the media types consumed, whose subtype may be `*`.

    Spec: RFC 9110 §8.3.
    """
    media = content_type.decode("latin-1").partition(";")[0].strip().lower()
    kind = media.partition("/")[0]
    return any(each.lower() in (media, f"{kind}/*", "*/*") for each in consumes) and "/" in media
