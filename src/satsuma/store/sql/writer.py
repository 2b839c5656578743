"""How an effect becomes SQL: most are one statement, the others a few steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from satsuma.domain.effects import Effect
from satsuma.store.port import Conflict
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.rows import Fact, values_of, was_of
from satsuma.store.sql.transaction import Transaction

Write = Callable[[Transaction, Any, Changes], None]


class Writer(NamedTuple):
    """What writes an effect.

    `taken` is the conflict where a unique or a foreign key of the database does not hold, though what the effect
    itself asked first said that it would; empty where it touches no such key. `text` is the statement, where it is one
    and stands in the table of writers itself.
    """

    write: Write
    taken: str = ""
    text: str = ""


Writers = Mapping[type[Effect], Writer]


def statement(
    text: str, conflict: str = "", *, tells: str = "", of: str = "", taken: str = ""
) -> Writer:
    """Write an effect by one statement on its fields, or on those of the fact in its field `of`.

    `conflict` where it changes no row. `tells` announces the ids that it RETURNS, under that kind.
    """

    def write(transaction: Transaction, effect: Any, changes: Changes) -> None:
        values = values_of(getattr(effect, of) if of else effect)
        if tells:
            rows = transaction.rows(text, values)
            done = len(rows)
            for (changed,) in sorted(rows):
                changes.announce(tells, changed)
        else:
            done = transaction.run(text, values)
        if conflict and not done:
            raise Conflict(conflict)

    return Writer(write, taken or conflict, text)


def replaced(
    transaction: Transaction,
    load: str,
    replace: str,
    fact: Fact,
    expected: Fact,
    *,
    unknown: str,
    changed: str,
) -> Any:
    """Replace a row that still is as expected by a fact; give what the statement RETURNS.

    `load` reads it as it is: conflicts `unknown` without it, `changed` where it is another.
    """
    values = values_of(fact)
    present = transaction.rows(load, values)
    require(present, unknown)
    return single_value(transaction.rows(replace, values | was_of(expected, present[0])), changed)


def steps(write: Write, taken: str = "") -> Writer:
    """Write an effect by a function of several statements, each a constant beside it."""
    return Writer(write, taken)
