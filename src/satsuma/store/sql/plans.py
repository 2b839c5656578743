"""Plans in SQL: what writes and finds them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

from satsuma.domain.plans import ChangePlan, CreatePlan, Plan
from satsuma.store.sql.changes import Changes, require
from satsuma.store.sql.clauses import add, marks, names, select, unchanged
from satsuma.store.sql.query import Query
from satsuma.store.sql.rows import values_of
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, replaced, steps

ADD_PLAN = add("plan", Plan)
REPLACE_PLAN = (
    f"UPDATE plan SET ({names(Plan)}) = ({marks(Plan)}) "
    f"WHERE plan_id = :plan_id AND {unchanged(Plan)} RETURNING plan_id"
)
LOAD_PLAN = select("plan", Plan) + " WHERE plan_id = :plan_id"
FIND_PLAN = "SELECT plan_id FROM plan WHERE plan_id = :plan_id"
LIST_PLANS = select("plan", Plan) + " ORDER BY name"


def _create_plan(transaction: Transaction, effect: CreatePlan, changes: Changes) -> None:
    require(transaction.run(ADD_PLAN, values_of(effect.plan)), "plan-exists")
    changes.announce("plans", effect.plan.plan_id)


def _change_plan(transaction: Transaction, effect: ChangePlan, changes: Changes) -> None:
    slugs = {"unknown": "plan-unknown", "changed": "plan-changed"}
    plan_id = replaced(transaction, LOAD_PLAN, REPLACE_PLAN, effect.plan, effect.expected, **slugs)
    changes.announce("plans", plan_id)


WRITERS: Writers = {
    CreatePlan: steps(_create_plan, taken="plan-exists"),
    ChangePlan: steps(_change_plan, taken="plan-exists"),
}


class PlanQueries(Query):
    def list_plans(self) -> Sequence[Plan]:
        """List all plans by name."""
        return self._all(Plan, LIST_PLANS)
