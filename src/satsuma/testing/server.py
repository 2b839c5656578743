"""A server of a test: the real platform in this process, with its own issuers, clock and data, until it is closed."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, Final, Self, TypeVar

from satsuma.app.settings import Settings
from satsuma.demo.data import poi_api
from satsuma.demo.poi import Poi
from satsuma.domain.apis import ScopeRule
from satsuma.domain.request_log import LoggedRequest
from satsuma.front.asgi import App
from satsuma.management.accounts import create_account
from satsuma.management.apis import NewApi
from satsuma.management.applications import create_application
from satsuma.testing.addresses import endpoint_of, issuers_of
from satsuma.testing.building import hashed, settings_of
from satsuma.testing.clock import MovedTime, TestClock
from satsuma.testing.faults import Faults
from satsuma.testing.listening import bound, tls_of
from satsuma.testing.live import OWNER, Live, form_of
from satsuma.testing.loop import SHARED
from satsuma.testing.people import tokens_of
from satsuma.testing.requests import Requests
from satsuma.testing.tap import Bridge, Tap
from satsuma.testing.values import Api, Application, Issuer, Tokens, User

T = TypeVar("T")
PASSWORD: Final = "the password of a test"


class SatsumaServer:
    """A platform that a test owns: its addresses, what is registered, its clock, its faults, and what it saw.

    `url` is the address of the API surface, `pages_url` of the pages; `asgi` is the same as an ASGI application, for
    callers on any event loop. Nothing is shared with another server.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, listen: bool = True, **settings: Any
    ) -> None:
        """Start on a free port; with `listen=False` no socket accepts, and `asgi` is the way in.

        What else is given are the platform's settings by their names. Raises BadSettings, and OSError where a port is
        taken.
        """
        self._pid = os.getpid()
        self._closed = False
        self._number = 0
        self._socket = bound(host, port)
        try:
            bound_port = self._socket.getsockname()[1]
            self.settings: Settings = settings_of(host, bound_port, settings)
            self.check(self.settings)
            SHARED.take()
        except BaseException:
            self._socket.close()
            raise
        try:
            self._start(listen)
        except BaseException:
            SHARED.give_back()
            self._socket.close()
            raise

    def _start(self, listen: bool) -> None:
        time = MovedTime()
        live = self._live = SHARED.run(Live.start(self.settings, time))
        try:
            self._let_in(live, time, listen)
        except BaseException:
            SHARED.run(live.close())
            raise

    def _let_in(self, live: Live, time: MovedTime, listen: bool) -> None:
        self.clock = TestClock(time, live.settle, self._run)
        self.faults = Faults(self.clock.skew)
        self.requests = Requests()
        self.url = self.settings.api_url
        self.pages_url = self.settings.pages_url
        self.issuers = issuers_of(live.platform)
        tap = Tap(live.app, endpoint_of(live.platform), time.now, self.requests, self.faults)
        self._way_in = self.standing_before(tap)
        self._bridge = Bridge(self._way_in, SHARED.post)
        if listen:
            SHARED.run(live.listen(self._way_in, self._socket, tls_of(self.settings)))

    def check(self, settings: Settings) -> None:
        """Refuse settings that this kind of server must not have; raises BadSettings."""

    def listen_too(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Let callers in by one more socket, which whoever made it closes."""
        SHARED.run(self._live.listen(self._way_in, listener, tls))

    def standing_before(self, app: App) -> App:
        """What callers meet first: `app`, as it is; a subclass may put something before it."""
        return app

    @property
    def asgi(self) -> App:
        """The server as an ASGI application, for callers on any event loop."""
        return self._bridge

    def __repr__(self) -> str:
        return f"SatsumaServer({self.url}{', closed' if self._closed else ''})"

    def issuer(self, name: str = "standard") -> Issuer:
        """The addresses of an issuer: `standard`, `orange-m2m`, `orange-u2m`; raises KeyError for another."""
        return self.issuers[name]

    def application(
        self,
        name: str = "",
        *,
        redirect_uris: Sequence[str] = (),
        apis: Sequence[Api | str] = (),
        public: bool = False,
        **chosen: Any,
    ) -> Application:
        """Register an application, subscribed to `apis`; raises NotPossible.

        What else is `chosen` goes by the names that `satsuma apps create` knows, such as `web_origins`.
        """
        self._number += 1
        used = [each if isinstance(each, str) else f"{each.name}:{each.version}" for each in apis]
        making = create_application(
            self._live.context,
            name or f"Application {self._number}",
            OWNER,
            apis=used,
            redirect_uris=tuple(redirect_uris),
            public=public,
            **chosen,
        )
        made = self._run(making)
        secret, header = made.client_secret, made.authorization_header
        return Application(
            name=made.application.name,
            application_id=made.application.application_id,
            client_id=made.application.client_id,
            client_secret="" if secret is None else secret.reveal(),
            authorization_header="" if header is None else header.reveal(),
            redirect_uris=made.application.redirect_uris,
        )

    def user(self, email: str = "", *, password: str = PASSWORD) -> User:
        """Make an account with a confirmed address; raises NotPossible where it is taken."""
        self._number += 1
        email = email or f"user-{self._number}@satsuma.example"
        making = create_account(self._live.context, email, "user", hashed(password))
        account = self._run(making)
        return User(account.email, account.account_id, password)

    def api(
        self,
        name: str = "things",
        scopes: Sequence[str] = (),
        *,
        version: int = 1,
        upstream: str | App | None = None,
        **more: Any,
    ) -> Api:
        """Put an API behind the gateway; raises NotPossible.

        `upstream` is an address or an ASGI application; without one it tells what it was asked.
        """
        base = upstream if isinstance(upstream, str) else self._run(self._live.upstream(upstream))
        more.setdefault("issuers", tuple(self.issuers))
        rules = tuple(ScopeRule(scope) for scope in scopes)
        return self._add_api(NewApi(name, version, more.pop("title", name), base, rules, **more))

    def shops(self) -> Api:
        """Put the demo's API of shops behind the gateway, as the guides call it: `/poi/v1/shops?postalCode=35000`."""
        new = poi_api(self._run(self._live.upstream(Poi())))
        from dataclasses import replace

        return self._add_api(replace(new, issuers=tuple(self.issuers)))

    def _add_api(self, new: NewApi) -> Api:
        api, secret = self._run(self._live.create_api(new))
        url = f"{self.url}/{api.name}/v{api.version}"
        scopes = tuple(rule.scope for rule in api.scopes)
        return Api(api.name, api.version, url, scopes, api.resource_id, secret)

    def token(self, application: Application, *, issuer: str = "standard", **form: Any) -> Tokens:
        """Get a token by client credentials; raises Refused. Not among `requests`, and no fault meets it."""
        asked = form_of({"grant_type": "client_credentials", **form})
        people = self._live.people
        return tokens_of(self._run(people.ask_token(application, self.issuer(issuer), asked)))

    def authorize(self, url: str, user: User, *, allow: bool = True) -> str:
        """Follow an authorization URL as the browser of a user who logs in and allows it, or does not.

        Gives the URL at which the browser ends, with a code or an error; raises Refused where that is a page of ours.
        """
        return self._run(self._live.people.authorize(url, user, allow))

    def login_as(
        self,
        user: User,
        application: Application,
        *,
        scope: str = "openid",
        issuer: str = "standard",
        **parameters: Any,
    ) -> Tokens:
        """Get tokens for a user by the code flow, without a browser; raises Refused.

        What else is given are parameters of the authorization request, such as `nonce`. Not among `requests`.
        """
        more = form_of(parameters)
        redirect_uri = more.pop("redirect_uri", next(iter(application.redirect_uris), ""))
        at = self.issuer(issuer)
        logging_in = self._live.people.log_in_as(user, application, at, redirect_uri, scope, more)
        return self._run(logging_in)

    def revoke(self, token: str) -> None:
        """Revoke an access token, or a refresh token with its grant; raises NotPossible for no token of this server."""
        self._run(self._live.revoke(token))

    def rotate_keys(self, *, at_once: bool = True) -> None:
        """Replace every signing and sealing key: at once, so that earlier tokens are refused, or as planned.

        A planned rotation announces the new keys; after 20 minutes of the server's clock they sign.
        """
        self._run(self._live.rotate_keys(at_once))

    def refusals(self) -> list[LoggedRequest]:
        """What the platform itself wrote down of each request that it refused, oldest first: the true cause too."""
        return self._run(self._live.refusals())

    def close(self) -> None:
        """End it, with what is under way; a second time nothing. In a forked child nothing either."""
        if self._closed or self._pid != os.getpid():
            return
        self._closed = True
        self._bridge.close()
        try:
            SHARED.run(self._live.close())
        finally:
            self._socket.close()
            SHARED.give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._closed:
            work.close()
            raise RuntimeError("this server is closed")
        return SHARED.run(work)


@contextlib.contextmanager
def running(**options: Any) -> Iterator[SatsumaServer]:
    """Run a server until the block ends; the options are those of `SatsumaServer`."""
    with SatsumaServer(**options) as server:
        yield server
