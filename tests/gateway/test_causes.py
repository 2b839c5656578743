"""Every row of the catalogue is reached over a socket by a real cause; no row is without one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from satsuma.demo.poi import Poi
from satsuma.domain.apis import RequestPolicy
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.limits import Limits
from satsuma.http.messages import Later, Request
from satsuma.store.port import Unavailable
from tests.gateway import upstreams
from tests.gateway.wire import Reply, ask, connected, read_reply
from tests.gateway.world import (
    CLIENT_ID,
    OTHER_ISSUER,
    SEAL,
    World,
    a_client,
    on_plan,
    raw_upstream,
    revoke,
    running,
)
from tests.wire.record.refusals import check_recorded

Cause = Callable[[World], Awaitable[Reply]]
CAUSES: dict[str, Cause] = {}
SHOPS = "/poi/v1/shops?postalCode=35000"


def cause(row: ErrorRow) -> Callable[[Cause], Cause]:
    def keep(function: Cause) -> Cause:
        assert row.slug not in CAUSES
        CAUSES[row.slug] = function
        return function

    return keep


def simple(row: ErrorRow, target: str = SHOPS, *fields: tuple[str, str], **how: Any) -> None:
    """A cause that is in the request alone."""

    async def send(world: World) -> Reply:
        return await ask(world.port, target, world.bearer(), *fields, **how)

    cause(row)(send)


def under(row: ErrorRow, policy: RequestPolicy, *said: Any, **how: Any) -> None:
    """A cause that is in the request and what the API's policy demands."""

    async def send(world: World) -> Reply:
        world.change_api(policy=policy)
        target, *fields = said or (SHOPS,)
        return await ask(world.port, target, world.bearer(), *fields, **how)

    cause(row)(send)


def changed(row: ErrorRow, change: Callable[[World], Any], **token: Any) -> None:
    """A cause that is in what the gateway knows, or in the token."""

    async def send(world: World) -> Reply:
        bearer = world.bearer(**token)
        change(world)
        return await ask(world.port, SHOPS, bearer)

    cause(row)(send)


def nothing(world: World) -> None:
    """Change nothing."""


def keep(*said: Any, **changes: Any) -> Callable[[World], None]:
    return lambda world: world.keep(a_client(*said, **changes))


