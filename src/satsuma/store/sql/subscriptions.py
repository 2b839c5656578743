"""Subscriptions in SQL: what writes them; a client is found with its own."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from satsuma.domain.subscriptions import SetSubscriptionState, Subscribe, Subscription
from satsuma.store.sql.apis import FIND_API
from satsuma.store.sql.applications import FIND_CLIENT_ID, client_id_of
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import add
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, statement, steps

ADD_SUBSCRIPTION = add("subscription", Subscription)


def _subscribe(transaction: Transaction, effect: Subscribe, changes: Changes) -> None:
    values = values_of(effect.subscription)
    client_id = single_value(transaction.rows(FIND_CLIENT_ID, values), "application-unknown")
    single_value(transaction.rows(FIND_API, values), "api-unknown")
    require(transaction.run(ADD_SUBSCRIPTION, values), "subscribed")
    changes.announce("client", client_id)


WRITERS: Writers = {
    Subscribe: steps(_subscribe, taken="application-unknown"),
    SetSubscriptionState: statement(
        "UPDATE subscription SET state = :state "
        "WHERE application_id = :application_id AND api_id = :api_id "
        f"RETURNING {client_id_of('subscription')}",
        "subscription-unknown",
        tells="client",
    ),
}
