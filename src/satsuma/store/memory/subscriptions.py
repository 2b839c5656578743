"""Subscriptions in memory: what writes them; a client is found with its own."""

from __future__ import annotations

from dataclasses import replace

from satsuma.domain.subscriptions import SetSubscriptionState, Subscribe
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _subscribe(t: Tables, effect: Subscribe, changes: Changes) -> None:
    subscription = effect.subscription
    application = known(t.application.get(subscription.application_id), "application-unknown")
    require(subscription.api_id in t.api, "api-unknown")
    pair = (subscription.application_id, subscription.api_id)
    require(pair not in t.subscription, "subscribed")
    t.put(t.subscription, pair, subscription)
    t.put(t.apis_of, pair[0], (*t.apis_of.get(pair[0], ()), pair[1]))
    changes.announce("client", application.client_id)


def _set_subscription_state(t: Tables, effect: SetSubscriptionState, changes: Changes) -> None:
    pair = (effect.application_id, effect.api_id)
    subscription = known(t.subscription.get(pair), "subscription-unknown")
    t.put(t.subscription, pair, replace(subscription, state=effect.state))
    changes.announce("client", t.application[effect.application_id].client_id)


WRITERS: Writers = {
    Subscribe: _subscribe,
    SetSubscriptionState: _set_subscription_state,
}
