"""Subscriptions: which client may call which API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.domain.effects import Effect

SubscriptionState = Literal["approved", "pending", "revoked"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """An application's use of an API."""

    application_id: str
    api_id: str
    state: SubscriptionState
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Subscribe(Effect):
    """Add a subscription; conflicts `subscribed` where there is one for the pair.

    Conflicts `application-unknown` or `api-unknown` where one of the pair is missing.
    """

    subscription: Subscription


@dataclass(frozen=True, slots=True)
class SetSubscriptionState(Effect):
    """Move a subscription to another state; conflicts `subscription-unknown`."""

    application_id: str
    api_id: str
    state: SubscriptionState
