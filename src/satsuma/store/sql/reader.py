"""The reader on SQL: facts out of one transaction's view."""

from __future__ import annotations

from satsuma.store.sql.accounts import AccountQueries
from satsuma.store.sql.apis import ApiQueries
from satsuma.store.sql.applications import ApplicationQueries
from satsuma.store.sql.audit import AuditQueries
from satsuma.store.sql.consents import ConsentQueries
from satsuma.store.sql.grants import GrantQueries
from satsuma.store.sql.keys import KeyQueries
from satsuma.store.sql.meta import MetaQueries
from satsuma.store.sql.plans import PlanQueries
from satsuma.store.sql.request_log import RequestLogQueries
from satsuma.store.sql.revocations import RevocationQueries
from satsuma.store.sql.sessions import SessionQueries
from satsuma.store.sql.spaces import SpaceQueries
from satsuma.store.sql.subscriptions import SubscriptionQueries
from satsuma.store.sql.usage import UsageQueries
from satsuma.store.sql.usage_counts import UsageCountQueries
from satsuma.store.sql.work import WorkQueries


class SqlReader(
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
    """Facts as one transaction sees them: the queries of every aggregate."""
