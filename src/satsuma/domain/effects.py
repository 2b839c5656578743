"""What every effect is.

The effects of a commit are written together or not at all. One whose condition does not hold makes the whole commit
conflict, and its docstring says with which slug. Each stands in the file of what it changes, beside the facts.
"""

from __future__ import annotations


class Effect:
    """What a decision does to the store, as a frozen value; its fields are the parameters of its statement."""

    __slots__ = ()
