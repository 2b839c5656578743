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
NAME_PATTERN: Final = r"[a-z][a-z0-9-]{1,40}(?:/(?!v[0-9]+(?:/|\Z))[a-z][a-z0-9-]{0,40})?"
"""One segment of the path, or two as in `userdetails/fr`; the second does not look like a version."""

_API_NAME = re.compile(NAME_PATTERN)


def is_api_name(name: str) -> bool:
    """Say whether an API may have this name; what its first segment would hide is reserved."""
    return bool(_API_NAME.fullmatch(name)) and name.partition("/")[0] not in RESERVED
