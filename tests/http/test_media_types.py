"""Ranges and their quality, as Accept and Accept-Language say them."""

import pytest

from satsuma.http.media_types import accepts_json, parse_qualities, quality_of


@pytest.mark.parametrize(
    ("value", "ranges"),
    [
        ("text/html", [("text/html", 1.0)]),
        ("FR, en;q=0.5", [("fr", 1.0), ("en", 0.5)]),
        ("fr ; Q = 0.5", [("fr", 0.5)]),
        ("a/b;level=1;q=0.2", [("a/b", 0.2)]),
        ("a/b;q=much", [("a/b", 0.0)]),
        ("", [("", 1.0)]),
    ],
)
def test_each_range_has_a_quality(value: str, ranges: list[tuple[str, float]]) -> None:
    assert parse_qualities(value) == ranges


@pytest.mark.spec("RFC 9110 §12.5.1")
@pytest.mark.parametrize(
    ("accept", "quality"),
    [
        ("application/json", 1.0),
        ("*/*;q=0.1", 0.1),
        ("application/*;q=0.4, */*", 0.4),
        ("application/json;q=0, */*", 0.0),
        ("text/html", 0.0),
    ],
)
def test_the_most_specific_range_decides(accept: str, quality: float) -> None:
    assert quality_of("application/json", parse_qualities(accept)) == quality
    assert accepts_json(accept.encode()) is (quality > 0)
