"""The relay: one admitted call to its upstream, and the answer back, both as they come."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Final

from aiohttp import ClientConnectorError, ClientError
from aiohttp.http import RawResponseMessage
from aiohttp.http_exceptions import HttpProcessingError

from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.gateway import headers
from satsuma.gateway.access import Pass
from satsuma.gateway.caller import Caller, Gone
from satsuma.gateway.identity import CallerIdentity
from satsuma.gateway.location import relocate
from satsuma.gateway.request_policy import CompiledPolicy, check_body
from satsuma.gateway.target import Target
from satsuma.gateway.upstream import Answered, Body, Upstreams
from satsuma.http import cors
from satsuma.http.messages import Field, combined

_EMPTY_STATUS: Final = frozenset({204, 304})
_RESET: Final = 205
_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})
_LAST_STATUS: Final = 599


class Relay:
    """Carries calls that may pass."""

    def __init__(
        self,
        upstreams: Upstreams,
        identities: CallerIdentity,
        api_url: str,
        body_patience: float,
        origins: cors.Origins,
        inbound: headers.InboundFields,
    ) -> None:
        """Carry to `upstreams`, as `api_url`."""
        self._upstreams = upstreams
        self._identities = identities
        self._api_url = api_url
        self._patience = body_patience
        self._origins = origins
        self._inbound = inbound

    async def run(
        self, caller: Caller, target: Target, passed: Pass, policy: CompiledPolicy
    ) -> Refusal | None:
        """Carry one call; give the refusal where the upstream, or the caller's body, fails.

        A caller who leaves cancels the upstream call.
        """
        try:
            return await self._carry(caller, target, passed, policy)
        except asyncio.CancelledError:
            if not caller.take_cancellation():
                raise
            if caller.refusal is None:
                raise Gone from None
            return caller.refusal
        finally:
            caller.stop_watching()

    async def _carry(
        self, caller: Caller, target: Target, passed: Pass, policy: CompiledPolicy
    ) -> Refusal | None:
        fields = self._fields(caller, passed)
        if fields is None:
            return Refusal(errors.HEADER_INVALID)
        body: Body | None = None
        if caller.has_body:
            try:
                read = await self._body(caller, policy)
            except TimeoutError:
                return Refusal(errors.REQUEST_TOO_SLOW)
            if isinstance(read, Refusal):
                return read
            body = read
        if body is None:
            caller.watch_for_leaving()
        try:
            head = self._head(caller, target, passed, fields, body)
            answered = await self._upstreams.call(
                passed.api, caller.method, head, body, caller.stalled
            )
        except (ClientError, HttpProcessingError, OSError, ValueError) as reason:
            return _failure(reason, "head")
        try:
            return await self._back(caller, passed, answered)
        finally:
            answered.close()

    def _head(
        self, caller: Caller, target: Target, passed: Pass, fields: bytes, body: Body | None
    ) -> bytes:
        """Write the request's head; path and query stand as the caller wrote them.

        Spec: RFC 9112 §3.2.1, §6.3.
        """
        place = self._upstreams.place(passed.api.upstream)
        address = place.path + target.rest or b"/"
        if caller.request.has_query:
            address += b"?" + caller.query
        framing = b""
        if body is not None:
            framing = b"transfer-encoding: chunked\r\n"
            if body.length is not None:
                framing = b"content-length: %b\r\n" % body.length
        elif caller.method not in _BODILESS:
            framing = b"content-length: 0\r\n"
        line = b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (caller.method.encode(), address, place.host)
        return line + fields + framing + b"\r\n"

    def _fields(self, caller: Caller, passed: Pass) -> bytes | None:
        """The fields that the upstream sees: the caller's that may pass, then ours.

        Spec: RFC 9110 §7.6.1, §7.6.3; RFC 7239 §4.
        """
        theirs = self._inbound.inbound(caller.fields)
        if theirs is None:
            return None
        api = passed.api
        parts = [
            theirs,
            self._identities.of(passed).wire,
            _forwarded(self._api_url, api.name, api.version, caller.request.source),
            b"".join(b"%b: %b\r\n" % field for field in caller.ids),
            b"via: %b1.1 satsuma\r\n" % _earlier(caller.fields),
        ]
        if api.forward_authorization:
            parts.append(b"authorization: %b\r\n" % caller.authorization[0])
        return b"".join(parts)

    async def _body(self, caller: Caller, policy: CompiledPolicy) -> Body | Refusal | None:
        """The body as a stream, or as one part where it must be checked before it is forwarded."""
        limit = policy.policy.max_body
        part, more = await caller.read(self._patience)
        if policy.reads_body:
            parts = [part]
            size = len(part)
            while more and size <= limit:
                part, more = await caller.read(self._patience)
                parts.append(part)
                size += len(part)
            part = b"".join(parts)
        if len(part) > limit:
            return Refusal(errors.BODY_TOO_LARGE)
        if not part and not more:
            return Refusal(errors.BODY_MISSING) if policy.policy.body_required else None
        if policy.reads_body:
            refusal = check_body(policy, part)
            if refusal is not None:
                return refusal
        return Body(caller.stream(part, more, limit, self._patience), caller.length)

    async def _back(self, caller: Caller, passed: Pass, answered: Answered) -> Refusal | None:
        """Hand the answer back; a 205 has no content, whatever came with it.

        Spec: RFC 9110 §15.3.6.
        """
        status = answered.message.code
        if not 200 <= status <= _LAST_STATUS:
            return Refusal(errors.UPSTREAM_BROKEN, {"status": status})
        if not headers.is_sendable(answered.message.raw_headers):
            return Refusal(errors.UPSTREAM_BROKEN, {"at": "fields"})
        fields = self._answer_fields(caller, passed, answered.message)
        await caller.start(status, fields)
        if status == _RESET:
            await caller.finish(b"")
            return None
        content = answered.content
        try:
            if content.is_eof():
                await caller.finish(content.read_nowait(-1))
                return None
            while part := await content.readany():
                await caller.send_part(part, self._patience)
        except (ClientError, HttpProcessingError, OSError) as reason:
            return _failure(reason, "body")
        await caller.finish(b"")
        return None

    def _answer_fields(
        self, caller: Caller, passed: Pass, message: RawResponseMessage
    ) -> list[Field]:
        status, api = message.code, passed.api
        fields = headers.outbound(message.raw_headers)
        if status in _EMPTY_STATUS or status == _RESET:
            fields = [field for field in fields if field[0].lower() != b"content-length"]
        if status == _RESET:
            fields.append((b"content-length", b"0"))
        if 201 <= status < 400:
            public = f"{self._api_url}/{api.name}/v{api.version}"
            fields = relocate(fields, status, api.upstream, public)
        fields += cors.call_fields(caller.origin, self._origins)
        fields += caller.ids
        fields += caller.limits
        return fields


def _earlier(fields: list[Field]) -> bytes:
    via = combined(fields, b"via")
    return b"" if via is None or b"\n" in via or b"\r" in via else via + b", "


def _failure(reason: Exception, part: str) -> Refusal:
    row: ErrorRow = errors.UPSTREAM_BROKEN
    if isinstance(reason, TimeoutError):
        row = errors.UPSTREAM_SLOW
    elif isinstance(reason, (ClientConnectorError, ValueError)):
        row = errors.UPSTREAM_REFUSED
    return Refusal(row, {"at": part, "reason": type(reason).__name__})


@lru_cache(maxsize=4096)
def _forwarded(api_url: str, name: str, version: int, source: str) -> bytes:
    """What the upstream may know of the caller's address; what callers said of it themselves is dropped.

    Spec: RFC 7239 §4, §6.
    """
    scheme, _, host = api_url.partition("://")
    node = f'"[{source}]"' if ":" in source else source
    return (
        f"x-forwarded-for: {source}\r\n"
        f"x-forwarded-proto: {scheme}\r\n"
        f"x-forwarded-host: {host}\r\n"
        f"x-forwarded-prefix: /{name}/v{version}\r\n"
        f'forwarded: for={node};host="{host}";proto={scheme}\r\n'
    ).encode("latin-1")
