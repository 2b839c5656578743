"""requests and niquests: the header, and a hook that looks at the answer."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from satsuma_client.client.judgement import READ
from satsuma_client.client.origins import origin_of
from satsuma_client.http.transport import response_of

if TYPE_CHECKING:
    from satsuma_client.client.auth import TokenAuth
    from satsuma_client.client.slot import Held


def prepare(auth: TokenAuth, request: Any) -> None:
    """Give a prepared request its token, and look at what it gets."""
    held = auth.held_for(request.url)
    request.headers["Authorization"] = held.token.authorization()
    request.register_hook("response", _Hook(auth, held, origin_of(request.url)))


class _Hook:
    """Sends a request again, with a new token or after a while, where the answer asks for it."""

    def __init__(self, auth: TokenAuth, held: Held, origin: str) -> None:
        self._auth = auth
        self._held = held
        self._origin = origin

    def __call__(self, response: Any, **sending: Any) -> Any:
        renewed = waited = False
        while response.status_code in READ and self._can_be_sent_again(response):
            said = self._auth.judge(_answer(response), self._held, renewed=renewed, waited=waited)
            if not said.again:
                break
            if said.renew:
                self._auth.drop(self._held)
                self._held = self._auth.held_for(response.request.url)
                renewed = True
            else:
                time.sleep(said.wait)
                waited = True
            response = self._send_again(response, sending)
        return response

    def _can_be_sent_again(self, response: Any) -> bool:
        """Not another origin's answer, after a redirect that took the token away; not a body that streamed."""
        request = response.request
        if origin_of(request.url) != self._origin or "Authorization" not in request.headers:
            return False
        return request.body is None or isinstance(request.body, bytes | str)

    def _send_again(self, response: Any, sending: Any) -> Any:
        response.close()
        again = response.request.copy()
        again.headers["Authorization"] = self._held.token.authorization()
        new = response.connection.send(again, **sending)
        new.history.append(response)
        new.request = again
        return new


def _answer(response: Any) -> Any:
    fields = [each for each in response.headers.items() if each[0].lower() != "content-encoding"]
    return response_of(response.status_code, fields, response.content or b"")
