"""What an API asks of a call: one row is a policy, a call, and the slug."""

from __future__ import annotations

import time
from typing import Any

import pytest

from satsuma.domain.apis import RequestPolicy
from satsuma.domain.errors.refusal import Refusal
from satsuma.gateway.request_policy import CompiledPolicy, check_body, check_head

QUERY = RequestPolicy(query=(("code", "[0-9]{5}", True), ("sort", "asc|desc", False)))
HEADERS = RequestPolicy(headers=(("X-Trace", "[a-f0-9]+", True),))
MEDIA = RequestPolicy(
    consumes=("application/json", "image/*"), produces=("application/json", "text/csv")
)

HEADS: list[tuple[RequestPolicy, dict[str, Any], str]] = [
    (RequestPolicy(), {}, ""),
    (RequestPolicy(), {"method": "TRACE"}, "method-refused"),
    (RequestPolicy(), {"method": "CONNECT"}, "method-refused"),
    (RequestPolicy(methods=("TRACE",)), {"method": "TRACE"}, "method-refused"),
    (RequestPolicy(methods=("GET",)), {"method": "HEAD"}, ""),
    (RequestPolicy(methods=("POST",)), {"method": "HEAD"}, "method-refused"),
    (QUERY, {"query": b"code=35000"}, ""),
    (QUERY, {"query": b"code=35000&sort=asc&other=%ff"}, ""),
    (QUERY, {"query": b""}, "query-parameter-missing"),
    (QUERY, {"query": b"Code=35000"}, "query-parameter-missing"),
    (QUERY, {"query": b"code=35000&code=35000"}, "query-parameter-invalid"),
    (QUERY, {"query": b"c%6Fde=35000&code=1"}, "query-parameter-invalid"),
    (QUERY, {"query": b"code=35000&sort=up"}, "query-parameter-invalid"),
    (QUERY, {"query": b"code=35000%0a"}, "query-parameter-invalid"),
    (QUERY, {"query": b"code="}, "query-parameter-invalid"),
    (HEADERS, {"fields": [(b"x-trace", b"a1")]}, ""),
    (HEADERS, {}, "header-missing"),
    (HEADERS, {"fields": [(b"x-trace", b"A1")]}, "header-invalid"),
    (HEADERS, {"fields": [(b"x-trace", b"a1"), (b"x-trace", b"?")]}, "header-invalid"),
    (HEADERS, {"fields": [(b"x-trace", b"a" * 257)]}, ""),
    (MEDIA, {}, ""),
    (MEDIA, {"fields": [(b"accept", b"text/*")]}, ""),
    (MEDIA, {"fields": [(b"accept", b"text/html"), (b"accept", b"text/csv")]}, ""),
    (MEDIA, {"fields": [(b"accept", b"text/html, */*;q=0.1")]}, ""),
    (MEDIA, {"fields": [(b"accept", b"*/*, application/json;q=0, text/csv;q=0")]}, "not-produced"),
    (MEDIA, {"fields": [(b"accept", b"text/html")]}, "not-produced"),
    (MEDIA, {"fields": [(b"content-type", b"Application/JSON; charset=utf-8")], "body": True}, ""),
    (MEDIA, {"fields": [(b"content-type", b"image/png")], "body": True}, ""),
    (MEDIA, {"fields": [(b"content-type", b"text/plain")], "body": True}, "media-type-refused"),
    (MEDIA, {"fields": [(b"content-type", b"image")], "body": True}, "media-type-refused"),
    (MEDIA, {"body": True}, "media-type-refused"),
    (RequestPolicy(body_required=True), {}, "body-missing"),
    (RequestPolicy(length_required=True), {}, ""),
    (RequestPolicy(length_required=True), {"body": True}, "length-missing"),
    (RequestPolicy(max_body=3), {"fields": [(b"content-length", b"3")], "body": True}, ""),
    (
        RequestPolicy(max_body=3),
        {"fields": [(b"content-length", b"4")], "body": True},
        "call-body-too-large",
    ),
]


