"""The desk: what every management operation works with, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from satsuma.keys.client_secret import SecretDigest
from satsuma.keys.vault import Vault
from satsuma.rules.effects import Audit
from satsuma.store.port import Store


class NotPossible(Exception):
    """An operation cannot be done; the text says why and how to mend it, for a person to read. `slug` is stable."""

    def __init__(self, slug: str, says: str) -> None:
        """Give the cause and the sentence."""
        super().__init__(says)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class Desk:
    """The store, the keys, the clock, and who acts (`cli:root`, `account:acc_...`), for the audit row."""

    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    actor: str
    secrets: Literal["show", "show-once"] = "show"

    @property
    def digest(self) -> SecretDigest:
        """The keyed digest of client secrets."""
        return SecretDigest(self.vault)

    def audit(self, action: str, what: str, **detail: object) -> Audit:
        """Give the audit row of an operation; `detail` holds no secret."""
        return Audit(self.clock(), self.actor, action, what, json.dumps(detail, sort_keys=True))
