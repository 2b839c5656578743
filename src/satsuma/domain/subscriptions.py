"""Subscriptions: which client may call which API, and by which plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.domain.effects import Effect

SubscriptionState = Literal["approved", "pending", "revoked", "refused"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """An application's use of an API, by a plan or by the API's own limits.

    `reason` is what a person was told of the last decision; empty where nobody said anything.
    """

    application_id: str
    api_id: str
    state: SubscriptionState
    created_at: datetime
    plan_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Subscribe(Effect):
    """Add a subscription; conflicts `subscribed` where there is one for the pair.

    Conflicts `application-unknown` or `api-unknown` where one of the pair is missing, `plan-unknown` without its plan.
    """

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class ChangeSubscription(Effect):
    """Replace the subscription of the pair; conflicts `subscription-changed` unless it still is as `expected`.

    Conflicts `subscription-unknown` without it, `plan-unknown` without its plan.
    """

    subscription: Subscription
    expected: Subscription
