"""Subscriptions in SQL: what writes and lists them; a client is found with its own."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.subscriptions import ChangeSubscription, Subscribe, Subscription
from satsuma.store.sql.apis import FIND_API
from satsuma.store.sql.applications import FIND_CLIENT_ID, client_id_of
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add, marks, names, select, unchanged
from satsuma.store.sql.plans import FIND_PLAN
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of, was_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

_PAIR = "application_id = :application_id AND api_id = :api_id"
ADD_SUBSCRIPTION = add("subscription", Subscription)
LOAD_SUBSCRIPTION = select("subscription", Subscription) + f" WHERE {_PAIR}"
REPLACE_SUBSCRIPTION = (
    f"UPDATE subscription SET ({names(Subscription)}) = ({marks(Subscription)}) "
    f"WHERE {_PAIR} AND {unchanged(Subscription)} RETURNING {client_id_of('subscription')}"
)
LIST_WAITING = (
    select("subscription", Subscription)
    + " WHERE state = 'pending' ORDER BY created_at, application_id, api_id LIMIT :limit"
)


def _subscribe(transaction: Transaction, effect: Subscribe, changes: Changes) -> None:
    values = values_of(effect.subscription)
    client_id = single_value(transaction.rows(FIND_CLIENT_ID, values), "application-unknown")
    single_value(transaction.rows(FIND_API, values), "api-unknown")
    _require_plan(transaction, effect.subscription)
    require(transaction.run(ADD_SUBSCRIPTION, values), "subscribed")
    changes.announce("client", client_id)


def _change(transaction: Transaction, effect: ChangeSubscription, changes: Changes) -> None:
    values = values_of(effect.subscription)
    present = transaction.rows(LOAD_SUBSCRIPTION, values)
    require(present, "subscription-unknown")
    _require_plan(transaction, effect.subscription)
    values |= was_of(effect.expected, present[0])
    changed = transaction.rows(REPLACE_SUBSCRIPTION, values)
    changes.announce("client", single_value(changed, "subscription-changed"))


def _require_plan(transaction: Transaction, subscription: Subscription) -> None:
    if subscription.plan_id is not None:
        plan = {"plan_id": subscription.plan_id}
        single_value(transaction.rows(FIND_PLAN, plan), "plan-unknown")


WRITERS: Writers = {
    Subscribe: steps(_subscribe, taken="application-unknown"),
    ChangeSubscription: steps(_change),
}


class SubscriptionQueries(Query):
    def list_waiting(self, limit: int) -> Sequence[Subscription]:
        """List subscriptions that wait for a decision, the oldest first."""
        return self._all(Subscription, LIST_WAITING, limit=limit)
