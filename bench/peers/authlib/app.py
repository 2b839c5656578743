"""Authlib as a peer of the bench: the client_credentials and introspection parts of its Flask example server.

SQLAlchemy on SQLite in WAL mode; the secret is stored as the example stores it, as it is.
"""

import os
import sqlite3
import time

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.sqla_oauth2 import (
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_query_client_func,
    create_save_token_func,
)
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Engine

db = SQLAlchemy()


@event.listens_for(Engine, "connect")
def _write_ahead(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)

    def get_user_id(self) -> int:
        return int(self.id)


class OAuth2Client(db.Model, OAuth2ClientMixin):
    __tablename__ = "oauth2_client"
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id", ondelete="CASCADE"))
    user = db.relationship("User")


class OAuth2Token(db.Model, OAuth2TokenMixin):
    __tablename__ = "oauth2_token"
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id", ondelete="CASCADE"))
    user = db.relationship("User")


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = ("client_secret_basic",)

    def query_token(self, token_string: str, token_type_hint: str | None) -> OAuth2Token | None:
        return db.session.execute(
            db.select(OAuth2Token).filter_by(access_token=token_string)
        ).scalar_one_or_none()

    def check_permission(self, token: OAuth2Token, client: OAuth2Client, request: object) -> bool:
        return bool(token.client_id == client.client_id)

    def introspect_token(self, token: OAuth2Token) -> dict[str, object]:
        return {
            "active": True,
            "client_id": token.client_id,
            "token_type": token.token_type,
            "scope": token.get_scope(),
            "exp": token.issued_at + token.expires_in,
            "iat": token.issued_at,
        }


application = Flask(__name__)
application.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{os.environ['BENCH_DATABASE']}"
db.init_app(application)
server = AuthorizationServer(
    application,
    query_client=create_query_client_func(db.session, OAuth2Client),
    save_token=create_save_token_func(db.session, OAuth2Token),
)
server.register_grant(grants.ClientCredentialsGrant)
server.register_endpoint(Introspection)


@application.post("/token")
def issue_token() -> object:
    return server.create_token_response()


@application.post("/introspect")
def introspect() -> object:
    return server.create_endpoint_response(Introspection.ENDPOINT_NAME)


@application.get("/ready")
def ready() -> str:
    return "ready"


with application.app_context():
    db.create_all()
    if db.session.get(User, 1) is None:
        db.session.add(User(id=1))
        client = OAuth2Client(
            client_id="bench",
            client_secret="bench-secret-bench-secret",
            client_id_issued_at=int(time.time()),
            user_id=1,
        )
        client.set_client_metadata(
            {
                "grant_types": ["client_credentials"],
                "scope": "bench:read",
                "token_endpoint_auth_method": "client_secret_basic",
            }
        )
        db.session.add(client)
        db.session.commit()
