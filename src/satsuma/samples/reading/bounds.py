"""What one text may come to: so many fields, and so much text, over all of its requests."""

from __future__ import annotations

from typing import Final

from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.reading.wire import FORM, Wire

MOST_GIVEN: Final = 200
MOST_FIELDS: Final = 1000
MOST_TEXT: Final = 128 * 1024


class Bounds:
    """Counts what is built while it is built; raises Unreadable at the first that is too much."""

    def __init__(
        self, most: int = MOST_FIELDS, sentence: str = "More than {} fields in all requests"
    ) -> None:
        self.most = most
        self.sentence = sentence
        self.fields = 0
        self.text = 0

    def add(self, fields: int, text: str = "") -> None:
        """Count so many fields, and a text."""
        self.fields += fields
        self.text += len(text)
        if self.fields > self.most:
            raise Unreadable(self.sentence.format(self.most))
        if self.text > MOST_TEXT:
            raise Unreadable(f"More than {MOST_TEXT // 1024} KB of text in all requests")

    def take(self, wire: Wire) -> Wire:
        """The request, counted: its headers, the pairs of its address and of its form, the parts of its body."""
        for _, value in wire.headers:
            self.add(1, value)
        self.add(wire.url.count("&"), wire.url)
        body = wire.body or ""
        is_form = (wire.named("content-type") or "").strip().lower() == FORM
        parts = body.count("\r\nContent-Disposition: form-data;")
        self.add(body.count("&") if is_form else parts, body)
        return wire
