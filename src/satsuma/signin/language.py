"""The choice of a language, from the foot of any page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from satsuma.web.languages import LANGUAGES, put_language
from satsuma.web.pages import see


@dataclass(frozen=True, slots=True)
class Language:
    """Remembers a language on this browser; `secure` is False on a loopback http URL alone."""

    secure: bool

    async def choose(self, request: Request) -> Response:
        """Remember the language and go back to the page; only to one of ours."""
        query = request.query_params
        response = see(_own(query.get("to", "/")))
        if query.get("lang") in LANGUAGES:
            put_language(response, query["lang"], self.secure)
        return response


def _own(path: str) -> str:
    """A path on this origin, the first page for anything else."""
    is_own = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return path if is_own and path.isascii() and path.isprintable() else "/"
