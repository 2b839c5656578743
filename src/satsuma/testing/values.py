"""What a server gives a test: its addresses, applications, people and tokens. No `repr` shows a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """The platform refused what a test asked it for; `status` and `body` are its answer."""

    def __init__(self, what: str, status: int, body: str) -> None:
        super().__init__(f"{what}: {status} {body[:500]}")
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class Issuer:
    """The addresses of one issuer; an endpoint that it has not is empty."""

    name: str
    url: str
    token_url: str
    authorize_url: str
    userinfo_url: str
    introspection_url: str
    revocation_url: str
    end_session_url: str
    jwks_url: str
    metadata_url: str
    discovery_url: str


@dataclass(frozen=True, slots=True)
class Application:
    """An application that was registered; a public one has neither secret nor header."""

    name: str
    application_id: str
    client_id: str
    client_secret: str = field(repr=False)
    authorization_header: str = field(repr=False)
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account, who can also log in by the pages."""

    email: str
    account_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Api:
    """An API behind the gateway: `url` is where clients call it."""

    name: str
    version: int
    url: str
    scopes: tuple[str, ...]
    resource_id: str
    resource_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The answer of the token endpoint; `raw` is all of it."""

    access_token: str = field(repr=False)
    expires_in: int
    scope: str
    refresh_token: str = field(repr=False)
    id_token: str = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Tokens:
        """Read an answer."""
        return cls(
            access_token=raw["access_token"],
            expires_in=int(raw["expires_in"]),
            scope=raw.get("scope", ""),
            refresh_token=raw.get("refresh_token", ""),
            id_token=raw.get("id_token", ""),
            raw=raw,
        )
