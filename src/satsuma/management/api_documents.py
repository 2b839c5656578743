"""An API's OpenAPI document as it is stored: JSON in one form, of bounded size and depth, compressed."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any, Final

from satsuma.domain.apis import ApiDocument
from satsuma.management.context import NotPossible

LARGEST: Final = 16 * 1024 * 1024
"""A document's JSON has at most so many bytes."""
DEEPEST: Final = 200
_MOST_PARTS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Packed:
    """A document that was looked at and may be stored, with the digest that names it; empty: that there is none."""

    digest: str = ""
    content: bytes = b""

    def of(self, api_id: str) -> ApiDocument:
        """The document of an API."""
        return ApiDocument(api_id, self.digest, self.content)


def pack(document: dict[str, Any]) -> Packed:
    """A document as it is stored; raises NotPossible where it is too large, too deep or no JSON."""
    _check_shape(document)
    try:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        content = text.encode()
    except (TypeError, ValueError):
        says = "The document has what JSON cannot say: a date as a name, a number without end, half a character"
        raise NotPossible("openapi-unreadable", says) from None
    if len(content) > LARGEST:
        raise _too_large()
    return Packed(hashlib.sha256(content).hexdigest(), zlib.compress(content))


def unpack(stored: ApiDocument) -> dict[str, Any]:
    """The document as it was looked at; raises NotPossible for what no release of ours stored."""
    try:
        content = zlib.decompressobj().decompress(stored.packed, LARGEST + 1)
        document = json.loads(content)
    except (zlib.error, ValueError, RecursionError):
        raise NotPossible("openapi-unreadable", "The stored document cannot be read") from None
    if not isinstance(document, dict):
        raise NotPossible("openapi-unreadable", "The stored document is no object")
    _check_shape(document)
    return document


def _check_shape(document: object) -> None:
    """Refuse what would take long to write, before it is: YAML says a thing once and means it a million times."""
    room, parts = LARGEST, 0
    level: list[Any] = [document]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                room -= sum(len(key) for key in each if isinstance(key, str))
                inside: Any = each.values()
            else:
                inside = each
            parts += len(inside)
            if parts > _MOST_PARTS or room < 0:
                raise _too_large()
            for one in inside:
                if isinstance(one, str):
                    room -= len(one)
                elif isinstance(one, dict | list):
                    below.append(one)
        if not below:
            return
        level = below
    says = f"The document is nested in more than {DEEPEST} levels"
    raise NotPossible("openapi-unreadable", says)


def _too_large() -> NotPossible:
    says = f"The document has more than {LARGEST // 1024**2} MB"
    return NotPossible("openapi-too-large", says)
