"""The grammar: what may stand on a connection, each request with the answers that it may have.

Bytes are text of Latin-1 with places for what a server's own run fills in, so that a case can be kept in a file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from tests.wire.server import FORM

HOST, PAGES, BEARER, BASIC, TOKEN, AUTHORIZE = (
    "<HOST>",
    "<PAGES>",
    "<BEARER>",
    "<BASIC>",
    "<TOKEN>",
    "<AUTHORIZE>",
)
GRANT = "grant_type=client_credentials"
CHUNKED = "Transfer-Encoding: chunked"
H2C = (
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
)
HALF_FORM, HALF_CALL = "/revoke", "/edge/v1/half"
"""Paths to which nothing but halves of requests is sent: whatever acts there has taken a half for the whole."""


@dataclass(frozen=True)
class Request:
    """Some bytes; `statuses` are those of the answer that they must have, None where nobody knows.

    `closes` says that the answer is the last on the connection.
    """

    data: str
    method: str
    statuses: tuple[int, ...] | None
    closes: bool = False


@dataclass(frozen=True)
class Case:
    """Requests on one connection, cut into parts at offsets; then `read`, or a `half` close, or a `reset`."""

    requests: tuple[Request, ...]
    cuts: tuple[int, ...] = ()
    end: str = "read"

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1) + "\n"

    @classmethod
    def of_json(cls, text: str) -> Case:
        members: dict[str, Any] = json.loads(text)
        requests = [
            Request(
                each["data"],
                each["method"],
                None if each["statuses"] is None else tuple(each["statuses"]),
                each["closes"],
            )
            for each in members["requests"]
        ]
        return cls(tuple(requests), tuple(members["cuts"]), members["end"])


def _head(line: str, *fields: str, host: str = HOST, version: str = "1.1") -> str:
    return "\r\n".join([f"{line} HTTP/{version}", f"Host: {host}", *fields]) + "\r\n\r\n"


def _form(path: str, *fields: str, version: str = "1.1", basic: bool = True) -> str:
    proof = (f"Authorization: {BASIC}",) if basic else ()
    kind = f"Content-Type: {FORM}"
    return _head(f"POST {path}", *proof, "Accept: application/json", kind, *fields, version=version)


def _chunks(random: Random, body: str, *trailers: str) -> str:
    """A body in chunks of any size, perhaps with extensions, and trailers."""
    parts, at = [], 0
    while at < len(body):
        size = random.randint(1, max(1, len(body) - at))
        extension = random.choice(["", "", "", ";a=b", ';x="y"'])
        parts.append(f"{size:x}{extension}\r\n{body[at : at + size]}\r\n")
        at += size
    return "".join(parts) + "0\r\n" + "".join(f"{each}\r\n" for each in trailers) + "\r\n"


def _trailers(random: Random) -> list[str]:
    known = [
        "X-Checksum: abc",
        f"Authorization: {BEARER}",
        "Authorization: Basic eDp5",
        "Host: elsewhere.example",
        "Accept: text/html",
        "Content-Type: text/plain",
        "X-Forwarded-For: 192.0.2.1",
        "Cookie: a=b",
        "Origin: https://elsewhere.example",
        "X-Satsuma-Client-Id: me",
        "X-Empty:",
    ]
    return random.choices(known, k=random.randint(0, 5))


def _offer(random: Random) -> tuple[str, ...]:
    """Mostly nothing; else an offer of another protocol, which must change nothing."""
    return random.choice([(), (), (), H2C, ("Connection: upgrade", "Upgrade: TLS/1.3")])


def _lists(random: Random) -> tuple[str, ...]:
    return random.choice(
        [(), (), ("Accept: text/html",), ("Accept: image/png", "Accept: */*;q=0.1")]
    )


def _framed(random: Random, make: Callable[..., str], body: str) -> str:
    """A request whose body has a length or comes in chunks."""
    fields = (*_offer(random), *_lists(random))
    if random.random() < 0.5:
        return make(f"Content-Length: {len(body)}", *fields) + body
    return make(CHUNKED, *fields) + _chunks(random, body, *_trailers(random))


def token(random: Random) -> Request:
    data = _framed(random, lambda *fields: _form("/oauth/v3/token", *fields), GRANT)
    return Request(data, "POST", (200,))


def introspection(random: Random) -> Request:
    make = lambda *fields: _form("/oauth/v3/introspect", *fields)  # noqa: E731
    return Request(_framed(random, make, f"token={'x' * random.randint(1, 60)}"), "POST", (200,))


def call(random: Random) -> Request:
    method = random.choice(["POST", "PUT", "PATCH"])
    path = random.choice(["/edge/v1/x", "/edge/v1/", "/edge/v1/a/b?c=d", "/edge/v1/open"])
    proof = f"Authorization: {BEARER}"
    body = "b" * random.choice([0, 1, 100, 5000])
    make = lambda *fields: _head(f"{method} {path}", proof, *fields)  # noqa: E731
    return Request(_framed(random, make, body), method, (200,))


def plain(random: Random) -> Request:
    method = random.choice(["GET", "HEAD", "GET"])
    path, statuses = random.choice(
        [
            ("/oauth/v3/jwks", (200,)),
            ("/healthz", (200,)),
            ("/.well-known/openid-configuration", (200,)),
            ("/nowhere", (404,)),
            ("/edge/v1/x", (200,)),
            ("/edge/v1/open", (200,)),
            ("/edge/v2/x", (404,)),
        ]
    )
    fields = (f"Authorization: {BEARER}", *_offer(random))
    return Request(_head(f"{method} {path}", *fields), method, statuses)


def page(random: Random) -> Request:
    path = random.choice(["/login", "/errors/", "/nowhere"])
    statuses = (404,) if path == "/nowhere" else (200,)
    return Request(_head(f"GET {path}", *_offer(random), host=PAGES), "GET", statuses)


def old(random: Random) -> Request:
    path, method = (
        random.choice(["/edge/v1/open", "/edge/v1/x", "/healthz", "/oauth/v3/jwks"]),
        "GET",
    )
    data = _head(f"GET {path}", f"Authorization: {BEARER}", *_offer(random), version="1.0")
    if random.random() < 0.3:
        method, data = (
            "POST",
            _form("/oauth/v3/token", f"Content-Length: {len(GRANT)}", version="1.0") + GRANT,
        )
    return Request(data, method, (200,), closes=True)


def proof_in_trailer(random: Random) -> Request:
    """A call whose only credentials stand in its trailer has none."""
    trailers = [*_trailers(random), f"Authorization: {random.choice([BEARER, BASIC])}"]
    random.shuffle(trailers)
    if random.random() < 0.5:
        data = _form("/oauth/v3/token", CHUNKED, basic=False) + _chunks(random, GRANT, *trailers)
    else:
        data = _head("POST /edge/v1/x", CHUNKED) + _chunks(random, "body", *trailers)
    return Request(data, "POST", (401, 429))


def long_trailer(random: Random) -> Request:
    """A trailer over its bounds: in fields, in bytes, or in one field without an end."""
    long = random.choice(
        [
            "".join(f"X-{n}: 1\r\n" for n in range(101)) + "\r\n",
            "".join(f"X-{n}: {'a' * 4000}\r\n" for n in range(9)) + "\r\n",
            "X: " + "a" * 90_000,
        ]
    )
    head = random.choice(
        [
            _form("/oauth/v3/token", CHUNKED),
            _form("/oauth/v3/introspect", CHUNKED),
            _head("POST /edge/v1/x", f"Authorization: {BEARER}", CHUNKED),
        ]
    )
    return Request(head + f"{len(GRANT):x}\r\n{GRANT}\r\n0\r\n{long}", "POST", (431,), closes=True)


def nested(random: Random) -> Request:
    """Text nested to any depth: in `claims`, and in a token."""
    depth = random.choice([2, 30, 33, 100, 900, 950, 980, 990, 1000, 1200, 2000, 3000])
    brackets = "[" * depth + "]" * depth
    if random.random() < 0.5:
        claims = '{"userinfo":{"email":' + brackets + "}}"
        query = claims.replace("{", "%7B").replace("}", "%7D").replace('"', "%22")
        return Request(_head(f"GET {AUTHORIZE}&claims={query}"), "GET", (302, 303))
    from satsuma_client.protocol.base64url import b64

    part = b64(f'{{"alg":"ES256","a":{brackets}}}'.encode()).decode()
    proof = f"Authorization: Bearer {part}.e30.eA"
    return Request(_head("GET /edge/v1/x", proof), "GET", (401,))


def large_scope(random: Random) -> Request:
    body = f"{GRANT}&scope=" + "+".join(
        f"edge:{n}" for n in range(random.choice([1, 50, 250, 1200]))
    )
    return Request(_form("/oauth/v3/token", f"Content-Length: {len(body)}") + body, "POST", (400,))


def repeated(random: Random) -> Request:
    """A field that may stand once, twice."""
    length = f"Content-Length: {len(GRANT)}"
    fields, statuses, closes = random.choice(
        [
            (("Authorization: Basic eDp5", length), (400,), False),
            ((f"Content-Type: {FORM}", length), (400,), False),
            (("Host: elsewhere.example", length), (400,), True),
            ((length, length), (400,), True),
            ((length, "Content-Length: 5"), (400,), True),
            ((length, CHUNKED), (400,), True),
            ((CHUNKED, CHUNKED), (400,), True),
            (("Transfer-Encoding: gzip, chunked",), (501,), True),
        ]
    )
    return Request(_form("/oauth/v3/token", *fields) + GRANT, "POST", statuses, closes)


def refused(random: Random) -> Request:
    """What is refused by the connection, which then closes."""
    data, status = random.choice(
        [
            ("\x00\x01\x02\r\n\r\n", 400),
            (_head("GET /healthz", "bad line"), 400),
            (_head("GET /healthz", "X: a\x00b"), 400),
            (_head("GET /healthz", version="3.0"), 400),
            (_head("GET /healthz", *(f"X-{n}: 1" for n in range(101))), 431),
            (_head("GET /healthz", "X: " + "a" * 33_000), 431),
            ("GET /healthz HTTP/1.1\r\nX: " + "a" * 90_000, 431),
            (_head("GET /" + "a" * 9000), 414),
            (_head("GET /edge/v1/x", "Connection: Upgrade", "Upgrade: websocket"), 400),
            (_form("/oauth/v3/token", CHUNKED) + "zz\r\n", 400),
            (_head("POST /edge/v1/x", f"Authorization: {BEARER}", CHUNKED) + "zz\r\n", 400),
        ]
    )
    return Request(data, "POST" if data.startswith("POST") else "GET", (status,), closes=True)


def large_body(random: Random) -> Request:
    """A form over its bound; whether the connection goes on is its front's affair."""
    path = random.choice(["/oauth/v3/token", "/oauth/v3/introspect", "/oauth/v3/jwks"])
    return Request(_form(path, "Content-Length: 20000") + "a" * 20_000, "POST", (413,))


