"""The client side of OAuth 2.0, for applications; it knows nothing of the platform.

`protocol` is the standards as values, `client` the SDK, `resource` the protection of an API, `cli` the program
`satsuma`. The public names are imported when they are first used: importing this package imports nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from satsuma_client.client.access_token import AccessToken
    from satsuma_client.client.authorization_code import AuthorizationCode, LoggedIn
    from satsuma_client.client.caches.files import FileCache
    from satsuma_client.client.caches.in_keyring import KeyringCache
    from satsuma_client.client.caches.in_redis import RedisCache
    from satsuma_client.client.caches.memory import MemoryCache
    from satsuma_client.client.client_credentials import ClientCredentials
    from satsuma_client.client.login import PendingLogin
    from satsuma_client.client.private_key_jwt import PrivateKeyJwt
    from satsuma_client.client.refresh_token import RefreshToken
    from satsuma_client.client.web.login import Login
    from satsuma_client.http.errors import OAuthError
    from satsuma_client.http.events import Event

__version__ = "0.1.0"

_HOMES = {
    "AccessToken": "client.access_token",
    "AuthorizationCode": "client.authorization_code",
    "ClientCredentials": "client.client_credentials",
    "Event": "http.events",
    "FileCache": "client.caches.files",
    "Login": "client.web.login",
    "KeyringCache": "client.caches.in_keyring",
    "LoggedIn": "client.authorization_code",
    "MemoryCache": "client.caches.memory",
    "OAuthError": "http.errors",
    "PendingLogin": "client.login",
    "PrivateKeyJwt": "client.private_key_jwt",
    "RedisCache": "client.caches.in_redis",
    "RefreshToken": "client.refresh_token",
}

__all__ = [
    "AccessToken",
    "AuthorizationCode",
    "ClientCredentials",
    "Event",
    "FileCache",
    "KeyringCache",
    "LoggedIn",
    "Login",
    "MemoryCache",
    "OAuthError",
    "PendingLogin",
    "PrivateKeyJwt",
    "RedisCache",
    "RefreshToken",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
