"""Forms: read strictly, and only where they come from our own page in this browser."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import Response

from satsuma.domain.errors.parsing import refusal_of
from satsuma.keys.randomness import SYSTEM, Draw, url_safe
from satsuma.web.cookies import Cookies
from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form

_MAX_FORM = 64 * 1024
BROWSER = "browser"


class FormRefused(Exception):
    """A form is malformed, too large, or does not come from our own page; `slug` says which."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Forms:
    """Makes and checks the token in every form.

    The token is a keyed hash of a random cookie of this browser, so that another site can neither read nor guess it.
    """

    def __init__(self, key: bytes, cookies: Cookies, origin: str, draw: Draw = SYSTEM) -> None:
        """Key the tokens; `origin` is the pages surface's own."""
        self._key = key
        self._cookies = cookies
        self._origin = origin
        self._draw = draw

    def token(self, request: Request) -> str:
        """The form token of this browser; `remember` must then be called with the response."""
        browser = self._cookies.read(request, BROWSER) or getattr(request.state, "browser", None)
        if not browser or len(browser) > 64:
            browser = url_safe(24, self._draw)
        request.state.browser = browser
        return self._token(browser)

    def remember(self, request: Request, response: Response) -> None:
        """Set the browser's cookie where it has none yet."""
        browser = getattr(request.state, "browser", None)
        if browser is not None and self._cookies.read(request, BROWSER) != browser:
            self._cookies.put(response, BROWSER, browser)

    async def read(self, request: Request) -> dict[str, str]:
        """The form of a POST from our own page; raises FormRefused, or Refused for a malformed one."""
        origin = request.headers.get("origin")
        if origin is not None and origin != self._origin:
            raise FormRefused("form-from-elsewhere")
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise FormRefused("form-from-elsewhere")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MAX_FORM:
                raise FormRefused("form-too-large")
        try:
            form = parse_form(body)
        except Malformed as problem:
            raise refusal_of(problem) from None
        browser = self._cookies.read(request, BROWSER)
        sent = form.pop("form_token", "")
        if not browser or not hmac.compare_digest(sent.encode(), self._token(browser).encode()):
            raise FormRefused("form-expired")
        return form

    def _token(self, browser: str) -> str:
        return b64(hmac.digest(self._key, browser.encode(), "sha256")).decode()
