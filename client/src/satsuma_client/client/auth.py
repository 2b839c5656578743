"""The auth object: a token for each request, in whichever library sends it."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from satsuma_client.client.access_token import AccessToken
from satsuma_client.client.caches.memory import MemoryCache
from satsuma_client.client.caches.port import Cache
from satsuma_client.client.grants import Grants
from satsuma_client.client.origins import Origins
from satsuma_client.client.record import Record, StoredToken
from satsuma_client.client.renewal import Obtained, Renewal
from satsuma_client.client.slot import FRESH, Held, Slot, hold
from satsuma_client.http.clock import Clock, nonce
from satsuma_client.http.errors import OAuthError
from satsuma_client.http.transport import HttpResponse
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

    from satsuma_client.client.judgement import Judgement
    from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata

Request = TypeVar("Request")

OF_THIS_PROCESS: Final = MemoryCache()
"""Where tokens are kept when no cache is named: an object made anew for each request still shares them."""
_SALT: Final = nonce().encode()
_DROPS: Final = 5
_WRITES: Final = 50
_BASES: Final = (("httpx2", "Auth"), ("httpx", "Auth"), ("requests.auth", "AuthBase"))


class TokenAuth:
    """Puts a token into requests, and gets the next one once for everyone who shares the cache.

    It is an auth object of httpx2, httpx, requests and niquests; `aiohttp` is a middleware of aiohttp, and `opener()`
    one of urllib.
    """

    requires_request_body = False
    requires_response_body = False

    metadata: AuthorizationServerMetadata | None = None
    """What the server says of itself, where it was asked."""

    def __init__(
        self,
        grants: Grants,
        *,
        key: str,
        cache: Cache | None,
        origins: Iterable[str],
        clock: Clock,
        tell: Callable[..., None],
        longest_wait: float,
    ) -> None:
        self._grants = grants
        self._tell = tell
        self._clock = clock
        self._longest_wait = longest_wait
        self._origins = Origins(origins)
        self._cache: Cache = OF_THIS_PROCESS if cache is None else cache
        self._named = key if cache is not None else ""
        self._unnamed = key
        self._renewal = Renewal(self._cache, lambda: self._key, grants, tell)
        self._slot = Slot(self._renewal, self._land, clock, tell)

    def token(self) -> AccessToken:
        """A good token, got if there is none; raises OAuthError."""
        return self.held().token

    async def atoken(self) -> AccessToken:
        """The same, without holding up the loop; raises OAuthError."""
        return (await self.aheld()).token

    def introspect(self) -> Mapping[str, Any]:
        """What the server says of the present token; raises OAuthError.

        Spec: RFC 7662 §2.
        """
        from satsuma_client.client.at_the_server import introspect

        url = self.metadata.introspection_endpoint if self.metadata else None
        return introspect(self._grants.endpoint, url, self.token().access_token)

    def revoke(self) -> None:
        """End at the server what is kept, a person's login with it, then forget it; raises OAuthError.

        Where the server did not answer nothing is forgotten, so that it can be tried again; `forget()` does.

        Spec: RFC 7009 §2.
        """
        from satsuma_client.client.at_the_server import revoke

        given = self._grants.revocable(self.record())
        url = self.metadata.revocation_endpoint if self.metadata else None
        if given is not None and (self.metadata is None or url is not None):
            revoke(self._grants.endpoint, url, given)
        self.forget()

    def forget(self) -> None:
        """Forget what is kept, here and in the cache; raises what the cache raises."""
        self._slot.replace(None)
        self._rewrite(self._grants.forgotten)

    # ---- what the hosts use ----

    def held(self) -> Held:
        """A good token with its times; raises OAuthError."""
        held = self._slot.good()
        if held is not None:
            return held
        try:
            return self._slot.flight().result()
        except OAuthError as error:
            raise own(error) from None

    def held_for(self, url: str) -> Held:
        """The token for a request to `url`; raises TokenWithheld, OAuthError."""
        self.check_origin(url)
        return self.held()

    def check_named(self) -> None:
        """Insist on named origins; raises TokenWithheld."""
        self._origins.check_named()

    def check_origin(self, url: str) -> None:
        """Let the token go to a URL; raises TokenWithheld."""
        self._origins.check(url)

    async def aheld_for(self, url: str) -> Held:
        """The same, without holding up the loop."""
        self._origins.check(url)
        return await self.aheld()

    async def aheld(self) -> Held:
        """A good token, without holding up the loop."""
        held = self._slot.good()
        if held is not None:
            return held
        import asyncio

        try:
            return await asyncio.wrap_future(self._slot.flight())
        except OAuthError as error:
            raise own(error) from None

    def judge(self, answer: HttpResponse, held: Held, *, renewed: bool, waited: bool) -> Judgement:
        """Say whether to call again; tells so."""
        from satsuma_client.client.judgement import judge

        fresh = -FRESH <= self._grants.age(held.stored) <= FRESH
        said = judge(
            answer, fresh=fresh, renewed=renewed, waited=waited, longest=self._longest_wait
        )
        if said.again:
            self._tell("called_again", status=answer.status, renewed=said.renew, wait=said.wait)
        return said

    def drop(self, held: Held) -> None:
        """Forget a token that an API refused, in the cache and here, if it is still that one.

        In the cache first: who finds none here takes what is there.
        """
        fingerprint = held.stored.fingerprint
        self._tell("token_dropped", fingerprint=fingerprint)
        try:
            for _ in range(_DROPS):
                raw = self._cache.load(self._key)
                record = Record.parse(raw)
                without = record.without(fingerprint)
                if without is record or self._cache.swap(self._key, raw, without.render()):
                    return
        except Exception as failure:
            self._tell("cache_failed", why=type(failure).__name__)
        finally:
            self._slot.drop(fingerprint)

    # ---- the hosts' own names ----

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """For httpx2 and httpx."""
        from satsuma_client.client.hosts.httpx import sync_flow

        return sync_flow(self, request)

    def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """For the asynchronous clients of httpx2 and httpx."""
        from satsuma_client.client.hosts.httpx import async_flow

        return async_flow(self, request)

    def __call__(self, request: Request) -> Request:
        """For requests and niquests."""
        from satsuma_client.client.hosts.requests import prepare

        prepare(self, request)
        return request

    async def aiohttp(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """For aiohttp: `ClientSession(middlewares=[auth.aiohttp])`."""
        from satsuma_client.client.hosts.aiohttp import middleware

        return await middleware(self, request, handler)

    def opener(self) -> OpenerDirector:
        """For urllib: an opener whose requests carry the token."""
        from satsuma_client.client.hosts.urllib import opener

        return opener(self)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Also of the base classes that the loaded libraries look for; none is loaded for it."""
        bases = [
            getattr(sys.modules[module], name)
            for module, name in _BASES
            if name in getattr(sys.modules.get(module), "__dict__", {})
        ]
        return _also(type(self), tuple(bases)) if bases else type(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(client_id={self._grants.endpoint.client.client_id!r})"

    def __reduce__(self) -> str:
        raise TypeError(f"a {type(self).__name__} holds secrets and is not pickled")

    # ---- inside ----

    def record(self) -> Record:
        """What the cache keeps; raises what the cache raises."""
        return Record.parse(self._cache.load(self._key))

    def _rewrite(self, made: Callable[[Record], Record]) -> None:
        """Change the record whoever's turn it is: what an older turn brings comes too late. Raises OSError."""
        for _ in range(_WRITES):
            raw = self._cache.load(self._key)
            record = Record.parse(raw)
            new = replace(made(record), fence=record.fence + 1, lease=None)
            if self._cache.swap(self._key, raw, new.render()):
                self._renewal.remember(new)
                return
        raise OSError("the cache changes faster than it can be written")

    @property
    def _key(self) -> str:
        """By what the token is kept; made when it is first needed, for it may take the secret."""
        if not self._named:
            self._named = f"{self._unnamed} {self._fingerprint()}"
        return self._named

    def _land(self, obtained: Obtained) -> Held:
        stored = obtained.token
        left = self._grants.left(stored)
        return hold(stored, _public(stored, obtained.kept), left, self._clock())

    def _fingerprint(self) -> str:
        """In one process those with other secrets are others: no one is handed a token for a wrong one."""
        import hashlib

        shown = "\0".join(secret for secret, _ in self._grants.endpoint.client.each())
        return hashlib.sha256(_SALT + shown.encode()).hexdigest()[:32]


def own(error: OAuthError) -> OAuthError:
    """An error of one's own: those who waited for the same share neither its traceback nor its attributes."""
    import copy

    return copy.copy(error).with_traceback(None)


_ALSO: dict[tuple[type, tuple[type, ...]], type] = {}


def _also(own: type, bases: tuple[type, ...]) -> type:
    if (own, bases) not in _ALSO:
        _ALSO[own, bases] = type(own.__name__, (own, *bases), {"__module__": own.__module__})
    return _ALSO[own, bases]


def _public(stored: StoredToken, kept: bool) -> AccessToken:
    from datetime import UTC, datetime

    return AccessToken(
        Secret(stored.access_token),
        stored.token_type,
        datetime.fromtimestamp(stored.ends, UTC) if kept else None,
        None if stored.scope is None else tuple(stored.scope.split()),
        None if stored.id_token is None else Secret(stored.id_token),
    )
