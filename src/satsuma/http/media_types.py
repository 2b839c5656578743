"""What a caller accepts and sends: ranges with their quality, media types, forms."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_QUALITY: Final = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


def parse_qualities(value: str) -> list[tuple[str, float]]:
    """Each range of an Accept or Accept-Language value, in lower case, with its quality.

    It is 1 where none is said, and 0 where what is said is no quality.

    Spec: RFC 9110 §12.4.2, §12.5.1, §12.5.4.
    """
    return [_parse_quality(part) for part in value.lower().split(",")]


def _parse_quality(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            return name, float(value) if _QUALITY.match(value.strip()) else 0.0
    return name, 1.0


def quality_of(media: str, ranges: list[tuple[str, float]]) -> float:
    """The quality of a media type: of the most specific range that covers it, 0 where none does.

    Spec: RFC 9110 §12.5.1.
    """
    kind = media.partition("/")[0]
    ranks = {media: 2, f"{kind}/*": 1, "*/*": 0}
    best = max(((ranks[each], q) for each, q in ranges if each in ranks), default=(0, 0.0))
    return best[1]


@lru_cache(maxsize=256)
def accepts_json(accept: bytes) -> bool:
    """Say whether an Accept value lets JSON through with a quality above zero; the most specific range decides.

    Spec: RFC 9110 §12.5.1.
    """
    return quality_of("application/json", parse_qualities(accept.decode("latin-1"))) > 0


@lru_cache(maxsize=256)
def is_form(content_type: bytes) -> bool:
    """Say whether a Content-Type is a form, with or without a charset of UTF-8."""
    media, *parameters = (piece.strip().lower() for piece in content_type.split(b";"))
    if media != b"application/x-www-form-urlencoded":
        return False
    charsets = [p.partition(b"=")[2].strip(b'"') for p in parameters if p.startswith(b"charset")]
    return all(charset in (b"utf-8", b"utf8", b"us-ascii") for charset in charsets)
