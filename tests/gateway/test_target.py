"""Which API a path names, and which paths go no further."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from satsuma.gateway.target import Target, is_safe_query, parse_target

GOOD: list[tuple[bytes, Target]] = [
    (b"/poi/v1", Target("poi", 1, b"", "/")),
    (b"/poi/v1/", Target("poi", 1, b"/", "/")),
    (b"/poi/fr/v1", Target("poi/fr", 1, b"", "/")),
    (b"/poi/fr/v2/a%2Fb", Target("poi/fr", 2, b"/a%2Fb", "/a/b")),
    (b"/poi/v1/fr/v2", Target("poi", 1, b"/fr/v2", "/fr/v2")),
    (b"/poi/v1/v2/v3", Target("poi", 1, b"/v2/v3", "/v2/v3")),
    (b"/poi/v12/shops/a.b", Target("poi", 12, b"/shops/a.b", "/shops/a.b")),
    (b"/poi/v1//shops", Target("poi", 1, b"//shops", "/shops")),
    (b"/poi/v1/...", Target("poi", 1, b"/...", "/...")),
    (b"/poi/v1/.well-known", Target("poi", 1, b"/.well-known", "/.well-known")),
    (b"/poi/v1/caf%C3%A9", Target("poi", 1, b"/caf%C3%A9", "/café")),
    (b"/poi/v1/100%25", Target("poi", 1, b"/100%25", "/100%")),
    (b"/poi/v1/a%2Fb", Target("poi", 1, b"/a%2Fb", "/a/b")),
    (b"/poi/v1/admin;x=1", Target("poi", 1, b"/admin;x=1", "/admin")),
    (b"/poi/v1/;x/admin", Target("poi", 1, b"/;x/admin", "/admin")),
    (b"/poi/v1/%61dmin", Target("poi", 1, b"/%61dmin", "/admin")),
]


@pytest.mark.parametrize(("raw", "target"), GOOD)
@pytest.mark.spec("RFC 3986 §3.3")
def test_the_rest_is_kept_raw_and_rules_read_it_decoded(raw: bytes, target: Target) -> None:
    assert parse_target(raw) == target


BAD: list[tuple[bytes, str]] = [
    (b"/", "api-unknown"),
    (b"*", "api-unknown"),
    (b"/poi", "api-unknown"),
    (b"/poi/1/shops", "api-unknown"),
    (b"/POI/v1/shops", "api-unknown"),
    (b"/poi/v01/shops", "api-unknown"),
    (b"/poi/v01/v1/shops", "api-unknown"),
    (b"/poi/fr/x/v1/shops", "api-unknown"),
    (b"/poi//v1/shops", "api-unknown"),
    (b"/poi/f%72/v1/shops", "api-unknown"),
    (b"/poi/v1shops", "api-unknown"),
    (b"/p%6Fi/v1/shops", "api-unknown"),
    (b"/poi/v1/../v2", "path-unsafe"),
    (b"/poi/v1/..", "path-unsafe"),
    (b"/poi/v1/./shops", "path-unsafe"),
    (b"/poi/v1/%2e%2e/x", "path-unsafe"),
    (b"/poi/v1/.%2E/x", "path-unsafe"),
    (b"/poi/v1/a%2f..%2fb", "path-unsafe"),
    (b"/poi/v1/%252e%252e/x", "path-unsafe"),
    (b"/poi/v1/%25252525252e", "path-unsafe"),
    (b"/poi/v1/..;x/admin", "path-unsafe"),
    (b"/poi/v1/..%3bx/admin", "path-unsafe"),
    (b"/poi/v1/a\\b", "path-unsafe"),
    (b"/poi/v1/a%5Cb", "path-unsafe"),
    (b"/poi/v1/a%00b", "path-unsafe"),
    (b"/poi/v1/a%0d%0ab", "path-unsafe"),
    (b"/poi/v1/a%b", "path-malformed"),
    (b"/poi/v1/a%zz", "path-malformed"),
    (b"/poi/v1/a%", "path-malformed"),
    (b"/poi/v1/caf\xc3\xa9", "path-malformed"),
    (b"/poi/v1/a b", "path-malformed"),
    (b"/poi/v1/%c0%ae%c0%ae/", "path-malformed"),
    (b"/poi/v1/caf%E9", "path-malformed"),
    (b"/poi/v1/shops\n", "path-malformed"),
]


@pytest.mark.parametrize(("raw", "slug"), BAD)
@pytest.mark.spec("RFC 3986 §5.2.4")
@pytest.mark.spec("RFC 9110 §4.2.3")
def test_a_path_that_could_be_read_two_ways_goes_no_further(raw: bytes, slug: str) -> None:
    refused = parse_target(raw)
    assert not isinstance(refused, Target)
    assert refused.slug == slug


PIECES = st.sampled_from(
    [
        b"/",
        b".",
        b"..",
        b"%2e",
        b"%2E",
        b"%252e",
        b"%2f",
        b"%5c",
        b";",
        b"a",
        b"admin",
        b"%3b",
        b"%",
    ]
)


@given(st.lists(PIECES, max_size=12))
@example([b"%25", b"2e", b"."])
def test_no_accepted_path_has_a_dot_segment_however_it_is_decoded(pieces: list[bytes]) -> None:
    target = parse_target(b"/poi/v1/" + b"".join(pieces))
    if not isinstance(target, Target):
        return
    text = target.rest.decode()
    for _ in range(8):
        for part in text.replace("\\", "/").split("/"):
            assert part.split(";")[0] not in (".", "..")
        text = unquote(text)


@pytest.mark.spec("RFC 3986 §3.4")
@pytest.mark.parametrize(
    ("query", "safe"),
    [
        (b"", True),
        (b"a=1&b=%C3%A9?/'", True),
        (b"a=\xc3\xa9", False),
        (b"a b", False),
        (b"a\n", False),
    ],
)
def test_a_query_is_forwarded_where_it_is_visible_ascii(query: bytes, safe: bool) -> None:
    assert is_safe_query(query) is safe
