"""Names that no API may take, because our own routes stand there."""

from __future__ import annotations

import re
from typing import Final

RESERVED: Final = frozenset(
    [
        ".well-known",
        "account",
        "accounts",
        "admin",
        "apps",
        "assets",
        "auth",
        "authorize",
        "connected",
        "consent",
        "dev",
        "device",
        "device_authorization",
        "docs",
        "errors",
        "favicon.ico",
        "feed",
        "guide",
        "guides",
        "healthz",
        "introspect",
        "jwks",
        "login",
        "logout",
        "metrics",
        "oauth",
        "openidconnect",
        "par",
        "portal",
        "readyz",
        "register",
        "revoke",
        "robots.txt",
        "satsuma",
        "sign-up",
        "static",
        "token",
        "userinfo",
    ]
)
_API_NAME = re.compile(r"[a-z][a-z0-9-]{1,40}\Z")


def is_api_name(name: str) -> bool:
    """Say whether an API may have this name."""
    return bool(_API_NAME.match(name)) and name not in RESERVED
