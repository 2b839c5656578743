"""The documents of APIs as this process has them: parsed when first asked for, the last few kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from satsuma.domain.apis import Api, ApiDocument
from satsuma.management.api_documents import unpack
from satsuma.management.context import NotPossible
from satsuma.portal.reference.document import Document
from satsuma.store.port import Store

_MOST_KEPT: Final = 2 * 1024 * 1024
"""How much of them is kept parsed, counted as they are stored: a fifth to a tenth of their JSON."""


@dataclass(slots=True)
class Documents:
    """Finds the document of an API; one at a time is parsed, beside the server's own work."""

    store: Store
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    kept: OrderedDict[str, tuple[Document | None, int]] = field(default_factory=OrderedDict)

    async def find(self, api: Api) -> Document | None:
        """The document of an API; None without one, or where what is stored cannot be read."""
        if not api.openapi:
            return None
        async with self.turn:
            if api.openapi not in self.kept:
                stored = await self.stored(api)
                if stored is None:
                    return None
                document = await asyncio.to_thread(_parsed, stored)
                self._keep(stored.digest, document, len(stored.packed))
            if api.openapi not in self.kept:  # the API is a moment behind its document
                return None
            self.kept.move_to_end(api.openapi)
            return self.kept[api.openapi][0]

    async def stored(self, api: Api) -> ApiDocument | None:
        """The document of an API as it is stored."""
        return await self.store.read(lambda reader: reader.find_api_document(api.api_id))

    def _keep(self, digest: str, document: Document | None, size: int) -> None:
        self.kept[digest] = document, size
        while len(self.kept) > 1 and sum(each[1] for each in self.kept.values()) > _MOST_KEPT:
            self.kept.popitem(last=False)


def _parsed(stored: ApiDocument) -> Document | None:
    try:
        return Document(unpack(stored))
    except NotPossible:
        return None
