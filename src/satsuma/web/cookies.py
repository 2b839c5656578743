"""Cookies of the pages surface: host-bound, secure, unreadable by scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_VALUE: Final = re.compile(r"[!#-+\--:<-\[\]-~]{0,3900}\Z")
SESSION: Final = "session"
TRIED: Final = "tried"
"""The session of a sandbox that was opened on this browser, kept beside a login so that its person can keep it."""
ASKED: Final = "asked"
"""The authorization request that this browser came by, while its person goes to fetch a letter."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """The names and flags of our cookies; `secure` is False on a loopback http URL alone."""

    secure: bool

    def name(self, kind: str) -> str:
        """A cookie's full name; `__Host-` binds it to this host and path where it is secure."""
        return f"__Host-satsuma-{kind}" if self.secure else f"satsuma-{kind}"

    def read(self, request: Request, kind: str) -> str | None:
        """The value that the browser sent."""
        return request.cookies.get(self.name(kind))

    def put(self, response: Response, kind: str, value: str, max_age: int | None = None) -> None:
        """Set a cookie: HttpOnly, SameSite=Lax, the whole host; without `max_age` it ends with the browser.

        A value that no cookie can have, or that no browser keeps, is left out.

        Spec: RFC 6265 §4.1.1, §6.1.
        """
        if not _VALUE.match(value):
            return
        response.set_cookie(
            self.name(kind),
            value,
            max_age=max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response, kind: str) -> None:
        """Remove a cookie."""
        response.delete_cookie(
            self.name(kind), path="/", secure=self.secure, httponly=True, samesite="lax"
        )
