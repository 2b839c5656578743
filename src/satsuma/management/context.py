"""What every management operation works with, and how it refuses."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeVar

from satsuma.domain.audit import Audit
from satsuma.keys.client_secret import SecretDigest
from satsuma.keys.randomness import Draw
from satsuma.keys.vault import Vault
from satsuma.management.fields import BadValue
from satsuma.store.port import Conflict, Store

T = TypeVar("T")
ATTEMPTS: Final = 5


class NotPossible(Exception):
    """An operation cannot be done; the text says why and how to mend it, for a person to read. `slug` is stable."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


@dataclass(frozen=True, slots=True)
class ManagementContext:
    """The store, the keys, the clock, and who acts (`cli:root`, `account:acc_...`), for the audit row."""

    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    actor: str
    secrets: Literal["show", "show-once"] = "show"

    @property
    def draw(self) -> Draw:
        """What ids and secrets are drawn by."""
        return self.vault.draw

    @property
    def digest(self) -> SecretDigest:
        """The keyed digest of client secrets."""
        return SecretDigest(self.vault)

    def audit(self, action: str, what: str, **detail: object) -> Audit:
        """The audit row of an operation; `detail` holds no secret."""
        return Audit(self.clock(), self.actor, action, what, json.dumps(detail, sort_keys=True))


def as_not_possible(conflict: Conflict, says: Mapping[str, str]) -> NotPossible:
    """What a commit that did not happen means to a person: by its slug, never as something else."""
    meanwhile = f"Something changed meanwhile ({conflict.slug}): look again, then try again"
    return NotPossible(conflict.slug, says.get(conflict.slug, meanwhile))


@contextlib.contextmanager
def possible() -> Iterator[None]:
    """Refuse an operation that meets a value which cannot be taken; raises NotPossible."""
    try:
        yield
    except BadValue as problem:
        raise NotPossible(problem.slug, str(problem)) from None


async def attempt(operation: Callable[[], Awaitable[T]]) -> T:
    """Let an operation read, judge and commit anew where another came between, a few times; raises NotPossible."""
    slug = ""
    for _ in range(ATTEMPTS):
        try:
            return await operation()
        except Conflict as conflict:
            slug = conflict.slug
    raise NotPossible(slug, "It was changed meanwhile, each time anew: try again")
