"""What a scope means to a person, in the provider's words: one plain sentence a language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, Final

from satsuma.management.context import NotPossible

LONGEST: Final = 200
DEFAULT: Final = ""
_LANGUAGE: Final = re.compile(r"(?:[a-z]{2,3})?\Z")
_EXTENSION: Final = "x-satsuma-scope-texts"

ScopeText = tuple[str, str, str]


def check_texts(given: Iterable[ScopeText], scopes: Iterable[str]) -> tuple[ScopeText, ...]:
    """The sentences in their stored form, the last one of a scope and language; raises NotPossible."""
    known = set(scopes)
    kept: dict[tuple[str, str], str] = {}
    for scope, language, text in given:
        if scope not in known:
            raise NotPossible("scope-text-unknown", f"{scope!r} is not a scope of this API")
        if not _LANGUAGE.match(language):
            raise NotPossible("scope-text-language", f"{language!r} is not a language such as fr")
        sentence = " ".join(unicodedata.normalize("NFC", text).split())
        if not 0 < len(sentence) <= LONGEST or not sentence.isprintable():
            raise NotPossible(
                "scope-text-malformed",
                f"What {scope} means is one plain sentence of 1 to {LONGEST} characters",
            )
        kept[scope, language] = sentence
    return tuple((scope, language, text) for (scope, language), text in sorted(kept.items()))


def texts_of(document: dict[str, Any], scopes: Iterable[str]) -> tuple[ScopeText, ...]:
    """The sentences of an OpenAPI document: its scopes' descriptions, and our extension before them.

    A description that is no sentence is left out, since it was not written for these pages.
    """
    known = set(scopes)
    found = {
        (scope, language): text
        for scope, language, text in (*_described(document), *_extended(document))
        if scope in known
    }
    return check_texts(((*key, text) for key, text in found.items()), known)


def _described(document: dict[str, Any]) -> Iterator[ScopeText]:
    schemes = _members(_members(document, "components"), "securitySchemes")
    for scheme in schemes.values():
        for flow in _members(scheme, "flows").values():
            for scope, text in _members(flow, "scopes").items():
                sentence = " ".join(str(text).split())
                if 0 < len(sentence) <= LONGEST and sentence.isprintable():
                    yield scope, DEFAULT, sentence


def _extended(document: dict[str, Any]) -> Iterator[ScopeText]:
    for scope, texts in _members(document, _EXTENSION).items():
        given = {DEFAULT: texts} if isinstance(texts, str) else texts
        if not isinstance(given, dict):
            raise NotPossible("scope-text-malformed", f"{_EXTENSION}: {scope} is no sentence")
        for language, text in given.items():
            yield scope, DEFAULT if language == "default" else str(language), str(text)


def _members(holder: Any, name: str) -> dict[str, Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, dict) else {}
