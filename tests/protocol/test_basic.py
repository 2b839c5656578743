"""The Basic header: how it is written, what is read, and by which words another one is refused."""

import base64
from typing import Any

import pytest

from satsuma_client.protocol.basic import (
    BasicCredentials,
    authorization_header,
    is_basic,
    parse_basic,
)
from satsuma_client.protocol.errors import Malformed


def header(pair: bytes) -> bytes:
    return b"Basic " + base64.b64encode(pair)


@pytest.mark.spec("RFC 7617 §2")
def test_the_header_of_the_standards_example() -> None:
    assert authorization_header("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    read = parse_basic(b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    assert read == BasicCredentials("Aladdin", b"open sesame")


@pytest.mark.spec("RFC 7617 §2")
@pytest.mark.parametrize(
    ("field", "client_id", "client_secret"),
    [
        (header(b"a:b:c"), "a", b"b:c"),
        (header(b"a:"), "a", b""),
        (header(b":b"), "", b"b"),
        (header(b"a:\xff"), "a", b"\xff"),
        (b"Basic  YTpi  ", "a", b"b"),
        (header(b"a:" + b"b" * 3070), "a", b"b" * 3070),  # 4096 characters of base64
    ],
)
def test_the_first_colon_divides(field: bytes, client_id: str, client_secret: bytes) -> None:
    assert parse_basic(field) == (client_id, client_secret)


@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.parametrize(
    ("pair", "client_id", "client_secret"),
    [
        (b"%61b:s", "ab", b"s"),
        (b"%61%62:%73", "ab", b"%73"),
        (b"a+b:s", "a b", b"s"),
        (b"a%3Ab:s", "a:b", b"s"),
        (b"%zz:s", "%zz", b"s"),
        (b"a%:s", "a%", b"s"),
    ],
)
def test_the_client_id_is_form_decoded(pair: bytes, client_id: str, client_secret: bytes) -> None:
    assert parse_basic(header(pair)) == (client_id, client_secret)


@pytest.mark.spec("RFC 9110 §11.1")
@pytest.mark.parametrize(
    ("field", "basic"),
    [
        (b"Basic YTpi", True),
        (b"bAsIc YTpi", True),
        (b"Basic", True),
        (b"BASIC", True),
        (b"BasicYTpi", False),
        (b"basicx YTpi", False),
        (b"Basic\tYTpi", False),
        (b"Bearer YTpi", False),
        (b"", False),
    ],
)
def test_the_schemes_case_does_not_matter(field: bytes, basic: bool) -> None:
    assert is_basic(field) is basic


@pytest.mark.parametrize(
    ("field", "because"),
    [
        (b"Basic " + b"A" * 4097, "too long"),
        (header(b"a" * 3 + b":" + b"b" * 3071), "too long"),
        (header(b"abc"), "no colon"),
        (header(b"\xc3\xa9:b"), "not ASCII"),
        (b"Basic Basic YTpi", "Basic twice"),
        (b"Basic basic", "Basic twice"),
        (b"Basic YWxhZGRp...c2VzYW1l", "a shortened sample"),
        (b"Basic %%%", "not base64"),
        (b"Basic YT pi", "not base64"),
        (b"Basic YTpi\n", "not base64"),
        (b"Basic ~YTpi", "not base64"),
        (b"Basic YTpiYw", "not base64"),
    ],
)
def test_what_is_no_pair_is_refused_and_the_cause_is_told(field: bytes, because: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_basic(field)
    assert (refused.value.slug, str(refused.value)) == ("basic-undecodable", "basic-undecodable")
    assert refused.value.detail == {"because": because}


def test_the_secret_of_a_pair_is_not_shown() -> None:
    shown: Any = BasicCredentials("a", b"hush")
    assert repr(shown) == "BasicCredentials('a', ...)"
