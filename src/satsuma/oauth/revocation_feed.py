"""The revocation feed: an API, by its own credentials, is told at once what it must ask about again."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from satsuma.domain.apis import Api
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.revocations import Change
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.oauth.client_authentication import Caller, read_proof
from satsuma.oauth.issuer import IssuerContext
from satsuma.store.port import Reader, Unavailable
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form
from satsuma_client.protocol.revocation_feed import LONGEST_WAIT, FeedPage, digest_of

_PAGE: Final = 1000
_LOOK: Final = 0.1
"""Seconds between two looks at the replica, which follows the store by itself."""
_WAITING: Final = 32
"""Requests of one API that may wait in a process; more are answered at once."""
_NUMBER: Final = re.compile(r"[0-9]{1,18}\Z")
_EVERYTHING: Final = frozenset({"apis", "keys", "blocked"})
"""Changes after which an API asks about every token anew; they are seldom."""


class RevocationFeedEndpoint:
    """`GET /feed?after=NUMBER&wait=SECONDS` of the standard issuer.

    Without a number, or with one that is pruned, the page says `reset` and from where to go on. What is told are
    digests (`digest_of`), so that nobody learns of a client or a person from it.
    """

    def __init__(self, context: IssuerContext, leaving: Callable[[], bool]) -> None:
        """Answer for an issuer; nobody waits once the process is `leaving`."""
        self._context = context
        self._leaving = leaving
        self._waiting: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer | Later:
        """Find out which API asks, and from where."""
        try:
            if request.method not in (b"GET", b"HEAD"):
                raise Refused(Refusal(errors.METHOD_NOT_ALLOWED_HERE))
            self._context.check_fresh()
            api = self._api(request)
            after, wait = _asked(request)
        except Refused as refused:
            return self._refuse(request, refused.refusal)
        return Later(self._rendered(request, api, after, wait))

    def _api(self, request: Request) -> Api:
        """The API whose own credentials the header has; raises Refused."""
        authentication = self._context.authentication
        authorization = request.single(b"authorization")
        caller: Caller | None = authentication.recall(authorization, request.source)
        if caller is None:
            proof = read_proof({}, authorization)
            caller = authentication.identify_any_held(proof, request.source, authorization, False)
        if isinstance(caller, Api):
            return caller
        raise Refused(Refusal(errors.FEED_OF_A_CLIENT))

    async def _rendered(self, request: Request, api: Api, after: int | None, wait: int) -> Answer:
        try:
            if after is not None:
                await self._wait(api.api_id, after, wait)
            self._context.check_fresh()
            page = await self._context.store.read(lambda reader: _page(reader, after))
        except Unavailable:
            return self._refuse(request, Refusal(errors.NOT_READY))
        except Refused as refused:
            return self._refuse(request, refused.refusal)
        return Answer(PRIVATE_JSON, page.render())

    async def _wait(self, api_id: str, after: int, wait: int) -> None:
        """Wait until there is something newer, the time is over, or the process leaves."""
        if self._waiting[api_id] >= _WAITING:
            return
        self._waiting[api_id] += 1
        try:
            for _ in range(int(wait / _LOOK)):
                if self._context.replica.seq > after or self._leaving():
                    return
                await asyncio.sleep(_LOOK)
        finally:
            self._waiting[api_id] -= 1
            self._waiting += Counter()  # forgets those of whom none waits

    def _refuse(self, request: Request, refusal: Refusal) -> Answer:
        return self._context.refusals.answer(request, "feed", refusal, None)


def _asked(request: Request) -> tuple[int | None, int]:
    """After which number, and how long to wait for something newer; raises Refused."""
    try:
        given = parse_form(request.query)
    except Malformed as problem:
        raise refusal_of(problem) from None
    for name, text in given.items():
        if name in ("after", "wait") and not _NUMBER.match(text):
            raise Refused(Refusal(errors.FEED_NUMBER_BAD, {"parameter": name}))
    after = int(given["after"]) if "after" in given else None
    return after, min(int(given.get("wait", "0")), LONGEST_WAIT)


def _page(reader: Reader, after: int | None) -> FeedPage:
    head = reader.feed_head()
    if after is None or after < reader.feed_floor() or after > head:
        return FeedPage(head, True, ())
    changes = reader.feed_since(after, _PAGE)
    if any(change.kind in _EVERYTHING for change in changes):
        return FeedPage(head, True, ())
    told = dict.fromkeys(each for change in changes for each in _told(reader, change))
    return FeedPage(changes[-1].seq if changes else after, False, tuple(told))


def _told(reader: Reader, change: Change) -> list[str]:
    """What an API must ask about again after a change."""
    kind, _, revoked = change.kind.partition(":")
    if kind == "client":
        return [digest_of("client", change.id)]
    if revoked == "client":
        return [digest_of("client", change.id.partition(".")[0])]
    if revoked == "grant":
        grant = reader.find_grant(change.id)
        return [] if grant is None else [digest_of("subject", grant.sub)]
    return [digest_of(revoked, change.id)] if revoked else []