FIELDS = (("size", "[SML]", True), ("colour", "[a-z]+", False))
JSON = RequestPolicy(body_fields=FIELDS)
simple(errors.PATH_UNSAFE, "/poi/v1/a/%2e%2e/b")
simple(errors.PATH_MALFORMED, "/poi/v1/a%zz")
under(errors.BODY_MISSING, RequestPolicy(body_required=True), SHOPS, method="POST")
under(errors.BODY_MALFORMED, JSON, SHOPS, method="POST", body=b'{"size": ')
under(errors.BODY_FIELD_MISSING, JSON, SHOPS, method="POST", body=b'{"colour": "red"}')
under(errors.BODY_FIELD_INVALID, JSON, SHOPS, method="POST", body=b'{"size": "XXL"}')
under(errors.HEADER_MISSING, RequestPolicy(headers=(("X-Trace", "[0-9]+", True),)))
under(
    errors.HEADER_INVALID,
    RequestPolicy(headers=(("X-Trace", "[0-9]+", True),)),
    SHOPS,
    ("X-Trace", "abc"),
)
simple(errors.UPGRADE_UNSUPPORTED, SHOPS, ("Upgrade", "websocket"))
under(errors.QUERY_MISSING, RequestPolicy(query=(("city", ".*", True),)))
under(errors.QUERY_INVALID, RequestPolicy(query=(("postalCode", "75[0-9]{3}", True),)))
changed(errors.TOKEN_OF_OTHER_ISSUER, nothing, iss=OTHER_ISSUER)
changed(errors.TOKEN_OF_OTHER_AUDIENCE, nothing, aud=("http://api.example/other/v1",))
changed(errors.TOKEN_EXPIRED, nothing, exp=int(time.time()) - 1)
changed(errors.TOKEN_REVOKED, lambda world: revoke(world, "token", "jti-1"))
changed(errors.GRANT_REVOKED, lambda world: revoke(world, "grant", "g"), grant_id="g")
changed(errors.CREDENTIALS_RENEWED, lambda world: revoke(world, "client", f"{CLIENT_ID}.1"))
changed(errors.SUBJECT_REVOKED, lambda world: revoke(world, "subject", "s"), sub="s")
changed(errors.APPLICATION_UNKNOWN, nothing, client_id="D" * 32)
changed(errors.APPLICATION_PENDING, keep("pending"))
changed(errors.APPLICATION_REVOKED, keep("revoked"))
changed(errors.APPLICATION_BLOCKED, keep("blocked"))
changed(errors.NOT_SUBSCRIBED, keep(subscription=None))
changed(errors.SUBSCRIPTION_PENDING, keep(subscription="pending"))
changed(errors.SUBSCRIPTION_REVOKED, keep(subscription="revoked"))
changed(errors.SUBSCRIPTION_REFUSED, keep(subscription="refused"))
changed(errors.SCOPE_MISSING, nothing, scope="poi:admin")
changed(errors.USER_BLOCKED, lambda world: world.blocked.add("s"), sub="s")
simple(errors.ORIGIN_REFUSED, SHOPS, ("Origin", "https://b.example"))
simple(errors.API_UNKNOWN, "/nothing/v1/x")
simple(errors.VERSION_UNKNOWN, "/poi/v2/shops")
changed(errors.API_RETIRED, lambda world: world.change_api(life_cycle="retired"))
simple(errors.RESOURCE_NOT_FOUND, "/poi/v1/shops/shop-999")
under(errors.METHOD_REFUSED, RequestPolicy(methods=("GET",)), SHOPS, method="DELETE")
under(
    errors.NOT_PRODUCED,
    RequestPolicy(produces=("application/json",)),
    SHOPS,
    ("Accept", "text/html, application/json;q=0"),
)
under(
    errors.LENGTH_MISSING,
    RequestPolicy(length_required=True),
    SHOPS,
    method="POST",
    body=b"a",
    chunked=True,
)
under(errors.BODY_TOO_LARGE, RequestPolicy(max_body=9), SHOPS, method="POST", body=b"0123456789")
simple(errors.URI_TOO_LONG, "/poi/v1/shops?" + "a" * 9000)
under(
    errors.MEDIA_TYPE_REFUSED,
    RequestPolicy(consumes=("application/json",)),
    SHOPS,
    ("Content-Type", "text/plain"),
    method="POST",
    body=b"a",
)
under(errors.POLICY_UNUSABLE, RequestPolicy(query=(("a", "(", True),)))


@cause(errors.CREDENTIALS_MISSING)
async def no_credentials(world: World) -> Reply:
    return await ask(world.port, SHOPS + "&access_token=" + world.token())


@cause(errors.BEARER_PREFIX_MISSING)
async def no_prefix(world: World) -> Reply:
    return await ask(world.port, SHOPS, ("Authorization", world.token()))


@cause(errors.AUTHORIZATION_REPEATED)
async def twice(world: World) -> Reply:
    return await ask(world.port, SHOPS, world.bearer(), world.bearer())


@cause(errors.TOKEN_FORGED)
async def forged(world: World) -> Reply:
    token = world.token()
    middle = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    return await ask(world.port, SHOPS, ("Authorization", f"Bearer {middle}"))


@cause(errors.SPIKE_ARREST)
async def spike(world: World) -> Reply:
    world.change_api(limits=Limits(spike_per_second=2))
    for _ in range(2):
        assert (await ask(world.port, SHOPS, world.bearer())).status == 200
    return await ask(world.port, SHOPS, world.bearer())


@cause(errors.QUOTA_EXCEEDED)
async def quota(world: World) -> Reply:
    world.change_api(limits=Limits(quotas=((2, 3600),)))
    for _ in range(2):
        assert (await ask(world.port, SHOPS, world.bearer())).status == 200
    return await ask(world.port, SHOPS, world.bearer())


@cause(errors.PRECONDITION_FAILED)
async def precondition(world: World) -> Reply:
    where = "/poi/v1/favourites/shop-001"
    how: dict[str, Any] = {"method": "PUT", "body": b'{"note": "near"}'}
    assert (await ask(world.port, where, world.bearer(), **how)).status == 201
    return await ask(world.port, where, world.bearer(), ("If-Match", '"other"'), **how)


