"""Protecting an API: is this token good, is it for us, does it cover this call; in one line for each framework.

`bearer` reads the request, `jwt` and `introspection` verify, `server` decides, `hosts` are the frameworks' sockets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer
    from satsuma_client.resource.verified import Refused, VerifiedToken

__all__ = ["Refused", "ResourceServer", "VerifiedToken"]

_HOMES = {"Refused": "verified", "ResourceServer": "server", "VerifiedToken": "verified"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
