"""The address of a request as curl makes it: scheme guessed, user taken out, dots removed, query put on."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Final

from satsuma.samples.reading.marks import has_mark
from satsuma.samples.reading.unreadable import Unreadable

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/{1,3}")
_LONGEST_HOST: Final = 253
_BAD: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Address:
    """The address without user, password and fragment, and these two where they stood in it."""

    url: str = field(repr=False)
    user: tuple[str, str] | None = field(repr=False, default=None)


def read_address(text: str, scheme: str | None = None, as_is: bool = False) -> Address:
    """What curl makes of an address; raises Unreadable.

    Spec: RFC 3986 §5.2.4.
    """
    if _BAD.search(text):
        raise Unreadable(
            "An address has no spaces and no control characters: %20 stands for a space"
        )
    text = text.partition("#")[0]
    found = _SCHEME.match(text)
    if found is not None:
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme not in ("http", "https"):
            raise Unreadable("Only addresses of http and https are read")
        prefix = f"{scheme}://"
    elif text.startswith("\ufdd0"):
        prefix, rest = "", text
    else:
        if scheme is None and re.match(r"(?:ftp|dict|ldap|imap|smtp|pop3)\.", text, re.IGNORECASE):
            raise Unreadable("curl takes this address for one that is not of http")
        prefix, rest = f"{scheme or 'http'}://", text
    split = re.search(r"[/?]", rest)
    end = split.start() if split else len(rest)
    authority, tail = rest[:end], rest[end:]
    user, authority = _user(authority)
    if not authority and prefix:
        raise Unreadable("An address names a host")
    path, question, query = tail.partition("?")
    if not prefix and not tail:
        return Address(authority, user)
    return Address(prefix + _host(authority) + _path(path or "/", as_is) + question + query, user)


def with_query(url: str, query: str) -> str:
    """The address with more of a query."""
    if not query:
        return url
    between = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    return url + between + query


def _user(authority: str) -> tuple[tuple[str, str] | None, str]:
    userinfo, at, host = authority.rpartition("@")
    if not at:
        return None, authority
    user, _, password = userinfo.partition(":")
    return (urllib.parse.unquote(user), urllib.parse.unquote(password)), host


def _host(authority: str) -> str:
    if authority.isascii() or has_mark(authority):
        return authority
    name, colon, port = authority.partition(":")
    if len(name) > _LONGEST_HOST:
        raise Unreadable("The host's name is none")
    try:
        return name.encode("idna").decode() + colon + port
    except UnicodeError:
        raise Unreadable("The host's name is none") from None


def _path(path: str, as_is: bool) -> str:
    """Without the parts . and .. of it."""
    if "/." not in path:
        return path
    if as_is and re.search(r"/\.\.?(?:/|\Z)", path):
        raise Unreadable("Dots in a path that stay (--path-as-is) are not sent by other clients")
    kept: list[str] = []
    segments = path.split("/")[1:]
    for number, segment in enumerate(segments):
        last = number == len(segments) - 1
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
        if last and segment in (".", ".."):
            kept.append("")
    return "/" + "/".join(kept)