@cause(errors.CONFLICT)
async def conflict(world: World) -> Reply:
    where = "/poi/v1/favourites/shop-002"
    how: dict[str, Any] = {"method": "PUT", "body": b'{"note": "near"}'}
    assert (await ask(world.port, where, world.bearer(), **how)).status == 201
    return await ask(world.port, where, world.bearer(), **how)


@cause(errors.REQUEST_TOO_SLOW)
async def slow_body(world: World) -> Reply:
    name, value = world.bearer()
    head = f"POST {SHOPS} HTTP/1.1\r\nHost: x\r\n{name}: {value}\r\nContent-Length: 10\r\n\r\n"
    async with raw_upstream(upstreams.ok) as upstream, connected(world.port) as (reader, writer):
        world.change_api(upstream=upstream)
        writer.write(head.encode() + b"half")
        return await read_reply(reader)


@cause(errors.INTERNAL_ERROR)
async def unexpected(world: World) -> Reply:
    world.look_up_fails = ArithmeticError("a fault of ours")
    reply = await ask(world.port, SHOPS, world.bearer(client_id="D" * 32))
    assert [type(each) for each in world.unexpected] == [ArithmeticError]
    return reply


@cause(errors.SIGNING_KEY_MISSING)
async def no_signing_key(world: World) -> Reply:
    world.ring.load((SEAL,), datetime.now(UTC))
    return await ask(world.port, SHOPS, world.bearer())


@cause(errors.UPSTREAM_REFUSED)
async def refused(world: World) -> Reply:
    async with upstreams.nobody() as upstream:
        world.change_api(upstream=upstream)
        return await ask(world.port, SHOPS, world.bearer())


@cause(errors.UPSTREAM_BROKEN)
async def broken(world: World) -> Reply:
    async with raw_upstream(upstreams.garbled) as upstream:
        world.change_api(upstream=upstream)
        return await ask(world.port, SHOPS, world.bearer())


@cause(errors.UPSTREAM_SLOW)
async def slow_upstream(world: World) -> Reply:
    async with raw_upstream(upstreams.silent) as upstream:
        world.change_api(upstream=upstream, timeout=1)
        return await ask(world.port, SHOPS, world.bearer())


@cause(errors.REPLICA_STALE)
async def stale(world: World) -> Reply:
    world.replica.read_at = time.monotonic() - 31
    return await ask(world.port, SHOPS, world.bearer())


@cause(errors.LOOK_UP_FAILED)
async def look_up_failed(world: World) -> Reply:
    world.look_up_fails = Unavailable("the database is away")
    return await ask(world.port, SHOPS, world.bearer(client_id="D" * 32))


@cause(errors.QUOTA_UNKNOWN)
async def quota_unknown(world: World) -> Reply:
    world.recall_fails = Unavailable("the database is away")
    world.change_api(limits=Limits(quotas=((2, 86_400),)))
    return await ask(world.port, SHOPS, world.bearer())


@cause(errors.OVER_CAPACITY)
async def over_capacity(world: World) -> Reply:
    return await while_one_is_under_way(
        world, lambda: world.change_api(limits=Limits(concurrency=1))
    )


@cause(errors.CONCURRENCY_EXCEEDED)
async def concurrency_exceeded(world: World) -> Reply:
    return await while_one_is_under_way(world, lambda: on_plan(world, Limits(concurrency=1)))


async def while_one_is_under_way(world: World, limit: Callable[[], None]) -> Reply:
    began = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.set()
        await upstreams.silent(reader, writer)

    async with raw_upstream(hold) as upstream:
        world.change_api(upstream=upstream)
        limit()
        first = asyncio.create_task(ask(world.port, SHOPS, world.bearer()))
        await began.wait()
        reply = await ask(world.port, SHOPS, world.bearer())
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    return reply


def check(*fields: tuple[str, str], query: bytes = b"") -> Cause:
    """A cause at `/auth/check`, whose answer is the value that the front would send."""

    async def send(world: World) -> Reply:
        pairs = [(name.lower().encode(), value.encode()) for name, value in fields]
        pairs.append((b"authorization", world.bearer()[1].encode()))
        request = Request(b"GET", b"/auth/check", query, pairs, b"", "127.0.0.1", "id-1")
        answer = world.auth_check(request)
        assert not isinstance(answer, Later)
        head = [(k.decode(), v.decode()) for k, v in (*answer.block.fields, *answer.extra)]
        return Reply(answer.block.status, head, answer.body, True)

    return send


