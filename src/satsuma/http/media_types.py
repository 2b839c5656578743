"""What a caller accepts."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=256)
def accepts_json(accept: bytes) -> bool:
    """Say whether an Accept value lets JSON through with a quality above zero; the most specific range decides.

    Spec: RFC 9110 §12.5.1.
    """
    best = (-1, 0.0)
    for part in accept.decode("latin-1").lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        rank = {"application/json": 2, "application/*": 1, "*/*": 0}.get(media)
        if rank is not None:
            best = max(best, (rank, _quality(parameters)))
    return best[0] >= 0 and best[1] > 0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=256)
def is_form(content_type: bytes) -> bool:
    """Say whether a Content-Type is a form, with or without a charset of UTF-8."""
    media, *parameters = (piece.strip().lower() for piece in content_type.split(b";"))
    if media != b"application/x-www-form-urlencoded":
        return False
    charsets = [p.partition(b"=")[2].strip(b'"') for p in parameters if p.startswith(b"charset")]
    return all(charset in (b"utf-8", b"utf8", b"us-ascii") for charset in charsets)
