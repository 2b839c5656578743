"""The gateway as an ASGI callable: verify, count, check, forward, stream back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.usage_counts import api_series
from satsuma.gateway import headers
from satsuma.gateway.access import Call, LookUp, Pass
from satsuma.gateway.caller import Caller, Gone, Receive, Scope, Send
from satsuma.gateway.error_response import Refusals
from satsuma.gateway.gate import Asked, Gate
from satsuma.gateway.identity import CallerIdentity
from satsuma.gateway.limits import Limiter
from satsuma.gateway.relay import Relay
from satsuma.gateway.request_policy import CompiledPolicy, check_head
from satsuma.gateway.target import MAX_TARGET, Target, is_safe_query, parse_target
from satsuma.gateway.upstream import Upstreams
from satsuma.http import cors
from satsuma.http.messages import Request, combined
from satsuma.http.rate_limit import rate_limit_fields
from satsuma.keys.ring import NoKey

ENDPOINT: Final = "gateway"
Note = Callable[[str, int, float, Request], None]


def _note_nothing(api: str, status: int, seconds: float, request: Request) -> None:
    """Count no call."""


class Gateway:
    """Serves `/{api}/v{n}/...` on the API surface.

    `origins` gives the union of registered web origins; `body_patience` is how many seconds a caller's body may pause.
    `withheld` names more fields that no caller may say to an upstream. `log_error` is told of what nobody expected;
    `note` of each call: the API that it named, its status, its seconds.
    """

    def __init__(
        self,
        gate: Gate,
        limiter: Limiter,
        identities: CallerIdentity,
        refusals: Refusals,
        upstreams: Upstreams,
        api_url: str,
        origins: cors.Origins,
        log_error: Callable[[BaseException], None],
        body_patience: float = 30.0,
        note: Note = _note_nothing,
        withheld: tuple[str, ...] = (),
    ) -> None:
        self._note = note
        self._gate = gate
        self._limiter = limiter
        self._refusals = refusals
        self._inbound = headers.InboundFields(withheld)
        self._relay = Relay(upstreams, identities, api_url, body_patience, origins, self._inbound)
        self._origins = origins
        self._log_error = log_error
        self._policies: dict[str, tuple[Api, CompiledPolicy]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call.

        An answer that breaks off after its head was sent is left unfinished, so that the server cuts the connection: a
        half answer must not look whole.

        Spec: RFC 9112 §8.
        """
        caller = Caller(scope, receive, send)
        started = perf_counter()
        try:
            await self._answer(caller)
        finally:
            self._note(caller.api, caller.status, perf_counter() - started, caller.request)

    async def _answer(self, caller: Caller) -> None:
        try:
            refusal = await self._serve(caller)
        except Gone:
            return
        except NoKey:
            refusal = Refusal(errors.SIGNING_KEY_MISSING)
        except Exception as reason:
            self._log_error(reason)
            refusal = Refusal(errors.INTERNAL_ERROR)
        if refusal is not None:
            await self._refuse(caller, refusal)

    async def _refuse(self, caller: Caller, refusal: Refusal) -> None:
        request = caller.request
        if caller.started:
            self._refusals.note(request, ENDPOINT, refusal)
            return
        answer = self._refusals.answer(request, ENDPOINT, refusal)
        fields = cors.call_fields(caller.origin, self._origins)
        if not refusal.rate:
            fields += caller.limits
        if refusal.row is errors.REQUEST_TOO_SLOW:
            fields += ((b"connection", b"close"),)
        await caller.respond(answer, fields)

    async def _serve(self, caller: Caller) -> Refusal | None:
        target = parse_target(caller.raw_path)
        if not isinstance(target, Target):
            return Refusal(target)
        if self._gate.knows(target.name, target.version):
            caller.api = api_series(target.name, target.version)
        refusal = _check_line(caller)
        if refusal is not None:
            return refusal
        if caller.origin is not None and caller.method == "OPTIONS":
            asked_method = headers.find(caller.fields, b"access-control-request-method")
            if cors.is_preflight(caller.method, caller.origin, asked_method):
                return await self._permit(caller, caller.origin)
        origin = None if caller.origin is None else caller.origin.decode("latin-1")
        call = Call(caller.method, target.path, origin)
        asked = Asked(target.name, target.version, call, caller.authorization)
        decided = self._gate.examine(asked)
        if isinstance(decided, LookUp):
            decided = await self._gate.examine_later(asked, decided.client_id)
        if isinstance(decided, Refusal):
            return decided
        return await self._admit(caller, target, decided)

    async def _permit(self, caller: Caller, origin: bytes) -> Refusal | None:
        """Answer a preflight for the union of registered origins, since it names no client.

        Spec: Fetch Standard.
        """
        if origin.decode("latin-1") not in self._origins():
            return Refusal(errors.ORIGIN_REFUSED)
        asked_headers = combined(caller.fields, b"access-control-request-headers")
        fields = [*cors.preflight_fields(origin, asked_headers), *caller.ids]
        await caller.start(204, fields)
        await caller.send({"type": "http.response.body", "body": b""})
        return None

    async def _admit(self, caller: Caller, target: Target, passed: Pass) -> Refusal | None:
        caller.request.client_id = passed.client.client_id
        refusal = self._limiter.enter(passed)
        if refusal is not None:
            return refusal
        try:
            refusal = await self._count_and_relay(caller, target, passed)
        finally:
            self._limiter.leave(passed)
        return None if refusal is None else replace(refusal, client_id=passed.client.client_id)

    async def _count_and_relay(
        self, caller: Caller, target: Target, passed: Pass
    ) -> Refusal | None:
        counted = self._limiter.count(passed)
        if counted is None:
            counted = await self._limiter.count_later(passed)
        if isinstance(counted, Refusal):
            return counted
        caller.limits = rate_limit_fields(counted)
        refusal = self._check_policy(caller, passed)
        if refusal is not None:
            return refusal
        return await self._relay.run(caller, target, passed, self._policies[passed.api.api_id][1])

    def _check_policy(self, caller: Caller, passed: Pass) -> Refusal | None:
        api = passed.api
        known = self._policies.get(api.api_id)
        if known is None or known[0] is not api:
            try:
                known = self._policies[api.api_id] = (api, CompiledPolicy(api.policy))
            except re.error:
                return Refusal(errors.POLICY_UNUSABLE, {"api": api.name})
        policy = known[1]
        fields = caller.fields if policy.is_empty else self._inbound.reaching(caller.fields)
        return check_head(policy, caller.method, caller.query, fields, caller.has_body)


def _check_line(caller: Caller) -> Refusal | None:
    """Refuse what no upstream should see: a long address, a query that is not ASCII, a WebSocket, two of one field.

    Spec: RFC 9110 §5.3, §7.8, §15.5.15; RFC 3986 §3.4.
    """
    if len(caller.raw_path) + len(caller.query) > MAX_TARGET:
        return Refusal(errors.URI_TOO_LONG)
    if not is_safe_query(caller.query):
        return Refusal(errors.QUERY_INVALID)
    if caller.upgrade is not None and b"websocket" in caller.upgrade:
        return Refusal(errors.UPGRADE_UNSUPPORTED)
    if caller.repeated:
        return Refusal(errors.HEADER_INVALID, {"name": caller.repeated})
    return None
