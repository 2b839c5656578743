"""Plans: the limits that a subscription has in place of its API's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect
from satsuma.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class Plan:
    """What a provider offers under a name; `needs_approval` says that who asks for it waits for a decision."""

    plan_id: str
    name: str
    title: str
    limits: Limits
    needs_approval: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CreatePlan(Effect):
    """Add a plan; conflicts `plan-exists` on its name or its id."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ChangePlan(Effect):
    """Replace the plan with the same `plan_id`; conflicts `plan-changed` unless all of it still is as `expected`.

    Conflicts `plan-unknown` without it, `plan-exists` where another plan has its name.
    """

    plan: Plan
    expected: Plan
