"""The relay: one admitted call to its upstream, and the answer back, both as they come."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Final

from aiohttp import ClientConnectorError, ClientError, ClientResponse
from multidict import istr

from satsuma.gateway import cors, errors, headers
from satsuma.gateway.access import Pass, Refusal
from satsuma.gateway.caller import Caller, Gone
from satsuma.gateway.identity import Identities
from satsuma.gateway.request_policy import CompiledPolicy, check_body
from satsuma.gateway.target import Target
from satsuma.gateway.upstream import Data, Upstreams, address, relocate
from satsuma.protocol.errors import Row
from satsuma.protocol.http import Field

_EMPTY_STATUS: Final = frozenset({204, 304})
_LAST_STATUS: Final = 599
_VIA: Final = istr("via")
_AUTHORIZATION: Final = istr("authorization")
_CONTENT_LENGTH: Final = istr("content-length")
_REQUEST_ID: Final = istr("x-oapi-request-id")
_OUR_REQUEST_ID: Final = istr("x-satsuma-request-id")
_Fields = list[tuple[istr, str]]


class Relay:
    """Carries calls that may pass."""

    def __init__(
        self,
        upstreams: Upstreams,
        identities: Identities,
        api_url: str,
        body_patience: float,
        origins: cors.Origins,
    ) -> None:
        """Carry to `upstreams`, as `api_url`."""
        self._upstreams = upstreams
        self._identities = identities
        self._api_url = api_url
        self._patience = body_patience
        self._origins = origins

    async def run(
        self, caller: Caller, target: Target, passed: Pass, policy: CompiledPolicy
    ) -> Refusal | None:
        """Carry one call; give the refusal where the upstream, or the caller's body, fails.

        A caller who leaves cancels the upstream call.
        """
        main = asyncio.current_task()
        assert main is not None  # noqa: S101 - a coroutine runs in a task
        try:
            return await self._carry(caller, target, passed, policy, main)
        except asyncio.CancelledError:
            if not caller.gone:
                raise
            main.uncancel()
            raise Gone from None
        finally:
            caller.stop_watching()

    async def _carry(
        self,
        caller: Caller,
        target: Target,
        passed: Pass,
        policy: CompiledPolicy,
        main: asyncio.Task[None],
    ) -> Refusal | None:
        try:
            fields = self._fields(caller, passed)
        except UnicodeDecodeError:
            return Refusal(errors.HEADER_INVALID)
        data: Data = None
        if caller.has_body:
            try:
                read = await self._body(caller, policy, main, fields)
            except TimeoutError:
                return Refusal(errors.REQUEST_TOO_SLOW)
            if isinstance(read, Refusal):
                return read
            data = read
        else:
            caller.watch_for_leaving(main)
        where = address(passed.api.upstream, target.rest, caller.query)
        try:
            response = await self._upstreams.call(passed.api, caller.method, where, fields, data)
        except (ClientError, OSError, ValueError) as reason:
            return _failure(caller, reason, "head")
        return await self._back(caller, passed, response)

    def _fields(self, caller: Caller, passed: Pass) -> _Fields:
        """Give the fields that the upstream sees: the caller's that may pass, then ours.

        Spec: RFC 9110 §7.6.1, §7.6.3; RFC 7239 §4.
        """
        named = headers.named_by_connection(caller.fields)
        fields = headers.inbound(caller.fields, named)
        via = headers.find(caller.fields, b"via")
        ours = "1.1 satsuma" if via is None else f"{via.decode('latin-1')}, 1.1 satsuma"
        fields.append((_VIA, ours))
        fields += self._identities.of(passed).fields
        fields += _forwarded(self._api_url, passed.api.name, passed.api.version, caller.source)
        fields.append((_REQUEST_ID, caller.supplied_id or caller.request_id))
        if caller.supplied_id is not None:
            fields.append((_OUR_REQUEST_ID, caller.request_id))
        if passed.api.forward_authorization:
            fields.append((_AUTHORIZATION, caller.authorization[0].decode()))
        return fields

    async def _body(
        self,
        caller: Caller,
        policy: CompiledPolicy,
        main: asyncio.Task[None],
        fields: _Fields,
    ) -> Data | Refusal:
        """Give the body: whole where it came with its head or must be checked, else as a stream."""
        limit = policy.policy.max_body
        body, more = await caller.read(self._patience)
        if policy.reads_body:
            parts = [body]
            size = len(body)
            while more and size <= limit:
                body, more = await caller.read(self._patience)
                parts.append(body)
                size += len(body)
            body = b"".join(parts)
        if len(body) > limit:
            return Refusal(errors.BODY_TOO_LARGE)
        if not body and not more:
            if policy.policy.body_required:
                return Refusal(errors.BODY_MISSING)
            caller.watch_for_leaving(main)
            return None
        if policy.reads_body:
            refusal = check_body(policy, body)
            if refusal is not None:
                return refusal
        if caller.length is not None:
            fields.append((_CONTENT_LENGTH, caller.length.decode("ascii")))
        if not more:
            caller.watch_for_leaving(main)
            return body
        return caller.stream(body, limit, self._patience, main)

    async def _back(self, caller: Caller, passed: Pass, response: ClientResponse) -> Refusal | None:
        status = response.status
        if not 200 <= status <= _LAST_STATUS:
            response.close()
            return Refusal(errors.UPSTREAM_BROKEN, detail=(("status", status),))
        try:
            fields = self._answer_fields(caller, passed, response)
            await caller.start(status, fields)
            content = response.content
            if content.is_eof():
                await caller.send({"type": "http.response.body", "body": content.read_nowait(-1)})
                return None
            while chunk := await content.readany():
                await caller.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await caller.send({"type": "http.response.body", "body": b""})
            return None
        except (ClientError, OSError) as reason:
            return _failure(caller, reason, "body")
        finally:
            if not response.closed:
                response.close()

    def _answer_fields(self, caller: Caller, passed: Pass, response: ClientResponse) -> list[Field]:
        status, api = response.status, passed.api
        fields = headers.outbound(response.raw_headers)
        if status in _EMPTY_STATUS:
            fields = [field for field in fields if field[0].lower() != b"content-length"]
        if 201 <= status < 400:
            public = f"{self._api_url}/{api.name}/v{api.version}"
            fields = relocate(fields, status, api.upstream, public)
        fields += cors.call_fields(caller.origin, self._origins)
        fields += caller.ids
        return fields


def _failure(caller: Caller, reason: Exception, part: str) -> Refusal:
    """Give the refusal for a call that broke: the caller's doing first, then the upstream's."""
    if caller.gone:
        raise Gone from None
    if caller.refusal is not None:
        return caller.refusal
    row: Row = errors.UPSTREAM_BROKEN
    if isinstance(reason, TimeoutError):
        row = errors.UPSTREAM_SLOW
    elif isinstance(reason, ClientConnectorError):
        row = errors.UPSTREAM_REFUSED
    return Refusal(row, detail=(("at", part), ("reason", type(reason).__name__)))


@lru_cache(maxsize=4096)
def _forwarded(api_url: str, name: str, version: int, source: str) -> tuple[tuple[istr, str], ...]:
    """Give what the upstream may know of the caller's address; what callers said of it themselves is dropped.

    Spec: RFC 7239 §4, §6.
    """
    scheme, _, host = api_url.partition("://")
    node = f'"[{source}]"' if ":" in source else source
    return (
        (istr("x-forwarded-for"), source),
        (istr("x-forwarded-proto"), scheme),
        (istr("x-forwarded-host"), host),
        (istr("x-forwarded-prefix"), f"/{name}/v{version}"),
        (istr("forwarded"), f'for={node};host="{host}";proto={scheme}'),
    )