GOOD: tuple[tuple[Callable[[Random], Request], int], ...] = (
    (token, 10),
    (introspection, 6),
    (call, 6),
    (plain, 10),
    (proof_in_trailer, 4),
    (large_scope, 3),
    (nested, 4),
    (page, 1),
)
LAST: tuple[tuple[Callable[[Random], Request], int], ...] = (
    (refused, 5),
    (long_trailer, 2),
    (old, 3),
    (repeated, 3),
    (large_body, 1),
)


def _one(random: Random, rules: tuple[tuple[Callable[[Random], Request], int], ...]) -> Request:
    (rule,) = random.choices([rule for rule, _ in rules], [weight for _, weight in rules])
    return rule(random)


def _cuts(random: Random, length: int) -> tuple[int, ...]:
    if random.random() < 0.6 or length < 2:
        return ()
    return tuple(sorted(random.sample(range(1, length), min(length - 1, random.randint(1, 4)))))


def pipeline(random: Random) -> Case:
    """Good requests, perhaps a last one that closes; each of them has its answer."""
    requests = [_one(random, GOOD) for _ in range(random.randint(0, 5))]
    if not requests or random.random() < 0.4:
        requests.append(_one(random, LAST))
    return Case(tuple(requests), _cuts(random, sum(len(each.data) for each in requests)))


