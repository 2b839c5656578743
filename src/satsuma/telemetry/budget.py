"""How much is written down of what anybody may cause: a bound a minute, by cause and by source."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

Kind = tuple[str, str, str]
"""A client, a source, and a cause."""

_OF_A_KIND: Final = 20
_OF_A_SOURCE: Final = 200
_SOURCES: Final = 10_000


@dataclass(slots=True)
class _Spent:
    minute: int
    rows: int


class Budget:
    """At most 20 a minute of one client, source and cause, 200 of one source.

    So no caller fills a disk, and no cause hides another.
    """

    def __init__(self) -> None:
        self._spent: OrderedDict[Kind, _Spent] = OrderedDict()

    def allows(self, kind: Kind, minute: int) -> bool:
        """Spend one of a kind in a minute, where there is any left."""
        if self._spend(kind, minute) > _OF_A_KIND:
            return False
        return self._spend(("", kind[1], ""), minute) <= _OF_A_SOURCE

    def _spend(self, key: Kind, minute: int) -> int:
        spent = self._spent.get(key)
        if spent is None or spent.minute != minute:
            spent = self._spent[key] = _Spent(minute, 0)
            if len(self._spent) > _SOURCES:
                self._spent.popitem(last=False)
        spent.rows += 1
        return spent.rows
