"""What every operation on a person's own account works with, and how it declines."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from satsuma.accounts.attempts import LoginAttempts
from satsuma.accounts.password_hashing import Hashing
from satsuma.accounts.policy import AccountPolicy
from satsuma.accounts.stored_costs import StoredCosts
from satsuma.domain.audit import Audit
from satsuma.keys.opaque import Digests
from satsuma.keys.vault import Vault
from satsuma.store.port import Store


class Declined(Exception):
    """An operation is not done; `slug` says why, `wait` in how many seconds it may be tried again."""

    def __init__(self, slug: str, wait: float = 0.0) -> None:
        super().__init__(slug)
        self.slug = slug
        self.wait = wait


@dataclass(frozen=True, slots=True)
class AccountContext:
    """The store, the keys, the clock and the bounds of operations on accounts."""

    store: Store
    vault: Vault
    policy: AccountPolicy
    hashing: Hashing
    attempts: LoginAttempts
    clock: Callable[[], datetime]
    costs: StoredCosts

    @property
    def links(self) -> Digests:
        """The keyed digest of links sent by mail."""
        return Digests(self.vault, "link-digest")

    def audit(self, account_id: str, action: str, **detail: object) -> Audit:
        """The audit row of something that a person did; `detail` holds no secret and no address."""
        text = json.dumps(detail, sort_keys=True)
        return Audit(self.clock(), f"account:{account_id}", action, f"account:{account_id}", text)