def half(random: Random) -> Case:
    """A request that breaks off in its body, to a path where nothing else is sent."""
    body = f"token={TOKEN}"
    fields = (("Expect: 100-continue",) if random.random() < 0.3 else ()) + _offer(random)
    if random.random() < 0.5:
        make = lambda *fields: _form(HALF_FORM, *fields)  # noqa: E731
    else:
        make = lambda *fields: _head(f"POST {HALF_CALL}", f"Authorization: {BEARER}", *fields)  # noqa: E731
    if random.random() < 0.5:
        data = make("Content-Length: 4000", *fields) + body
    else:
        data = (
            make(CHUNKED, *fields)
            + "6\r\ntoken=\r\n1\r\nx\r\n"
            + random.choice(["", "0\r\n", "4\r\nab"])
        )
    before = [_one(random, GOOD)] if random.random() < 0.3 else []
    end = random.choice(["half", "reset", "half"])
    return Case((*before, Request(data, "POST", None)), (), end)


def broken(random: Random) -> Case:
    """A request that is reset at any of its bytes."""
    request = _one(random, (*GOOD, *LAST))
    at = random.randint(0, min(len(request.data), 3000))
    return Case((Request(request.data[:at], request.method, None),), (), "reset")


def garbled(random: Random) -> Case:
    """Requests with some bytes changed: nobody knows what they mean, but the answers are answers."""
    data = "".join(_one(random, (*GOOD, *LAST)).data for _ in range(random.randint(1, 3)))[:20_000]
    for _ in range(random.randint(1, 6)):
        at = random.randrange(max(len(data), 1))
        piece = random.choice(
            [
                chr(random.randrange(256)),
                "",
                "\r\n",
                "\n",
                " ",
                ":",
                "0\r\n\r\n",
                data[at : at + 40] * 2,
            ]
        )
        data = data[:at] + piece + data[at + random.randint(0, 3) :]
    return Case(
        (Request(data, "GET", None),), _cuts(random, len(data)), random.choice(["half", "reset"])
    )


def make_case(random: Random) -> Case:
    (rule,) = random.choices([pipeline, half, broken, garbled], [60, 8, 12, 20])
    return rule(random)
