"""Languages: English in the source, the others in one catalogue each, chosen by account, link or browser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from satsuma.http.media_types import parse_qualities

LANGUAGES: Final = ("en", "fr")
_CATALOGUES: Final = Path(__file__).parent / "translations"
_COOKIE: Final = "satsuma-lang"
_YEAR: Final = 365 * 86400
_MOST: Final = 20


_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def spoken() -> str:
    """The language of the request that is being answered."""
    return _spoken.get()


class InLanguage:
    """An application whose pages all answer in the language of their request.

    `wished` gives the languages that the way to a page asked for, such as `ui_locales`, the best first.
    """

    def __init__(self, app: ASGIApp, wished: Callable[[Request], Sequence[str]]) -> None:
        """Wrap `app`."""
        self.app = app
        self._wished = wished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope)
        primary = [tag.partition("-")[0].lower() for tag in self._wished(request)]
        known = [language for language in primary if language in LANGUAGES]
        request.state.language = known[0] if known else None
        _spoken.set(language_of(request))
        await self.app(scope, receive, send)


def N_(text: str) -> str:
    """Mark a text for translation where it is shown later."""
    return text


@cache
def messages(language: str) -> dict[str, str]:
    """The translations of a language by their English text: of the pages and letters, and of the errors."""
    if language == "en":
        return {}
    found: dict[str, str] = {}
    for name in (f"{language}.po", f"errors.{language}.po"):
        found |= _catalogue(name, language)
    return found


def _catalogue(name: str, language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po

    with (_CATALOGUES / name).open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(each.id): str(each.string) for each in catalogue if each.id and each.string}


def translate(language: str, text: str, values: dict[str, Any] | None = None) -> str:
    """Translate a text and fill in `%(name)s`; English where there is no translation."""
    found = messages(language).get(text, text)
    return found % values if values else found


def in_words(at: datetime, language: str, with_time: bool) -> str:
    """Write an instant as people of a language do, in UTC, and say so where the time matters."""
    from babel.dates import format_datetime

    if not with_time:
        return str(format_datetime(at, "d MMMM y", locale=language))
    return f"{format_datetime(at, 'd MMMM y, HH:mm', locale=language)} UTC"


def say(request: Request, text: str, values: dict[str, Any] | None = None) -> str:
    """Translate a text for who asked."""
    return translate(language_of(request), text, values)


def language_of(request: Request) -> str:
    """Choose the language of a page: the person's choice, the link's `ui_locales`, then the browser's wish."""
    for chosen in (request.cookies.get(_COOKIE), getattr(request.state, "language", None)):
        if chosen in LANGUAGES:
            return str(chosen)
    return best_language(", ".join(request.headers.getlist("accept-language")))


def put_language(response: Response, language: str, secure: bool) -> None:
    """Remember a person's choice on this browser."""
    response.set_cookie(
        _COOKIE, language, max_age=_YEAR, path="/", secure=secure, httponly=True, samesite="lax"
    )


def best_language(accepted: str) -> str:
    """Choose from an Accept-Language value.

    Spec: RFC 9110 §12.5.4.
    """
    ranked = sorted(parse_qualities(accepted)[:_MOST], key=lambda each: -each[1])
    for tag, quality in ranked:
        language = tag.partition("-")[0]
        if quality > 0 and language in LANGUAGES:
            return language
    return "en"
