"""Where each bound stands: the last that is read, and the first that is not; and what is read of nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form
from satsuma_client.protocol.json_object import Members, parse_object, render_object
from satsuma_client.protocol.messages.challenge import Challenge, parse_challenges
from satsuma_client.protocol.parameters import parse_parameters, parse_with_resources
from satsuma_client.protocol.scope import parse_scope


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def text_of(length: int) -> bytes:
    return b'{"a":"' + b"b" * (length - 8) + b'"}'


def pairs(count: int) -> bytes:
    return b"&".join(b"a%d=1" % n for n in range(count))


def resources(count: int) -> bytes:
    return b"&".join([b"resource=a"] * count)


BOUNDS: list[tuple[str, Callable[[Any], Any], Callable[[int], Any], int]] = [
    ("message-too-large", parse_object, text_of, 1_048_576),
    ("json-too-deep", parse_object, nested, 32),
    ("message-too-large", parse_parameters, lambda n: b"a=" + b"b" * (n - 2), 65_536),
    ("message-too-large", parse_with_resources, lambda n: b"a=" + b"b" * (n - 2), 65_536),
    ("too-many-parameters", parse_form, pairs, 50),
    ("too-many-parameters", parse_with_resources, resources, 50),
    ("message-too-large", parse_challenges, lambda n: "Basic " + "a" * (n - 6), 8192),
]


@pytest.mark.parametrize(("slug", "parse", "make", "bound"), BOUNDS, ids=range(len(BOUNDS)))
def test_a_bound_is_the_last_that_is_read(
    slug: str, parse: Callable[[Any], Any], make: Callable[[int], Any], bound: int
) -> None:
    parse(make(bound))
    with pytest.raises(Malformed, match=slug):
        parse(make(bound + 1))


@pytest.mark.spec("RFC 6749 §3.3")
def test_a_scope_has_at_most_2048_characters() -> None:
    assert parse_scope("a" * 2048) == ("a" * 2048,)
    assert parse_scope("a" * 2049) is None


# 2^53 - 1 is the last whole number that every reader of JSON takes exactly.
@pytest.mark.spec("RFC 8259 §6")
@pytest.mark.parametrize("number", [9007199254740991, "9007199254740991"])
def test_the_largest_whole_number_is_read(number: object) -> None:
    assert Members({"n": number}).whole_number("n", also_as_text=True) == 9007199254740991


@pytest.mark.parametrize(
    "number", [9007199254740992, "9007199254740992", "0" * 16 + "1", "9" * 5000]
)
def test_a_larger_one_is_refused(number: object) -> None:
    with pytest.raises(Malformed, match="member-malformed"):
        Members({"n": number}).whole_number("n", also_as_text=True)


@pytest.mark.spec("RFC 8259 §6")
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        render_object({"a": number})


@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", {}),
        (b"&a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a&b=", {}),
        (b"a+b=%41+%7e", {"a b": "A ~"}),
    ],
)
def test_what_is_empty_is_left_out(body: bytes, form: dict[str, str]) -> None:
    assert parse_form(body) == form


@pytest.mark.parametrize("escape", [b"%", b"%4", b"%4g", b"%g4", b"%%41", b"%u0041"])
def test_an_escape_has_two_digits(escape: bytes) -> None:
    with pytest.raises(Malformed, match="bad-escape"):
        parse_form(b"a=" + escape)


@pytest.mark.spec("RFC 8707 §2")
def test_a_resource_without_a_value_is_none() -> None:
    assert parse_with_resources(b"resource=&resource=a&resource") == ({}, ("a",))


@pytest.mark.spec("RFC 9110 §11.6.1")
def test_a_scheme_alone_may_have_a_space_behind_it() -> None:
    assert parse_challenges("Basic ") == (Challenge("Basic"),)
    assert Challenge("Basic").render() == "Basic"
    with pytest.raises(Malformed, match="challenge-malformed"):
        parse_challenges("Basic\tNegotiate")


def test_the_body_of_a_bound_is_json() -> None:
    assert len(text_of(100)) == 100
    assert json.loads(nested(3)) == {"a": [[]]}
