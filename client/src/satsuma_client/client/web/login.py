"""A web application's logins: the three routes, the session they write, and each person's own tokens."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from satsuma_client.client.authorization_code import AuthorizationCode, LoggedIn
from satsuma_client.client.login import PendingLogin, WrongState
from satsuma_client.http.clock import nonce
from satsuma_client.http.errors import OAuthError

Session = MutableMapping[str, Any]
PENDING: Final = "satsuma_pending"
PERSON: Final = "satsuma_person"
_MOST: Final = 1000
"""People whose auth objects a process keeps at hand; their tokens are in the cache."""
_MOST_PENDING: Final = 3
"""Logins that one browser may have begun: each tab one."""


class Login:
    """Logs people in through the framework's own session, which must be signed or kept at the server.

    `auth_for` makes the auth object of one person from a name: `lambda name: AuthorizationCode.discover(...,
    subject=name, cache=...)`. Workers that serve the same people share the cache: a file or Redis.
    """

    def __init__(
        self,
        auth_for: Callable[[str], AuthorizationCode],
        *,
        after_login: str = "/",
        after_logout: str = "/",
    ) -> None:
        self._auth_for = auth_for
        self._after_login = after_login
        self._after_logout = after_logout
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, AuthorizationCode] = OrderedDict()

    def begin(self, session: Session, callback_url: str, next_url: str | None = None) -> str:
        """Where to send the browser; what must match when it comes back is kept in the session."""
        wanted = next_url if next_url is not None and is_local(next_url) else self._after_login
        url, pending = self._auth("").begin(callback_url, next_url=wanted)
        begun = [*self._pending(session), pending][-_MOST_PENDING:]
        session[PENDING] = json.dumps([each.render() for each in begun])
        return url

    def finish(self, session: Session, query: str) -> tuple[LoggedIn, str]:
        """Who logged in, and where they wanted to go; raises OAuthError, after which nobody is logged in anew.

        The person's name in the session is drawn anew: one who fixed the session before does not share the login.
        """
        from satsuma_client.client.login import read_answer

        state = read_answer(query).state
        begun = self._pending(session)
        pending = next((each for each in begun if each.state == state), None)
        if pending is None:
            raise WrongState()
        left = [each.render() for each in begun if each is not pending]
        session[PENDING] = json.dumps(left)
        name = nonce(24)
        auth = self._auth(name)
        done = auth.finish(query, pending)
        self._end(session)
        session[PERSON] = name
        return done, pending.next_url

    def auth(self, session: Session) -> AuthorizationCode | None:
        """The auth object of whoever is logged in, to call APIs as them; None where nobody is."""
        name = session.get(PERSON)
        return self._auth(name) if isinstance(name, str) and name else None

    def logout(self, session: Session, base_url: str = "") -> str:
        """End the login here and its tokens at the server; where to send the browser, to end it at the server too."""
        auth = self.auth(session)
        to = base_url.rstrip("/") + self._after_logout
        url = to
        if auth is not None:
            url = auth.logout_url(to if base_url else None) or to
        self._end(session)
        return url

    # ---- the routes, for each framework ----

    def starlette(self, prefix: str = "") -> list[Any]:
        """Routes of Starlette and FastAPI: login, callback, logout; SessionMiddleware must be installed."""
        from satsuma_client.client.web.starlette import routes

        return routes(self, prefix)

    def flask(self, prefix: str = "") -> Any:
        """A blueprint of Flask: login, callback, logout."""
        from satsuma_client.client.web.flask import blueprint

        return blueprint(self, prefix)

    def django(self, prefix: str = "") -> list[Any]:
        """URL patterns of Django: login, callback, logout."""
        from satsuma_client.client.web.django import urlpatterns

        return urlpatterns(self, prefix)

    def _end(self, session: Session) -> None:
        """Forget whoever was logged in; a server that is away ends no logout."""
        name = session.pop(PERSON, None)
        if not isinstance(name, str):
            return
        auth = self._auth(name)
        with self._lock:
            self._kept.pop(name, None)
        try:
            auth.revoke()
        except (OAuthError, OSError):
            auth.forget()

    def _pending(self, session: Session) -> list[PendingLogin]:
        try:
            listed = json.loads(session.get(PENDING, "[]"))
        except (ValueError, TypeError):
            return []
        found = [PendingLogin.parse(each) for each in listed if isinstance(each, str)]
        return [each for each in found if each is not None]

    def _auth(self, name: str) -> AuthorizationCode:
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._auth_for(name)
            self._kept.move_to_end(name)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            return self._kept[name]


def is_local(url: str) -> bool:
    """Say whether a path stays on this site, however a browser reads it.

    Spec: RFC 9700 §4.11.
    """
    if not url.startswith("/") or url[1:2] in ("/", "\\"):
        return False
    return url.isascii() and url.isprintable() and "\\" not in url and len(url) <= 2048
