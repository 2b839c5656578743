"""Where a token may go."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from satsuma_client.http.transport import check_url

_PORTS = {"https": 443, "http": 80}


class TokenWithheld(ValueError):
    """A request goes where this token must not: the wrong origin, or no TLS."""


class Origins:
    """The origins that a token is for; with none named, any that TLS protects, or this machine."""

    def __init__(self, urls: Iterable[str]) -> None:
        """Take the origins of these URLs; those that are no http URL, such as `urn:`, name none."""
        self._named = frozenset(
            origin_of(url) for url in urls if url.lower().startswith(("https:", "http:"))
        )

    def check_named(self) -> None:
        """Insist on origins by name; raises TokenWithheld."""
        if not self._named:
            raise TokenWithheld(
                "name the API by `api_url` or `resource`: this library follows redirects with the token"
            )

    def check(self, url: str) -> None:
        """Let a request go; raises TokenWithheld."""
        try:
            check_url(url)
        except ValueError as why:
            raise TokenWithheld(str(why)) from None
        if self._named and origin_of(url) not in self._named:
            named = ", ".join(sorted(self._named))
            raise TokenWithheld(
                f"{origin_of(url)} is not among {named}: the token does not go there"
            )


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, the port always said.

    Spec: RFC 6454 §4.
    """
    parts = urlsplit(url)
    return (
        f"{parts.scheme}://{_host(parts.hostname or '')}:{parts.port or _PORTS.get(parts.scheme)}"
    )


def _host(name: str) -> str:
    """A host as it is asked for: in lower case, and in A-labels, as libraries write a request's.

    A name that these would change, as a sharp s is, is left as it stands: another host must not pass for it.
    """
    if name.isascii():
        return name.lower()
    try:
        labels = name.lower().encode("idna")
        return labels.decode() if labels.decode("idna") == name.lower() else name.lower()
    except UnicodeError:
        return name.lower()
