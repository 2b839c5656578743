"""A live platform of a test, on the event loop: what is done there, and what must end with it."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from satsuma.app.background import Background
from satsuma.app.outbound import Outbound
from satsuma.app.platform import Platform
from satsuma.app.settings import Settings
from satsuma.app.surfaces import build_application, working
from satsuma.domain.request_log import LoggedRequest
from satsuma.front.asgi import App
from satsuma.management import apis, keys
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.oauth.refresh_tokens import open_refresh_token
from satsuma.oauth.revocation import Revocation
from satsuma.outbox.mail import Mail
from satsuma.store.port import Store
from satsuma.testing.building import build
from satsuma.testing.clock import MovedTime
from satsuma.testing.listening import Listening, bound, front_listening, plain_listening
from satsuma.testing.people import People
from satsuma.testing.requests import KEPT

_ANY_STATUS: Final = (0, 999)
OWNER = "owner@satsuma.example"


class Live:
    """One platform with its background work; made by `start`, ended by `close`."""

    def __init__(self, platform: Platform, time: MovedTime) -> None:
        self.platform = platform
        self.time = time
        self.app: App = build_application(platform)
        self.people = People(platform, self.app)
        self.mails: list[Mail] = []
        self._ends = contextlib.AsyncExitStack()
        self._listening: list[Listening] = []
        self._echo = ""

    @classmethod
    async def start(cls, settings: Settings, time: MovedTime) -> Live:
        """Build a platform and start its background work."""
        platform, store, outbound = await build(settings, time)
        live = cls(platform, time)
        live._ends.push_async_callback(_let_go, store, outbound, platform)
        try:
            await live._ends.enter_async_context(working(platform))
            await _register_owner(live.context)
        except BaseException:
            await live.close()
            raise
        if platform.inbox is not None:
            platform.inbox.tell = live.mails.append
        return live

    @property
    def context(self) -> ManagementContext:
        """What management operations of the test work with."""
        return self.platform.management("testing")

    async def listen(self, app: App, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Let callers in by a socket."""
        listening = front_listening(app, self.platform.table)
        self._listening.append(listening)
        await listening.start(listener, tls)

    async def upstream(self, app: App | None) -> str:
        """The address of what stands behind the gateway: of `app`, or of what tells what it was asked."""
        if app is None and self._echo:
            return self._echo
        from satsuma.testing.upstream import echo

        listener = bound("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        listening = plain_listening(app or echo)
        self._listening.append(listening)
        await listening.start(listener)
        if app is None:
            self._echo = url
        return url

    async def settle(self, change: Callable[[], None]) -> None:
        """Change something that the platform does not look at by itself, such as the time, and let it see it."""
        change()
        await self.platform.follower.step()

    async def revoke(self, token: str) -> None:
        """End a token of whichever client, as that client's own revocation does; raises NotPossible for no token."""
        platform = self.platform
        for shared in platform.issuers:
            prefix = shared.issuer.policy.token_prefix.encode()
            claims = shared.ring.verify(token.encode(), prefix, shared.issuer.api_url)
            opened = open_refresh_token(shared.refresh_tokens, token)
            client_id = await self._holder(opened[0], shared.issuer.policy.name) if opened else ""
            if claims is not None and claims.iss == shared.issuer.url:
                client_id = claims.client_id
            record = await platform.look_up(client_id) if client_id else None
            if record is not None:
                await Revocation(shared).answer({"token": token}, record)
                await platform.follower.step()
                return
        raise NotPossible("token-unknown", "That is no token of this server: nothing was revoked")

    async def _holder(self, grant_id: str, issuer: str) -> str:
        grant = await self.platform.store.read(lambda reader: reader.find_grant(grant_id))
        return "" if grant is None or grant.issuer != issuer else grant.client_id

    async def rotate_keys(self, at_once: bool) -> None:
        """Roll every key that is active."""
        algorithms = {
            key.alg for key in await keys.list_keys(self.context) if key.retires_at is None
        }
        for alg in sorted(algorithms):
            await keys.rotate(self.context, alg, at_once)
        await self.platform.follower.step()

    async def refusals(self) -> list[LoggedRequest]:
        """The request log, oldest first, with what waits to be written."""
        await Background(self.platform).flush_log()
        since = datetime(1970, 1, 1, tzinfo=UTC)
        found = await self.platform.store.read(
            lambda reader: reader.list_logged_requests(since, None, _ANY_STATUS, KEPT)
        )
        return list(found)

    async def create_api(self, new: apis.NewApi) -> tuple[Any, str]:
        """Add an API; gives it and its own secret."""
        api, secret = await apis.create_api(self.context, new)
        await self.platform.follower.step()
        return api, secret.reveal()

    async def close(self) -> None:
        """Let nobody in any more, end what is under way, and let go of everything."""
        for listening in reversed(self._listening):
            await listening.close()
        await self._ends.aclose()


async def _let_go(store: Store, outbound: Outbound, platform: Platform) -> None:
    await outbound.close()
    await store.close()
    platform.close()


async def _register_owner(context: ManagementContext) -> None:
    from satsuma.management.accounts import create_account

    await create_account(context, OWNER)


def form_of(raw: Mapping[str, Any]) -> dict[str, str]:
    """Parameters as text; None leaves one out."""
    return {name: str(value) for name, value in raw.items() if value is not None}