LENGTHS = [
    (r"[\s\S]*", 9000, ""),
    (r"[\s\S]{0,1000}", 1000, ""),
    (r"[\s\S]{0,1000}", 1001, "query-parameter-invalid"),
    (r"[\s\S]{300,}", 300, ""),
    (r"[\s\S]{300,}", 299, "query-parameter-invalid"),
    (r"a+", 9000, ""),
    (r"[\s\S]*a+", 1000, ""),
    (r"[\s\S]*a+[\s\S]*", 1000, ""),
    (r"[\s\S]*a+[\s\S]*", 9000, "query-parameter-invalid"),
    (r"(a+)+", 257, "query-parameter-invalid"),
]


@pytest.mark.parametrize(("pattern", "length", "expected"), LENGTHS)
def test_a_value_may_be_as_long_as_its_pattern_stays_cheap(
    pattern: str, length: int, expected: str
) -> None:
    query, text = RequestPolicy(query=(("x", pattern, True),)), b"a" * length
    assert slug(check_head(CompiledPolicy(query), "GET", b"x=" + text, [], False)) == expected
    headers = RequestPolicy(headers=(("X", pattern, True),))
    wanted = expected and "header-invalid"
    assert slug(check_head(CompiledPolicy(headers), "GET", b"", [(b"x", text)], False)) == wanted
    body = RequestPolicy(body_fields=(("x", pattern, True),))
    wanted = expected and "body-field-invalid"
    assert slug(check_body(CompiledPolicy(body), b'{"x":"%b"}' % text)) == wanted


def slug(refusal: Refusal | None) -> str:
    return "" if refusal is None else refusal.row.slug


@pytest.mark.parametrize(("policy", "call", "expected"), HEADS)
@pytest.mark.spec("RFC 9110 §12.5.1")
@pytest.mark.spec("RFC 9110 §15.5.16")
@pytest.mark.spec("RFC 9110 §8.3")
@pytest.mark.spec("RFC 9110 §9.1")
def test_a_head_is_measured_by_the_policy(
    policy: RequestPolicy, call: dict[str, Any], expected: str
) -> None:
    refusal = check_head(
        CompiledPolicy(policy),
        call.get("method", "GET"),
        call.get("query", b""),
        call.get("fields", []),
        call.get("body", False),
    )
    assert slug(refusal) == expected


BODY = CompiledPolicy(
    RequestPolicy(body_fields=(("size", "[SML]", True), ("count", "[0-9]+", False)))
)
BODIES: list[tuple[bytes, str]] = [
    (b'{"size": "S"}', ""),
    (b'{"size": "S", "count": 12, "other": [1, {}]}', ""),
    (b'{"size": "S", "count": "12"}', ""),
    (b'{"size": "S", "count": -1}', "body-field-invalid"),
    (b'{"size": null}', "body-field-invalid"),
    (b'{"size": "X"}', "body-field-invalid"),
    (b'{"size": "S\\n"}', "body-field-invalid"),
    (b'{"count": 1}', "body-field-missing"),
    (b'{"size": "S", "size": "X"}', "body-malformed"),
    (b'["size"]', "body-malformed"),
    (b"", "body-malformed"),
    (b'{"size": "S"} {}', "body-malformed"),
    (b'\xff{"size": "S"}', "body-malformed"),
    (b'{"size": ' + b"[" * 100_000, "body-malformed"),
    (b'{"size": "S", "a": ' + b"[" * 33 + b"]" * 33 + b"}", "body-malformed"),
    (b'{"size": "S", "a": NaN}', "body-malformed"),
    (b'{"size": "S", "a": Infinity}', "body-malformed"),
    (b'{"size": "S", "a": {"b": [-Infinity]}}', "body-malformed"),
    (b'{"size": "S", "a": 1e999}', "body-malformed"),
]


@pytest.mark.parametrize(("body", "expected"), BODIES)
@pytest.mark.spec("RFC 8259 §4")
@pytest.mark.spec("RFC 8259 §8.1")
def test_a_body_is_one_object_with_its_fields(body: bytes, expected: str) -> None:
    assert slug(check_body(BODY, body)) == expected


def test_a_costly_pattern_sees_little() -> None:
    policy = CompiledPolicy(RequestPolicy(query=(("q", "(.*)x(.*)x(.*)y", True),)))
    began = time.perf_counter()
    assert slug(check_head(policy, "GET", b"q=" + b"x" * 8000, [], False)) != ""
    assert time.perf_counter() - began < 1
