"""The POI API: shops by postal code, one shop, and the caller's favourites."""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlencode

from satsuma.demo.exchange import Exchange, Receive, Scope, Send, acknowledge_lifespan
from satsuma.demo.shops import SHOPS
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal, Refused

_POSTAL_CODE: Final = re.compile(r"[0-9]{5}\Z", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]{1,6}\Z", re.ASCII)
_MOST: Final = 50
_CLIENTS: Final = 1000
_FAVOURITES: Final = 100
_LONGEST_NOTE: Final = 200
_Handler = Callable[[Exchange, str], Awaitable[None]]


class Poi:
    """The API as an ASGI application; favourites live as long as the process, per client that the gateway names."""

    def __init__(self) -> None:
        self._favourites: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._routes: tuple[tuple[re.Pattern[str], dict[str, _Handler]], ...] = (
            (re.compile(r"/shops/?\Z"), {"GET": self._search}),
            (re.compile(r"/shops/([^/]+)\Z"), {"GET": self._shop}),
            (re.compile(r"/favourites/?\Z"), {"GET": self._list}),
            (
                re.compile(r"/favourites/([^/]+)\Z"),
                {"GET": self._favourite, "PUT": self._put, "DELETE": self._remove},
            ),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await acknowledge_lifespan(receive, send)
        if scope["type"] != "http":
            return
        exchange = Exchange(scope, receive, send)
        try:
            await self._route(exchange)
        except Refused as refused:
            await exchange.refuse(refused.refusal.row, refused.refusal.allow)

    async def _route(self, exchange: Exchange) -> None:
        for pattern, handlers in self._routes:
            match = pattern.match(exchange.path)
            if match is None:
                continue
            handler = handlers.get("GET" if exchange.method == "HEAD" else exchange.method)
            if handler is None:
                raise Refused(Refusal(errors.METHOD_REFUSED, allow=", ".join(handlers)))
            await handler(exchange, match[1] if match.groups() else "")
            return
        raise Refused(Refusal(errors.RESOURCE_NOT_FOUND))

    async def _search(self, exchange: Exchange, _: str) -> None:
        query = exchange.query()
        postal_code = query.get("postalCode")
        if not postal_code:
            raise Refused(Refusal(errors.QUERY_MISSING))
        if not _POSTAL_CODE.match(postal_code):
            raise Refused(Refusal(errors.QUERY_INVALID))
        limit = _number(query, "limit", 20, least=1, most=_MOST)
        offset = _number(query, "offset", 0, least=0, most=999_999)
        found = [s for s in SHOPS.values() if s["address"]["postalCode"] == postal_code]
        links = {"self": _page(exchange, postal_code, limit, offset)}
        if offset + limit < len(found):
            links["next"] = _page(exchange, postal_code, limit, offset + limit)
        if offset > 0:
            links["prev"] = _page(exchange, postal_code, limit, max(0, offset - limit))
        page = found[offset : offset + limit]
        paging = {"total": len(found), "limit": limit, "offset": offset, "links": links}
        await exchange.answer(200, {"shops": page, **paging})

    async def _shop(self, exchange: Exchange, shop_id: str) -> None:
        shop = _find_shop(shop_id)
        etag = _etag(shop)
        if exchange.headers.get(b"if-none-match") in (b"*", etag):
            await exchange.answer(304, None, (b"etag", etag))
        else:
            await exchange.answer(200, shop, (b"etag", etag))

    async def _list(self, exchange: Exchange, _: str) -> None:
        mine = self._of(exchange)
        await exchange.answer(200, {"favourites": [_entry(k, v) for k, v in mine.items()]})

    async def _favourite(self, exchange: Exchange, shop_id: str) -> None:
        entry = self._found(exchange, shop_id)
        await exchange.answer(200, entry, (b"etag", _etag(entry)))

    async def _put(self, exchange: Exchange, shop_id: str) -> None:
        """Add a favourite, or change one that the caller has seen.

        Spec: RFC 9110 §13.1.1, §13.1.2.
        """
        _find_shop(shop_id)
        body = await exchange.body()
        if "note" not in body:
            raise Refused(Refusal(errors.BODY_FIELD_MISSING))
        note = body["note"]
        if not isinstance(note, str) or len(note) > _LONGEST_NOTE:
            raise Refused(Refusal(errors.BODY_FIELD_INVALID))
        mine = self._of(exchange)
        known = mine.get(shop_id)
        if known is not None:
            _check_seen(exchange, _entry(shop_id, known))
        elif b"if-match" in exchange.headers:
            raise Refused(Refusal(errors.PRECONDITION_FAILED))
        elif len(mine) >= _FAVOURITES:
            raise Refused(Refusal(errors.CONFLICT))
        mine[shop_id] = note
        entry = _entry(shop_id, note)
        fields = [(b"etag", _etag(entry))]
        if known is None:
            fields.append((b"location", exchange.address(f"/favourites/{shop_id}").encode()))
        await exchange.answer(200 if known is not None else 201, entry, *fields)

    async def _remove(self, exchange: Exchange, shop_id: str) -> None:
        _check_match(exchange, self._found(exchange, shop_id))
        del self._of(exchange)[shop_id]
        await exchange.answer(204, None)

    def _of(self, exchange: Exchange) -> dict[str, str]:
        client = exchange.headers.get(b"x-satsuma-client-id", b"").decode("latin-1")
        mine = self._favourites.get(client)
        if mine is None:
            while len(self._favourites) >= _CLIENTS:
                self._favourites.popitem(last=False)
            mine = self._favourites[client] = {}
        return mine

    def _found(self, exchange: Exchange, shop_id: str) -> dict[str, Any]:
        note = self._of(exchange).get(shop_id)
        if note is None:
            raise Refused(Refusal(errors.RESOURCE_NOT_FOUND))
        return _entry(shop_id, note)


def _number(query: dict[str, str], name: str, default: int, *, least: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not _NUMBER.match(text) or not least <= int(text) <= most:
        raise Refused(Refusal(errors.QUERY_INVALID))
    return int(text)


def _page(exchange: Exchange, postal_code: str, limit: int, offset: int) -> str:
    query = urlencode({"postalCode": postal_code, "limit": limit, "offset": offset})
    return exchange.address(f"/shops?{query}")


def _find_shop(shop_id: str) -> dict[str, Any]:
    shop = SHOPS.get(shop_id)
    if shop is None:
        raise Refused(Refusal(errors.RESOURCE_NOT_FOUND))
    return shop


def _entry(shop_id: str, note: str) -> dict[str, Any]:
    return {"shop": shop_id, "note": note}


def _etag(content: dict[str, Any]) -> bytes:
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return f'"{digest[:16]}"'.encode()


def _check_match(exchange: Exchange, entry: dict[str, Any]) -> None:
    """Refuse a change to what has changed since the caller saw it.

    Spec: RFC 9110 §13.1.1.
    """
    expected = exchange.headers.get(b"if-match")
    if expected not in (None, b"*", _etag(entry)):
        raise Refused(Refusal(errors.PRECONDITION_FAILED))


def _check_seen(exchange: Exchange, entry: dict[str, Any]) -> None:
    """Refuse to write over an entry that the caller does not say it knows.

    Spec: RFC 9110 §13.1.2, §15.5.10.
    """
    if b"if-none-match" in exchange.headers:
        raise Refused(Refusal(errors.PRECONDITION_FAILED))
    if b"if-match" not in exchange.headers:
        raise Refused(Refusal(errors.CONFLICT))
    _check_match(exchange, entry)


poi = Poi()
