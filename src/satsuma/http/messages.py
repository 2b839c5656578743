"""A request and its answer as values, so that an endpoint is one function whatever carries its bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from satsuma.domain.errors.parsing import REPEATED_HEADER
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow

REQUEST_ID_HEADER: Final = b"x-oapi-request-id"


OUR_ID_HEADER: Final = b"x-satsuma-request-id"


_SUPPLIED = re.compile(rb"(?!sat_|sts_|stc_|srt_|OFR-|eyJ)[A-Za-z0-9._-]{8,64}\Z")
"""What is short and plain, and begins as no token, code, secret or JWT of ours does: it is logged and shown."""


def supplied_id(fields: dict[bytes, bytes]) -> str | None:
    """The caller's own request id when it has the right form, and is no secret in the wrong place."""
    value = fields.get(REQUEST_ID_HEADER)
    if value is None or not _SUPPLIED.match(value):
        return None
    return value.decode()


def request_ids(draw: Callable[[int], bytes]) -> Callable[[], str]:
    """The function that makes our own request ids: 24 hexadecimal digits, random."""
    return lambda: draw(12).hex()


Field = tuple[bytes, bytes]
_BLANK: Final = 0x20
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")


def read_field(name: bytes, value: bytes) -> Field:
    """A field as every front reads it: its name in lower case, its value without the blanks around it.

    These are no part of the value, and a judge that keeps them sees another one than whoever stands behind.

    Spec: RFC 9110 §5.1, §5.5.
    """
    if value and (
        value[-1] <= _BLANK or value[0] <= _BLANK
    ):  # seldom: asking is cheaper than stripping
        value = value.strip(b" \t")
    return name.lower(), value


def is_token(text: bytes) -> bool:
    """Say whether a text is a token, as methods are.

    Spec: RFC 9110 §5.6.2, §9.1.
    """
    return _TOKEN.match(text) is not None


def combined(headers: list[Field], name: bytes) -> bytes | None:
    """The one value of a field that is a list, however many lines it came in; None where there is none.

    Spec: RFC 9110 §5.3.
    """
    values = [value for field, value in headers if field == name]
    return b", ".join(values) if values else None


class Request:
    """A whole request: `headers` have lower-case names; `source` is the caller's address as far as it is trusted.

    `fields` is the same as a dictionary, the last of a repeated name standing. `request_id` is ours; `supplied_id` is
    the caller's own, when it has the right form. `client_id` and `slug` are set for the access log, where they are
    known: whose request it was, and by which row it was refused; `series` is what its client's usage is counted under,
    empty where it is not. `has_query` says that a `?` stands behind the path, even where nothing stands behind that.
    """

    __slots__ = (
        "body",
        "client_id",
        "fields",
        "has_query",
        "headers",
        "method",
        "path",
        "query",
        "request_id",
        "series",
        "slug",
        "source",
        "supplied_id",
    )

    def __init__(
        self,
        method: bytes,
        path: bytes,
        query: bytes,
        headers: list[Field],
        body: bytes,
        source: str,
        request_id: str,
        supplied_id: str | None = None,
        fields: dict[bytes, bytes] | None = None,
    ) -> None:
        self.fields = dict(headers) if fields is None else fields
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.source = source
        self.request_id = request_id
        self.supplied_id = supplied_id
        self.client_id: str | None = None
        self.slug = ""
        self.series = ""
        self.has_query = query != b""

    def header(self, name: bytes) -> bytes | None:
        """The first field of that name, None where there is none."""
        for field, value in self.headers:
            if field == name:
                return value
        return None

    def single(self, name: bytes) -> bytes | None:
        """The only field of that name; raises Refused where it is repeated, since two readers could differ."""
        found: bytes | None = None
        for field, value in self.headers:
            if field == name:
                if found is not None:
                    raise Refused(Refusal(REPEATED_HEADER, {"header": name.decode("latin-1")}))
                found = value
        return found


class Block:
    """A status and its constant fields, rendered once."""

    __slots__ = ("fields", "status", "wire")

    def __init__(self, status: int, *fields: Field) -> None:
        self.status = status
        self.fields = fields
        line = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
        self.wire = line + b"".join(b"%s: %s\r\n" % field for field in fields)


PRIVATE_JSON: Final = Block(
    200,
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"pragma", b"no-cache"),
)


def id_fields(request_id: str, supplied: str | None) -> tuple[Field, ...]:
    """The request id fields: the caller's own echoed with ours beside it, or ours alone."""
    if supplied is None:
        return ((REQUEST_ID_HEADER, request_id.encode()),)
    return ((REQUEST_ID_HEADER, supplied.encode()), (OUR_ID_HEADER, request_id.encode()))


class Answer(NamedTuple):
    """A response: a constant block, the body, and fields of this answer alone."""

    block: Block
    body: bytes
    extra: tuple[Field, ...] = ()


class Later(NamedTuple):
    """An answer that must wait for something: a coroutine on the same line, to be awaited once."""

    work: Coroutine[Any, Any, Answer]


Endpoint = Callable[[Request], Answer | Later]

RenderPage = Callable[[ErrorRow, Request], Answer]
"""Makes the page of a refusal that may not be redirected."""
