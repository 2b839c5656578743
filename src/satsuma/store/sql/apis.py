"""Protected APIs in SQL: what writes and finds them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.apis import (
    Api,
    ApiDocument,
    CreateApi,
    PutApiDocument,
    ReplaceApi,
    SetLifeCycle,
)
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.clauses import add, marks, names, select, unchanged
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.tombs import not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, replaced, statement, steps

ADD_API = add("api", Api, not_buried("api_id"))
REPLACE_API = (
    f"UPDATE api SET ({names(Api)}) = ({marks(Api)}) "
    f"WHERE api_id = :api_id AND {unchanged(Api)} RETURNING api_id"
)
LOAD_API = select("api", Api) + " WHERE api_id = :api_id"
FIND_API = "SELECT api_id FROM api WHERE api_id = :api_id"
LIST_APIS = select("api", Api) + " ORDER BY name, version"
PUT_DOCUMENT = (
    f"INSERT INTO api_document ({names(ApiDocument)}) SELECT {marks(ApiDocument)} "
    f"WHERE EXISTS ({FIND_API}) ON CONFLICT (api_id) DO UPDATE SET "
    "digest = excluded.digest, packed = excluded.packed"
)
FIND_DOCUMENT = select("api_document", ApiDocument) + " WHERE api_id = :api_id"


def _create_api(transaction: Transaction, effect: CreateApi, changes: Changes) -> None:
    require(transaction.run(ADD_API, values_of(effect.api)), "api-exists")
    changes.announce("apis", effect.api.api_id)


def _replace_api(transaction: Transaction, effect: ReplaceApi, changes: Changes) -> None:
    slugs = {"unknown": "api-unknown", "changed": "api-changed"}
    api_id = replaced(transaction, LOAD_API, REPLACE_API, effect.api, effect.expected, **slugs)
    changes.announce("apis", api_id)


WRITERS: Writers = {
    CreateApi: steps(_create_api, taken="api-exists"),
    ReplaceApi: steps(_replace_api, taken="api-exists"),
    SetLifeCycle: statement(
        "UPDATE api SET life_cycle = :life_cycle WHERE api_id = :api_id RETURNING api_id",
        "api-unknown",
        tells="apis",
    ),
    PutApiDocument: statement(PUT_DOCUMENT, "api-unknown", of="document"),
}


class ApiQueries(Query):
    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""
        return self._all(Api, LIST_APIS)

    def find_api_document(self, api_id: str) -> ApiDocument | None:
        """Find the document that describes an API."""
        return self._one(ApiDocument, FIND_DOCUMENT, api_id=api_id)
