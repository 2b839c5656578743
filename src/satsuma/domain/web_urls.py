"""URLs of the web and their origins: read as a browser reads them, and refused where a browser reads them otherwise.

What is taken has one reading. What a browser repairs or hides (a blank, a backslash, a user before the host, a dot
segment) is refused.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

_CHARACTERS: Final = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/{}]|%[0-9A-Fa-f]{{2}})*"
_PATH: Final = re.compile(rf"(?:/{_CHARACTERS.format('')})?\Z")
_QUERY: Final = re.compile(rf"(?:\?{_CHARACTERS.format('?')})?\Z")
_ORIGIN: Final = re.compile(r"(https?)://([^/?#\\]*)", re.IGNORECASE)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}\Z")
_DOTS: Final = re.compile(r"(?:\.|%2e){1,2}\Z", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_HOST: Final = 253


class BadUrl(Exception):
    """A text is no URL that everybody reads alike; it says what is wrong, to follow the URL in a sentence."""


@dataclass(frozen=True, slots=True)
class WebUrl:
    """An http or https URL; `port` is None for the scheme's own, `path` is never empty, and `host` is in A-labels."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str

    @property
    def origin(self) -> str:
        """The origin as browsers send it.

        Spec: RFC 6454 §6.2.
        """
        return f"{self.scheme}://{self.host}" + ("" if self.port is None else f":{self.port}")

    @property
    def name(self) -> str:
        """The host as programs compare it: an IPv6 address without its brackets."""
        return self.host.strip("[]")


def without_user(text: str) -> str:
    """What was written as a URL, to be shown to a person or a log: without a user and a password before the host."""
    before, at, rest = text.rpartition("@")
    if not at:
        return text
    scheme, slashes, _ = before.partition("://")
    return f"{scheme}://…@{rest}" if slashes else f"…@{rest}"


def parse_web_url(text: str) -> WebUrl:
    """Read an http or https URL as a browser does; raises BadUrl where one would repair it.

    Spec: URL Standard; RFC 3986 §6.2.2; RFC 6454 §4.
    """
    found = _ORIGIN.match(text)
    if found is None:
        raise BadUrl("does not begin with http:// or https:// and a host")
    scheme, authority, rest = found[1].lower(), found[2], text[found.end() :]
    path, mark, query = rest.partition("?")
    check_rest(path, mark + query)
    host, port = _host_and_port(authority)
    return WebUrl(
        scheme, host, None if port == _DEFAULT_PORTS[scheme] else port, path or "/", query
    )


def check_rest(path: str, query: str) -> None:
    """Refuse a path or query that a browser would change, or read as more than that; raises BadUrl.

    Spec: RFC 3986 §3.3, §3.4, §5.2.4.
    """
    if "#" in path + query:
        raise BadUrl("has a fragment")
    if "\\" in path:
        raise BadUrl("has a backslash, which browsers read as /")
    if not _PATH.match(path) or not _QUERY.match(query):
        raise BadUrl("has a character that must be percent-encoded")
    if any(_DOTS.match(segment) for segment in path.split("/")):
        raise BadUrl("has a . or .. in its path, which browsers take out")


def canonical_origin(text: str) -> str:
    """The origin of a URL that has nothing but one, as browsers send it; raises BadUrl.

    Spec: RFC 6454 §4, §6.2; RFC 3986 §6.2.2.
    """
    url = parse_web_url(text)
    if url.path != "/" or text.endswith("/") or "?" in text:
        raise BadUrl("is scheme, host and port, with nothing behind them")
    return url.origin


def canonical_host(text: str) -> str:
    """The one form of a host: a name in A-labels and lower case, or an address as browsers write it; raises BadUrl.

    Spec: RFC 3986 §3.2.2; RFC 5890 §2.3.2.1; RFC 5952 §4.
    """
    if text.startswith("["):
        return _ipv6(text)
    name = _a_labels(text)
    labels = name.split(".")
    if _NUMBER.match(labels[-1]):
        return _ipv4(name)
    if len(name) > _LONGEST_HOST or not all(_LABEL.match(label) for label in labels):
        raise BadUrl(f"has the host {text!r}, which is no name")
    return name


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise BadUrl("has a user before its host")
    if not authority:
        raise BadUrl("has no host")
    host, colon, port = authority, "", ""
    if not authority.endswith("]"):
        host, colon, port = authority.rpartition(":") if ":" in authority else (authority, "", "")
    if colon and (not _PORT.match(port) or int(port) > 65535):
        raise BadUrl(f"has the port {port!r}, which is no number from 1 to 65535")
    return canonical_host(host), int(port) if colon else None


def _a_labels(text: str) -> str:
    name = text.lower()
    if name.isascii() and "xn--" not in name:
        return name
    import idna

    try:
        found = idna.encode(text, uts46=True).decode()
        if idna.encode(idna.decode(found)).decode() != found:
            raise idna.IDNAError("it has another form")
    except (idna.IDNAError, UnicodeError) as problem:
        raise BadUrl(f"has the host {text!r}, which is no name: {problem}") from None
    return found


def _ipv4(name: str) -> str:
    try:
        return str(ipaddress.IPv4Address(name))
    except ValueError:
        raise BadUrl(f"has the host {name!r}, which is no address") from None


def _ipv6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise BadUrl(f"has the host {text!r}, which is no address") from None
    if "%" in text or not text.endswith("]"):
        raise BadUrl(f"has the host {text!r}, which is no address")
    mapped = address.ipv4_mapped
    if mapped is not None:
        return f"[::ffff:{int(mapped) >> 16:x}:{int(mapped) & 0xFFFF:x}]"
    return f"[{address.compressed}]"
