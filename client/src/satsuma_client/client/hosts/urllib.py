"""urllib: an opener whose requests carry the token."""

from __future__ import annotations

import io
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from satsuma_client.client.judgement import READ
from satsuma_client.client.origins import origin_of
from satsuma_client.http.transport import response_of

if TYPE_CHECKING:
    from satsuma_client.client.auth import TokenAuth
    from satsuma_client.client.slot import Held

_MARK = "_satsuma"
_ORIGIN = "_satsuma_origin"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Tells a request that a redirect made where it began."""

    def redirect_request(self, request: Any, *more: Any) -> Any:
        """The next request."""
        new = super().redirect_request(request, *more)
        if new is not None:
            setattr(new, _ORIGIN, getattr(request, _ORIGIN, ""))
        return new


class _Handler(urllib.request.BaseHandler):
    """Sets the field before a request goes, and looks at its answer before urllib makes an error of it."""

    handler_order = 100

    def __init__(self, auth: TokenAuth) -> None:
        self._auth = auth

    def http_request(self, request: Any) -> Any:
        """Give a request its token; one that a redirect made, where the token must not go, is sent without."""
        began = getattr(request, _ORIGIN, None)
        if began is not None and began != origin_of(request.full_url):
            return request
        held = self._auth.held_for(request.full_url)
        setattr(request, _ORIGIN, origin_of(request.full_url))
        request.add_unredirected_header("Authorization", held.token.authorization())
        state = getattr(request, _MARK, None) or {"renewed": False, "waited": False}
        setattr(request, _MARK, {**state, "held": held})
        return request

    https_request = http_request

    def http_response(self, request: Any, response: Any) -> Any:
        """Send again where the answer asks for it."""
        state = getattr(request, _MARK, None)
        if state is None or response.status not in READ or not _can_be_sent_again(request):
            return response
        body = response.read()
        held: Held = state["held"]
        said = self._auth.judge(
            response_of(response.status, response.headers.items(), body),
            held,
            renewed=state["renewed"],
            waited=state["waited"],
        )
        if not said.again:
            return _with_body(response, body)
        if said.renew:
            self._auth.drop(held)
        else:
            time.sleep(said.wait)
        setattr(
            request,
            _MARK,
            {
                "renewed": state["renewed"] or said.renew,
                "waited": state["waited"] or not said.renew,
            },
        )
        return self.parent.open(request, timeout=request.timeout)

    https_response = http_response


def opener(auth: TokenAuth) -> urllib.request.OpenerDirector:
    """An opener of urllib that gives each request its token."""
    return urllib.request.build_opener(_Handler(auth), _Redirects)


def _can_be_sent_again(request: Any) -> bool:
    return request.data is None or isinstance(request.data, bytes)


def _with_body(response: Any, body: bytes) -> Any:
    """The answer with its body to be read once more."""
    from urllib.response import addinfourl

    again = addinfourl(io.BytesIO(body), response.headers, response.url, response.status)
    again.msg = response.msg  # type: ignore[attr-defined]
    return again
