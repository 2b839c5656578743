"""The audit's background work in a server: sealing under a lease, and checkpoints outside the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from satsuma.app.loops import Loop
from satsuma.app.master_key import database_file
from satsuma.app.settings import Settings
from satsuma.audit import sealer
from satsuma.audit.checkpoints import EVERY, Checkpointer
from satsuma.keys.vault import Vault
from satsuma.outbox.leases import PAUSE, LeasedWork
from satsuma.store.port import Store

_LOOKS = 12
"""How often in a checkpoint's time it is looked whether one is due."""


def audit_work(
    settings: Settings, store: Store, vault: Vault, clock: Callable[[], datetime], log: Any
) -> list[Loop]:
    """The loops that seal the audit and write its checkpoints, each with its name."""
    seals = sealer.Sealer(store, vault)
    leased = LeasedWork(store, sealer.WORK, seals.is_due, seals.step, clock)
    work = [Loop("audit-sealer", PAUSE, leased.once)]
    file = checkpoints_file(settings)
    if file is not None:
        keeper = Checkpointer(store, vault, file, clock)
        every = EVERY.total_seconds() / _LOOKS
        work.append(Loop("audit-checkpoints", every, partial(keeper.look, log)))
    return work


def checkpoints_file(settings: Settings) -> Path | None:
    """The file of checkpoints: as set, or beside an embedded database; None where neither is."""
    if settings.checkpoints is not None:
        return Path(settings.checkpoints)
    file = database_file(settings)
    return None if file is None else file.with_name(file.name + ".checkpoints")
