"""Protected APIs in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.apis import (
    Api,
    ApiDocument,
    CreateApi,
    PutApiDocument,
    ReplaceApi,
    SetLifeCycle,
)
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _create_api(t: Tables, effect: CreateApi, changes: Changes) -> None:
    api = effect.api
    taken = any(
        other.api_id == api.api_id
        or (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
    )
    require(not taken and api.api_id not in t.tomb, "api-exists")
    t.put(t.api, api.api_id, api)
    changes.announce("apis", api.api_id)


def _replace_api(t: Tables, effect: ReplaceApi, changes: Changes) -> None:
    api = effect.api
    require(known(t.api.get(api.api_id), "api-unknown") == effect.expected, "api-changed")
    taken = any(
        (other.name, other.version) == (api.name, api.version)
        or other.resource_id == api.resource_id
        for other in t.api.values()
        if other.api_id != api.api_id
    )
    require(not taken, "api-exists")
    t.put(t.api, api.api_id, api)
    changes.announce("apis", api.api_id)


def _set_life_cycle(t: Tables, effect: SetLifeCycle, changes: Changes) -> None:
    api = known(t.api.get(effect.api_id), "api-unknown")
    t.put(t.api, api.api_id, replace(api, life_cycle=effect.life_cycle))
    changes.announce("apis", api.api_id)


def _put_api_document(t: Tables, effect: PutApiDocument, changes: Changes) -> None:
    document = effect.document
    require(document.api_id in t.api, "api-unknown")
    t.put(t.api_document, document.api_id, document)


WRITERS: Writers = {
    CreateApi: _create_api,
    ReplaceApi: _replace_api,
    SetLifeCycle: _set_life_cycle,
    PutApiDocument: _put_api_document,
}


class ApiQueries(Query):
    def list_apis(self) -> Sequence[Api]:
        """List all APIs, by name and version."""
        return sorted(self._tables.api.values(), key=lambda a: (a.name, a.version))

    def find_api_document(self, api_id: str) -> ApiDocument | None:
        """Find the document that describes an API."""
        return self._tables.api_document.get(api_id)
