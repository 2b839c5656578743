"""Which `explain` and `requests` is meant: ours, which asks a profile's platform, or the platform's on its database."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

SHARED: Final = frozenset({"explain", "requests"})
"""Commands that both distributions have, by the same words."""
_OPTIONS: Final = ("--database", "--config")


def is_of_a_database(args: Sequence[str]) -> bool:
    """Say whether a database is named, on the command line or in the environment; or nobody has a profile here."""
    if any(each.partition("=")[0] in _OPTIONS for each in args) or "SATSUMA_DATABASE" in os.environ:
        return True
    from satsuma_client.cli import profiles

    return not profiles.path().exists()
