"""A HAR file as browsers export it, one entry of it, or one request."""

from __future__ import annotations

import json
import urllib.parse
from typing import Any, Final

from satsuma.samples.reading.address import read_address
from satsuma.samples.reading.globbing import MOST
from satsuma.samples.reading.ledger import Ledger
from satsuma.samples.reading.marks import has_mark
from satsuma.samples.reading.multipart import Part, body_of
from satsuma.samples.reading.reading import Reading, reading_of
from satsuma.samples.reading.unreadable import Unreadable
from satsuma.samples.reading.wire import FORM, Wire

LONGEST: Final = 4 * 1024 * 1024
_OF_CONNECTION: Final = frozenset(("host", "content-length", "connection", "accept-encoding", "te"))


def read_har(text: str) -> Reading:
    """What the entries of a HAR ask for, in their order; raises Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(f"A HAR of more than {LONGEST // 1024 // 1024} MB is not read")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("The text is not JSON") from None
    if has_mark(text) or has_mark(json.dumps(found, ensure_ascii=False)):
        raise Unreadable("The text has signs that stand for no character")
    requests = _requests(found)
    if len(requests) > MOST:
        raise Unreadable(f"More than {MOST} requests: export the one that you want")
    ledger = Ledger()
    ledger.note(
        "What belongs to the connection (Host, Accept-Encoding, lengths) clients write by themselves."
    )
    return reading_of([_wire(request, n) for n, request in enumerate(requests, 1)], ledger)


def _requests(found: Any) -> list[Any]:
    if isinstance(found, dict) and isinstance(found.get("log"), dict):
        entries = found["log"].get("entries")
        if not isinstance(entries, list):
            raise Unreadable("The HAR has no entries")
        return [entry.get("request") if isinstance(entry, dict) else None for entry in entries]
    if isinstance(found, dict) and "request" in found:
        return [found["request"]]
    return [found]


def _wire(request: Any, number: int) -> Wire:
    if not isinstance(request, dict) or not all(
        isinstance(request.get(name), str) for name in ("method", "url")
    ):
        raise Unreadable(f"Entry {number} has no request with a method and an address")
    method = request["method"].upper()
    if not method.replace("-", "").isalnum() or not method.isascii():
        raise Unreadable(f"Entry {number} has a method that is none")
    address = read_address(request["url"])
    headers = [
        pair
        for pair in _pairs(request.get("headers"), number)
        if pair[0][:1] != ":" and pair[0].lower() not in _OF_CONNECTION
    ]
    wire = Wire(method, address.url, headers, basic=address.user)
    if wire.named("authorization") is not None:
        wire.basic = None
    cookies = _pairs(request.get("cookies"), number)
    if cookies and wire.named("cookie") is None:
        wire.headers.append(("Cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
    if isinstance(request.get("postData"), dict):
        _body(wire, request["postData"], number)
    return wire


def _body(wire: Wire, data: dict[str, Any], number: int) -> None:
    kind = data.get("mimeType") if isinstance(data.get("mimeType"), str) else ""
    text = data.get("text")
    params = data.get("params")
    if wire.named("content-type") is None and kind:
        wire.headers.append(("Content-Type", kind))
    if isinstance(text, str) and text:
        wire.body = text
    elif isinstance(params, list) and params:
        if str(kind).startswith("multipart/form-data"):
            parts = [_part(each, number) for each in params]
            wire.body, boundary = body_of(parts, backslashes=False)
            wire.drop("content-type")
            wire.headers.append(("Content-Type", f"multipart/form-data; boundary={boundary}"))
        else:
            wire.form = [(name, _decoded(value)) for name, value in _pairs(params, number)]
            if (wire.named("content-type") or "").partition(";")[0].strip().lower() == FORM:
                wire.drop("content-type")


def _decoded(value: str) -> str:
    """The parameters of Firefox and Chrome are as they were sent."""
    return urllib.parse.unquote_plus(value)


def _part(each: Any, number: int) -> Part:
    if not isinstance(each, dict) or not isinstance(each.get("name"), str):
        raise Unreadable(f"Entry {number} has a parameter without a name")
    kind = each.get("contentType")
    file = each.get("fileName")
    return Part(
        each["name"],
        str(each.get("value") or ""),
        file if isinstance(file, str) else None,
        kind if isinstance(kind, str) else None,
    )


def _pairs(found: Any, number: int) -> list[tuple[str, str]]:
    if found is None:
        return []
    good = isinstance(found, list) and all(
        isinstance(each, dict)
        and isinstance(each.get("name"), str)
        and isinstance(each.get("value", ""), str)
        for each in found
    )
    if not good:
        raise Unreadable(f"Entry {number} has names and values that are none")
    return [(each["name"], each.get("value", "")) for each in found]
