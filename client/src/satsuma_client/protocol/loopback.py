"""By which names a machine speaks to itself."""

from __future__ import annotations

from typing import Final

LITERALS: Final = ("127.0.0.1", "::1")
NAMES: Final = ("localhost", *LITERALS)
