"""Plans in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.plans import ChangePlan, CreatePlan, Plan
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _create_plan(t: Tables, effect: CreatePlan, changes: Changes) -> None:
    plan = effect.plan
    require(plan.plan_id not in t.plan and not _is_named(t, plan), "plan-exists")
    t.put(t.plan, plan.plan_id, plan)
    changes.announce("plans", plan.plan_id)


def _change_plan(t: Tables, effect: ChangePlan, changes: Changes) -> None:
    plan = effect.plan
    require(known(t.plan.get(plan.plan_id), "plan-unknown") == effect.expected, "plan-changed")
    require(not _is_named(t, plan), "plan-exists")
    t.put(t.plan, plan.plan_id, plan)
    changes.announce("plans", plan.plan_id)


def _is_named(t: Tables, plan: Plan) -> bool:
    return any(each.name == plan.name for each in t.plan.values() if each.plan_id != plan.plan_id)


WRITERS: Writers = {
    CreatePlan: _create_plan,
    ChangePlan: _change_plan,
}


class PlanQueries(Query):
    def list_plans(self) -> Sequence[Plan]:
        """List all plans by name."""
        return sorted(self._tables.plan.values(), key=lambda plan: plan.name)