CAUSES[errors.ADDRESS_MISSING.slug] = check()
CAUSES[errors.ADDRESS_AMBIGUOUS.slug] = check(
    ("X-Original-URI", "/poi/v1/shops"), ("X-Forwarded-Uri", "/poi/v1/admin")
)
AT_AUTH_CHECK = {errors.ADDRESS_MISSING.slug, errors.ADDRESS_AMBIGUOUS.slug}
OF_THE_UPSTREAM = {
    row.slug for row in (errors.RESOURCE_NOT_FOUND, errors.PRECONDITION_FAILED, errors.CONFLICT)
}
ROWS = {row.slug: row for row in errors.ROWS}


@pytest.mark.parametrize("slug", CAUSES)
@pytest.mark.spec("RFC 6750 §3.1")
async def test_a_real_cause_reaches_its_row(slug: str) -> None:
    row = ROWS[slug]
    async with (
        running(Poi()) as port,
        World(f"http://127.0.0.1:{port}", body_patience=0.2).serving() as world,
    ):
        reply = await CAUSES[slug](world)
        check_recorded(reply)
        assert reply.status == (403 if slug in AT_AUTH_CHECK else row.status)
        envelope = {"code": row.code, "message": row.message, "description": row.says}
        assert json.loads(reply.body) == envelope
        assert reply.header("content-type") == "application/json"
        if slug not in OF_THE_UPSTREAM:
            assert slug in world.slugs()
        if slug != errors.INTERNAL_ERROR.slug:
            assert world.unexpected == []


def test_no_row_is_without_a_cause() -> None:
    assert CAUSES.keys() == ROWS.keys()
    assert len(ROWS) == len(errors.ROWS)


def test_every_number_of_the_catalogue_is_reached() -> None:
    reached = {ROWS[slug].code for slug in CAUSES}
    assert reached >= {*range(20, 29), 40, 41, 42, *range(50, 54), *range(60, 70), 1, 5, 6}


async def test_the_body_of_expired_credentials_is_exactly_the_published_one() -> None:
    async with World().serving() as world:
        reply = await ask(world.port, SHOPS, world.bearer(exp=int(time.time()) - 1))
        assert reply.body == (
            b'{"code": 42, "message": "Expired credentials", "description": '
            b'"The requested service needs credentials, and the ones provided were out-of-date."}'
        )
        assert reply.header("cache-control") == "no-store"


CHALLENGES: list[tuple[ErrorRow, str]] = [
    (errors.CREDENTIALS_MISSING, 'Bearer realm="satsuma"'),
    (errors.BEARER_PREFIX_MISSING, 'Bearer realm="satsuma"'),
    (errors.NOT_SUBSCRIBED, 'Bearer realm="satsuma"'),
    (
        errors.TOKEN_EXPIRED,
        'Bearer realm="satsuma", error="invalid_token", error_description="The requested service '
        'needs credentials, and the ones provided were out-of-date."',
    ),
    (
        errors.SCOPE_MISSING,
        'Bearer realm="satsuma", error="insufficient_scope", error_description="The application '
        'that makes the request is not authorized to access this endpoint.", scope="poi:read"',
    ),
    (
        errors.AUTHORIZATION_REPEATED,
        'Bearer realm="satsuma", error="invalid_request", error_description="One or more request '
        'headers hold an invalid value."',
    ),
]


@pytest.mark.parametrize(("row", "challenge"), CHALLENGES, ids=[r.slug for r, _ in CHALLENGES])
@pytest.mark.spec("RFC 6750 §3")
async def test_the_challenge_names_the_error_where_a_token_was_sent(
    row: ErrorRow, challenge: str
) -> None:
    async with World().serving() as world:
        reply = await CAUSES[row.slug](world)
        assert reply.headers("www-authenticate") == [challenge]


@pytest.mark.spec("RFC 9110 §15.5.6")
async def test_a_refused_method_is_told_which_ones_there_are() -> None:
    async with World(policy=RequestPolicy(methods=("GET", "PUT"))).serving() as world:
        reply = await ask(world.port, "/poi/v1/x", world.bearer(), method="POST")
        assert (reply.status, reply.header("allow")) == (405, "GET, PUT")
