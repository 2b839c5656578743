"""Keys in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.keys import AddKey, CountKeyUses, Key, SetKeyLife
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _add_key(t: Tables, effect: AddKey, changes: Changes) -> None:
    kid = effect.key.kid
    require(kid not in t.key and kid not in t.tomb, "key-exists")
    t.put(t.key, kid, effect.key)
    changes.announce("keys", kid)


def _set_key_life(t: Tables, effect: SetKeyLife, changes: Changes) -> None:
    key = known(t.key.get(effect.kid), "key-moved")
    require(key.retires_at == effect.expected_retires_at, "key-moved")
    t.put(t.key, key.kid, replace(key, retires_at=effect.retires_at, gone_at=effect.gone_at))
    changes.announce("keys", key.kid)


def _count_key_uses(t: Tables, effect: CountKeyUses, changes: Changes) -> None:
    key = t.key.get(effect.kid)
    if key:
        t.put(t.key, key.kid, replace(key, uses=key.uses + effect.uses))


WRITERS: Writers = {
    AddKey: _add_key,
    SetKeyLife: _set_key_life,
    CountKeyUses: _count_key_uses,
}


class KeyQueries(Query):
    def list_keys(self) -> Sequence[Key]:
        """List all keys that are not gone for good, oldest first."""
        return sorted(self._tables.key.values(), key=lambda k: (k.announced_at, k.kid))
