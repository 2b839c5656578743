"""Health, readiness and metrics of a process."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import re

from satsuma.app.platform import Platform
from satsuma.gateway.headers import is_of_a_proxy
from satsuma.http.challenge import bearer_challenge
from satsuma.http.messages import Answer, Block, Later, Request
from satsuma.telemetry.prometheus import render_metrics

_TEXT = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
_JSON = (b"content-type", b"application/json")
_NO_STORE = (b"cache-control", b"no-store")
_OK = Block(200, _JSON, _NO_STORE)
_NOT_READY = Block(503, _JSON, _NO_STORE)
_REFUSED = Block(401, _JSON, _NO_STORE, bearer_challenge("metrics"))
_BYTE = rb"(?:[0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])"
_HERE = re.compile(
    rb"(?:localhost\.?|\[::1\]|127\.%b\.%b\.%b)(?::[0-9]{1,5})?\Z" % (_BYTE, _BYTE, _BYTE),
    re.IGNORECASE,
)
"""A Host by which only this machine is meant."""
_METRICS = Block(200, _TEXT, _NO_STORE)


class Status:
    """`/healthz`, `/readyz` and `/metrics` of one process."""

    def __init__(self, platform: Platform) -> None:
        """Tell of `platform`."""
        self._platform = platform

    def healthz(self, request: Request) -> Answer | Later:
        """Say that the process answers."""
        return Answer(_OK, b'{"status":"ok"}')

    def readyz(self, request: Request) -> Answer | Later:
        """Say whether this process should get requests, and what stands in the way."""
        platform = self._platform
        read_at = platform.replica.read_at
        checks: dict[str, str | float | bool] = {
            "feed": platform.replica.is_fresh(
                platform.clock.monotonic(), platform.settings.staleness
            ),
            "feed_age_seconds": -1.0
            if read_at is None
            else round(platform.clock.monotonic() - read_at, 3),
            "writes": platform.writes,
            "draining": platform.table.draining,
            "counters": platform.counters_state(),
        }
        block = _OK if platform.is_ready() else _NOT_READY
        status = "ready" if platform.is_ready() else "not ready"
        return Answer(block, json.dumps({"status": status, **checks}).encode())

    def metrics(self, request: Request) -> Answer | Later:
        """The counters of every worker, added up, to who may see them."""
        if not self._may_see(request):
            return Answer(_REFUSED, b'{"error":"metrics need the bearer token of metrics_token"}')
        platform = self._platform
        metrics = platform.metrics
        metrics.put("satsuma_revocations", len(platform.replica.revoked), worker=metrics.worker)
        metrics.put("satsuma_clients_held", len(platform.replica.clients), worker=metrics.worker)
        metrics.put("satsuma_feed_seq", platform.replica.seq, worker=metrics.worker)
        metrics.put("satsuma_tasks", _tasks(), worker=metrics.worker)
        if platform.shared_counter is not None:
            alone = platform.shared_counter.alone
            metrics.put("satsuma_counters_alone", alone, worker=metrics.worker)
        metrics.put(
            "satsuma_request_log_dropped", platform.request_log.dropped, worker=metrics.worker
        )
        if metrics.access is not None:
            metrics.put("satsuma_access_log_dropped", metrics.access.dropped, worker=metrics.worker)
        return Answer(_METRICS, render_metrics(metrics.siblings()))

    def _may_see(self, request: Request) -> bool:
        token = self._platform.settings.metrics_token
        if token is None:
            return _is_from_here(request)
        if not token:
            return False
        given = request.fields.get(b"authorization", b"")
        return hmac.compare_digest(given, b"Bearer " + token.reveal().encode())


def _tasks() -> int:
    """How much this process does at the same time; nothing where no loop runs."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


def _is_from_here(request: Request) -> bool:
    """Say whether a request comes from this machine and meant it.

    Who comes through a proxy on this machine comes from anywhere, and so does a page whose name was made to lead here.
    """
    hosts = [value for name, value in request.headers if name == b"host"]
    if len(hosts) != 1 or not _HERE.match(hosts[0]):
        return False
    if any(is_of_a_proxy(name) for name in request.fields):
        return False
    try:
        return ipaddress.ip_address(request.source).is_loopback
    except ValueError:
        return False
