"""A shop that knows its customer, by the user to machine guide: `python app.py 8000`, then http://127.0.0.1:8000/.

ISSUER is `https://api.orange.com/openidconnect/fr/v1`, or a standard issuer; CLIENT_ID and CLIENT_SECRET are of an
application with the redirect URI http://127.0.0.1:8000/callback. SESSION_SECRET signs the session, and TOKENS is a
folder that all workers share: `gunicorn --workers 2 app:app`.
"""

import os
import sys

from flask import Flask, Response, redirect, session
from markupsafe import escape
from werkzeug.wrappers import Response as Answer

from satsuma_client import AuthorizationCode, FileCache, Login, OAuthError
from satsuma_client.http.errors import LoginRequired


def person(name: str) -> AuthorizationCode:
    """Whoever has this name in a session; their tokens are kept under it."""
    issuer, client_id, secret = (os.environ[n] for n in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"))
    scope, cache = "openid email offline_access", FileCache(os.environ["TOKENS"])
    return AuthorizationCode.discover(
        issuer, client_id, secret, scope=scope, subject=name, cache=cache
    )


login = Login(person)
app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
app.config.update(SESSION_COOKIE_NAME="shop", SESSION_COOKIE_SAMESITE="Lax")
app.register_blueprint(login.flask())
LOGOUT = '<form method="post" action="/logout"><button>Log out</button></form>'


@app.get("/")
def home() -> str:
    """Say where to go."""
    return '<a href="/login?next=/me">Log in</a>'


@app.get("/me")
def me() -> str | Answer:
    """Greet the customer with what the issuer tells of them."""
    customer = login.auth(session)
    try:
        claims = customer.userinfo() if customer else None
    except LoginRequired:  # the access was taken back meanwhile
        claims = None
    except OAuthError as error:
        return Response(f"The issuer does not answer: {error.hint}", 503)
    return f"Hello, {escape(claims['email'])} {LOGOUT}" if claims else redirect("/login?next=/me")


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]) if len(sys.argv) == 2 else 8000)
