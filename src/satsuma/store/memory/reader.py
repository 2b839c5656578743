"""The memory store's reader."""

from __future__ import annotations

from satsuma.store.memory.accounts import AccountQueries
from satsuma.store.memory.apis import ApiQueries
from satsuma.store.memory.applications import ApplicationQueries
from satsuma.store.memory.audit import AuditQueries
from satsuma.store.memory.consents import ConsentQueries
from satsuma.store.memory.grants import GrantQueries
from satsuma.store.memory.keys import KeyQueries
from satsuma.store.memory.meta import MetaQueries
from satsuma.store.memory.plans import PlanQueries
from satsuma.store.memory.request_log import RequestLogQueries
from satsuma.store.memory.revocations import RevocationQueries
from satsuma.store.memory.sessions import SessionQueries
from satsuma.store.memory.spaces import SpaceQueries
from satsuma.store.memory.subscriptions import SubscriptionQueries
from satsuma.store.memory.usage import UsageQueries
from satsuma.store.memory.usage_counts import UsageCountQueries
from satsuma.store.memory.work import WorkQueries


class MemoryReader(
    AccountQueries,
    SessionQueries,
    SpaceQueries,
    ApplicationQueries,
    ApiQueries,
    PlanQueries,
    SubscriptionQueries,
    UsageQueries,
    UsageCountQueries,
    ConsentQueries,
    GrantQueries,
    KeyQueries,
    RevocationQueries,
    AuditQueries,
    RequestLogQueries,
    WorkQueries,
    MetaQueries,
):
    """Facts as they stand while the store's lock is held: the queries of every aggregate."""
