"""Client spaces in SQL: what writes and finds them and their owners."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.domain.accounts import Account
from satsuma.domain.spaces import CreateSpace, Space
from satsuma.store.sql.accounts import FIND_ACCOUNT
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.tombs import not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

ADD_SPACE = add("space", Space, not_buried("space_id"))
ADD_OWNER = (
    "INSERT INTO membership (space_id, account_id, role) VALUES (:space_id, :owner_id, 'owner')"
)
FIND_SPACE = select("space", Space) + " WHERE space_id = :space_id"
FIND_SPACE_OF = select("space", Space) + " WHERE owner_id = :account_id"
FIND_OWNER = (
    select("account", Account)
    + " WHERE account_id = (SELECT s.owner_id FROM space s WHERE s.space_id = :space_id)"
)


def _create_space(transaction: Transaction, effect: CreateSpace, changes: Changes) -> None:
    values = values_of(effect.space)
    owner = transaction.rows(FIND_ACCOUNT, {"account_id": effect.space.owner_id})
    single_value(owner, "account-unknown")
    require(transaction.run(ADD_SPACE, values), "space-exists")
    transaction.run(ADD_OWNER, values)


WRITERS: Writers = {CreateSpace: steps(_create_space, taken="account-unknown")}


class SpaceQueries(Query):
    def find_space_of(self, account_id: str) -> Space | None:
        """Find the space that an account owns."""
        return self._one(Space, FIND_SPACE_OF, account_id=account_id)

    def find_owner(self, space_id: str) -> Account | None:
        """Find the account that owns a space."""
        return self._one(Account, FIND_OWNER, space_id=space_id)
