"""What writes an effect in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from satsuma.domain.effects import Effect
from satsuma.store.memory.changes import Changes
from satsuma.store.memory.tables import Tables

Writers = Mapping[type[Effect], Callable[[Tables, Any, Changes], None]]
