"""Subscriptions in memory: what writes and lists them; a client is found with its own."""

from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.subscriptions import ChangeSubscription, Subscribe, Subscription
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _subscribe(t: Tables, effect: Subscribe, changes: Changes) -> None:
    subscription = effect.subscription
    application = known(t.application.get(subscription.application_id), "application-unknown")
    require(subscription.api_id in t.api, "api-unknown")
    _require_plan(t, subscription)
    pair = (subscription.application_id, subscription.api_id)
    require(pair not in t.subscription, "subscribed")
    t.put(t.subscription, pair, subscription)
    t.put(t.apis_of, pair[0], (*t.apis_of.get(pair[0], ()), pair[1]))
    changes.announce("client", application.client_id)


def _change(t: Tables, effect: ChangeSubscription, changes: Changes) -> None:
    subscription = effect.subscription
    pair = (subscription.application_id, subscription.api_id)
    present = known(t.subscription.get(pair), "subscription-unknown")
    _require_plan(t, subscription)
    require(present == effect.expected, "subscription-changed")
    t.put(t.subscription, pair, subscription)
    changes.announce("client", t.application[subscription.application_id].client_id)


def _require_plan(t: Tables, subscription: Subscription) -> None:
    require(subscription.plan_id is None or subscription.plan_id in t.plan, "plan-unknown")


WRITERS: Writers = {
    Subscribe: _subscribe,
    ChangeSubscription: _change,
}


class SubscriptionQueries(Query):
    def list_waiting(self, limit: int) -> Sequence[Subscription]:
        """List subscriptions that wait for a decision, the oldest first."""
        waiting = [each for each in self._tables.subscription.values() if each.state == "pending"]
        waiting.sort(key=lambda each: (each.created_at, each.application_id, each.api_id))
        return waiting[:limit]
