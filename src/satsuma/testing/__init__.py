"""The test double: the real platform in this process, with a clock that a test moves and a switchboard of faults.

Owns the pytest plugin, the servers of a test, what they saw, and the same from outside the process by a key. Does not
own any rule: every answer that no fault makes is the platform's own. Importing it imports nothing of the platform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satsuma.testing.faults import Faults
    from satsuma.testing.requests import SeenRequest
    from satsuma.testing.server import SatsumaServer, running
    from satsuma.testing.values import Api, Application, Issuer, Refused, Tokens, User

__all__ = [
    "Api",
    "Application",
    "Faults",
    "Issuer",
    "Refused",
    "SatsumaServer",
    "SeenRequest",
    "Tokens",
    "User",
    "running",
]

_PLACES = {
    "Faults": "faults",
    "SatsumaServer": "server",
    "SeenRequest": "requests",
    "running": "server",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"satsuma.testing.{_PLACES.get(name, 'values')}"), name)
