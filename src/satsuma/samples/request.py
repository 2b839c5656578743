"""The request that a sample sends, the same for every language."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_ILLEGAL: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]")
_TEXT_ONLY: Final = re.compile(r"[\ud800-\udfff\0]")


@dataclass(frozen=True, slots=True)
class Env:
    """A value that is never written into a sample: the program reads it from the environment."""

    name: str
    variable: str
    label: str

    @property
    def camel(self) -> str:
        """The variable as Java, Kotlin, C#, JavaScript and Go spell it."""
        first, *more = self.variable.split("_")
        return first + "".join(word.title() for word in more)


SECRET: Final = Env("SATSUMA_CLIENT_SECRET", "client_secret", "Client secret")
CODE: Final = Env("SATSUMA_CLIENT_CODE", "code", "Code")
TOKEN: Final = Env("SATSUMA_CLIENT_TOKEN", "token", "Token")
VERIFIER: Final = Env("SATSUMA_CLIENT_VERIFIER", "code_verifier", "Code verifier")


@dataclass(frozen=True, slots=True)
class Joined:
    """A text of parts, some of which the program reads from the environment."""

    parts: tuple[str | Env, ...]


Text = str | Env | Joined


def parts_of(text: Text | None) -> tuple[str | Env, ...]:
    """What a text is made of; nothing for none."""
    if text is None:
        return ()
    return text.parts if isinstance(text, Joined) else (text,)


def joined(parts: Iterable[str | Env]) -> Text:
    """The text of parts: neighbouring texts are put together, and empty ones left out."""
    kept: list[str | Env] = []
    for part in parts:
        if isinstance(part, str) and kept and isinstance(kept[-1], str):
            kept[-1] += part
        elif part != "":
            kept.append(part)
    if len(kept) > 1:
        return Joined(tuple(kept))
    return kept[0] if kept else ""


@dataclass(frozen=True, slots=True)
class Basic:
    """The client proves itself by a header: its id and its secret."""

    client_id: Text
    secret: Text = SECRET


@dataclass(frozen=True, slots=True)
class Bearer:
    """The caller shows a token."""

    token: Env = TOKEN


@dataclass(frozen=True, slots=True)
class Request:
    """A method, a target, the headers that are named, who asks, and a form or another body if there is one.

    `answers` is false where success has an empty body. The type of a `body` is among the headers.
    """

    method: str
    url: Text
    headers: tuple[tuple[str, Text], ...] = ()
    authorization: Basic | Bearer | None = None
    form: tuple[tuple[str, Text], ...] | None = None
    answers: bool = True
    body: Text | None = None

    @property
    def environment(self) -> tuple[Env, ...]:
        """What the program must find in its environment, each once, in the order in which it is sent."""
        return tuple(dict.fromkeys(self._secrets()))

    def _secrets(self) -> Iterator[Env]:
        for text in self._texts():
            yield from (part for part in parts_of(text) if isinstance(part, Env))

    def _texts(self) -> Iterator[Text | None]:
        yield self.url
        if isinstance(self.authorization, Basic):
            yield self.authorization.client_id
            yield self.authorization.secret
        elif isinstance(self.authorization, Bearer):
            yield self.authorization.token
        yield from (value for _, value in self.headers)
        yield from (value for _, value in self.form or ())
        yield self.body

    @property
    def has_body(self) -> bool:
        """Whether something is sent behind the headers."""
        return self.form is not None or self.body is not None

    def named(self, name: str) -> Text | None:
        """The value of a named header; None where there is none."""
        return next((value for found, value in self.headers if found.lower() == name), None)

    @property
    def pairs(self) -> tuple[tuple[str, Text], ...]:
        """The form's pairs; none where there is no form."""
        return self.form or ()

    @property
    def has_repeated_names(self) -> bool:
        """Whether a dictionary would lose a pair of the form."""
        names = [name for name, _ in self.pairs]
        return len(set(names)) != len(names)


def canonical_url(url: str) -> str:
    """The URL with each sign percent-encoded that no URL may have; raises ValueError for one without scheme or host.

    Spec: RFC 3986 §2.
    """
    check_text(url)
    encoded = _ILLEGAL.sub(lambda found: urllib.parse.quote(found[0], safe=""), url)
    parts = urllib.parse.urlsplit(encoded)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("A URL begins with http:// or https:// and names a host")
    if parts.username is not None or parts.fragment:
        raise ValueError("A URL that is requested has no user and no fragment")
    path = _brackets_encoded(parts.path or "/")
    # Browsers, Node and OkHttp write an apostrophe in a query so, and would not send another.
    query = "?" + _brackets_encoded(parts.query).replace("'", "%27") if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{path}{query}"


def check_text(text: str) -> None:
    """Refuse what no program's source and no environment can carry: NUL and half of a surrogate pair (ValueError)."""
    if _TEXT_ONLY.search(text):
        raise ValueError("A value of a sample is text without NUL")


def _brackets_encoded(text: str) -> str:
    return text.replace("[", "%5B").replace("]", "%5D").replace("#", "%23")
