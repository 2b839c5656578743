"""An authorization server by Authlib in Flask, with an API: client credentials, and refresh tokens that rotate.

A refresh token that comes a second time ends its family, as RFC 9700 §4.14.2 asks.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, request
from werkzeug.serving import make_server

CLIENT_ID, SECRET = "client", "secret"
LIFE = 3600


@dataclass
class Token(TokenMixin):  # type: ignore[misc]
    access_token: str
    refresh_token: str | None
    scope: str
    expires_in: int = LIFE
    issued_at: float = field(default_factory=time.time)
    used: bool = False

    def check_client(self, client: Any) -> bool:
        return bool(client.client_id == CLIENT_ID)

    def get_scope(self) -> str:
        return self.scope

    def get_expires_in(self) -> int:
        return self.expires_in

    def is_expired(self) -> bool:
        return time.time() > self.issued_at + self.expires_in

    def is_revoked(self) -> bool:
        return self.used


class Client(ClientMixin):  # type: ignore[misc]
    client_id = CLIENT_ID

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret, SECRET)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return True

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""


class Tokens:
    """What the server keeps, and what came to its token endpoint."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: list[Token] = []
        self.asked: list[str] = []
        self.reused = 0

    def save(self, token: dict[str, Any], _: Any) -> None:
        with self.lock:
            self.kept.append(Token(token["access_token"], token.get("refresh_token"), "read"))

    def by_access_token(self, text: str) -> Token | None:
        return next((each for each in self.kept if each.access_token == text), None)

    def take(self, refresh_token: str) -> Token | None:
        with self.lock:
            found = next((each for each in self.kept if each.refresh_token == refresh_token), None)
            if found is not None and found.used:
                self.reused += 1
                self.kept.clear()
                return None
            return found

    def login(self) -> str:
        """A refresh token, as a login gives one."""
        text = secrets.token_urlsafe(24)
        self.kept.append(Token(secrets.token_urlsafe(24), text, "read"))
        return text


def application(tokens: Tokens) -> Flask:
    class Refresh(grants.RefreshTokenGrant):  # type: ignore[misc]
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
            return tokens.take(refresh_token)

        def authenticate_user(self, refresh_token: Token) -> str:
            return "a person"

        def revoke_old_credential(self, refresh_token: Token) -> None:
            refresh_token.used = True

    class Validator(BearerTokenValidator):  # type: ignore[misc]
        def authenticate_token(self, token_string: str) -> Token | None:
            return tokens.by_access_token(token_string)

    made = Flask("authlib_server")
    made.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    server = AuthorizationServer(made, query_client=find_client, save_token=tokens.save)
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_grant(Refresh)
    protect = ResourceProtector()
    protect.register_token_validator(Validator())

    @made.post("/token")
    def token() -> Any:
        tokens.asked.append(request.form["grant_type"])
        return server.create_token_response()

    @made.get("/api")
    @protect("read")  # type: ignore[untyped-decorator]
    def api() -> dict[str, str]:
        return {"data": "protected"}

    return made


def find_client(client_id: str) -> Client | None:
    return Client() if client_id == CLIENT_ID else None


@contextmanager
def running_authlib_server() -> Iterator[tuple[str, Tokens]]:
    """The server on a free port, a thread for each connection; gives its address and what it keeps."""
    tokens = Tokens()
    server = make_server("127.0.0.1", 0, application(tokens), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}", tokens
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
