"""A request as it goes over the wire, with marks for what the environment holds, and as samples have it."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from satsuma.samples.reading.marks import has_mark, only_mark, pieces, text_of
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.request import Basic, Bearer, Env, Request, canonical_url

FORM: Final = "application/x-www-form-urlencoded"
_NAME: Final = re.compile(r"[A-Za-z0-9_.\[\]$:~-]+\Z")
_BAD_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNSAFE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?#@!$&'()*+,;=%-]")


@dataclass(slots=True)
class Wire:
    """Method, address, headers in order, who asks, and a form or a body."""

    method: str
    url: str = field(repr=False)
    headers: list[tuple[str, str]] = field(default_factory=list, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    bearer: str | None = field(default=None, repr=False)
    form: list[tuple[str, str]] | None = field(default=None, repr=False)
    body: str | None = field(default=None, repr=False)

    def named(self, name: str) -> str | None:
        """The value of a header; None where there is none."""
        return next((value for found, value in self.headers if found.lower() == name), None)

    def drop(self, name: str) -> None:
        """Take a header away."""
        self.headers = [pair for pair in self.headers if pair[0].lower() != name]

    def take_form(self) -> None:
        """A body that is a form becomes its pairs; another stays as it is."""
        if self.body is None or (self.named("content-type") or "").strip().lower() != FORM:
            return
        pairs = form_pairs(self.body)
        if pairs is not None:
            self.form, self.body = pairs, None
            self.drop("content-type")

    def request(self, known: Mapping[str, Env]) -> Request:
        """As samples have it; raises Unreadable."""
        authorization: Basic | Bearer | None = None
        if self.basic is not None:
            user, password = (text_of(text, known) for text in self.basic)
            authorization = Basic(user, password)
        elif self.bearer is not None:
            token = text_of(self.bearer, known)
            if not isinstance(token, Env):
                raise Unreadable("A token that is shown is from the environment")
            authorization = Bearer(token)
        return Request(
            self.method,
            text_of(canonical(self.url), known),
            tuple((name, text_of(value, known)) for name, value in self.headers),
            authorization,
            None
            if self.form is None
            else tuple((name, text_of(value, known)) for name, value in self.form),
            body=None if self.body is None else text_of(self.body, known),
        )


def form_pairs(body: str) -> list[tuple[str, str]] | None:
    """The pairs of a form; None for what is another text."""
    pairs = []
    for part in body.split("&"):
        name, equals, value = part.partition("=")
        if not equals or "\n" in value or _BAD_PERCENT.search(part):
            return None
        try:
            name = urllib.parse.unquote_plus(name, errors="strict")
            value = urllib.parse.unquote_plus(value, errors="strict")
        except UnicodeDecodeError:
            return None
        if not _NAME.match(name) or "\0" in value:
            return None
        pairs.append((name, value))
    return pairs


def canonical(url: str) -> str:
    """The address as it is sent, whatever of it stands in the environment; raises Unreadable.

    Spec: RFC 3986 §2.
    """
    if not has_mark(url):
        try:
            return canonical_url(url)
        except ValueError as problem:
            raise Unreadable(str(problem)) from None
    parts, in_query = [], False
    for piece, is_name in pieces(url):
        if is_name:
            parts.append(f"\ufdd0{piece}\ufdd1")
            continue
        path, question, query = piece.partition("?") if not in_query else ("", "", piece)
        in_query = in_query or bool(question)
        parts.append(_encoded(path) + question + _encoded(query).replace("'", "%27"))
    found = "".join(parts)
    bare = "\ufdd0" not in found.split("/", 3)[-1] if found.count("/") >= 3 else True
    after = found.split("://", 1)[-1]
    if "/" not in after and (bare or only_mark(after) is None) and "://" in found:
        return found + "/"
    return found


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda found: urllib.parse.quote(found[0], safe=""), text)
