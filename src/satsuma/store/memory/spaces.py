"""Client spaces in memory: what writes and finds them and their owners."""

from __future__ import annotations

from satsuma.domain.accounts import Account
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.store.memory.changes import Changes, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _create_space(t: Tables, effect: CreateSpace, changes: Changes) -> None:
    space = effect.space
    require(space.owner_id in t.account, "account-unknown")
    taken = space.space_id in t.space or space.space_id in t.tomb
    owned = any(s.owner_id == space.owner_id for s in t.space.values())
    require(not taken and not owned, "space-exists")
    t.put(t.space, space.space_id, space)
    t.put(t.membership, (space.space_id, space.owner_id), "owner")


WRITERS: Writers = {
    CreateSpace: _create_space,
}


class SpaceQueries(Query):
    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return next((s for s in self._tables.space.values() if s.owner_id == account_id), None)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space."""
        space = self._tables.space.get(space_id)
        return self._tables.account.get(space.owner_id) if space else None
