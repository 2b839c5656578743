"""The joining of surfaces: gateway, pages and status onto one platform's application."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from satsuma.app.audit import audit_work
from satsuma.app.background import Background
from satsuma.app.loops import Loop
from satsuma.app.mail_loops import mail_work
from satsuma.app.platform import Platform
from satsuma.app.readiness import EVERY, Probe
from satsuma.app.status import Status
from satsuma.app.usage import recall_calls
from satsuma.front.asgi import Application, Receive, Scope, Send
from satsuma.front.table import Route
from satsuma.gateway.auth_check import AuthCheck
from satsuma.gateway.error_response import Refusals
from satsuma.gateway.forward import Gateway
from satsuma.gateway.gate import Gate, GatePolicy
from satsuma.gateway.identity import CallerIdentity
from satsuma.gateway.limits import Limiter
from satsuma.telemetry.metrics import CallMeters, Meter


def build_application(platform: Platform) -> Application:
    """Join every surface."""
    settings = platform.settings
    refusals = Refusals(platform.request_log, settings.api_url)
    gate = _gate(platform)
    identities = CallerIdentity(platform.replica.ring, settings.api_url, platform.clock.seconds)
    limiter = _limiter(platform)
    gateway = Gateway(
        gate=gate,
        limiter=limiter,
        identities=identities,
        refusals=refusals,
        upstreams=platform.outbound.upstreams,
        api_url=settings.api_url,
        origins=lambda: platform.replica.origins,
        log_error=lambda problem: platform.log.error("gateway_failed", exc_info=problem),
        note=CallMeters(platform.metrics, platform.usage.note).note,
        withheld=settings.withheld_fields,
    )
    check = AuthCheck(gate, limiter, identities, refusals)
    meter = Meter(platform.metrics, "auth-check", platform.usage.note)
    platform.table.routes[b"/auth/check"] = Route(check, meter)
    status = Status(platform)
    anywhere = {
        b"/healthz": status.healthz,
        b"/readyz": status.readyz,
        b"/metrics": status.metrics,
    }
    for path, endpoint in anywhere.items():
        platform.table.routes[path] = Route(endpoint, Meter(platform.metrics, path[1:].decode()))
    platform.table.anywhere = frozenset({*anywhere, b"/auth/check"})
    page_meter = Meter(platform.metrics, "pages")
    application = Application(platform.table, gateway, LatePages(platform), page_meter)
    platform.application = application
    return application


def _limiter(platform: Platform) -> Limiter:
    return Limiter(
        platform.counter,
        platform.shared_counter,
        platform.clock.seconds,
        platform.clock.monotonic,
        platform.calls,
        recall_calls(platform.store),
    )


def _gate(platform: Platform) -> Gate:
    issuers = {shared.issuer.url: shared.issuer.policy.name for shared in platform.issuers}
    prefixes = {shared.issuer.policy.token_prefix.encode() for shared in platform.issuers}
    policy = GatePolicy(
        platform.settings.api_url, issuers, tuple(sorted(prefixes)), platform.settings.staleness
    )
    return Gate(
        replica=platform.replica,
        policy=policy,
        look_up=platform.look_up,
        clock=platform.clock.seconds,
        monotonic=platform.clock.monotonic,
        user_is_blocked=platform.replica.is_blocked,
    )


class LatePages:
    """The pages' application, imported at the first request for a page."""

    def __init__(self, platform: Platform) -> None:
        """Serve the pages of `platform`."""
        self._platform = platform
        self._app: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one page."""
        if self._app is None:
            from satsuma.app.pages import build_pages

            self._app = build_pages(self._platform)
        await self._app(scope, receive, send)


@contextlib.asynccontextmanager
async def working(platform: Platform) -> AsyncIterator[None]:
    """Do a process's background work until the block ends, and write then what still waits."""
    settings, log = platform.settings, platform.log
    audit = audit_work(settings, platform.store, platform.vault, platform.clock.now, log)
    background = Background(platform)
    probe = Loop("readiness", EVERY, Probe(platform).once)
    background.start(probe, *audit, *mail_work(platform))
    try:
        yield
    finally:
        await background.stop()
