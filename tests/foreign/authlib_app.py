"""An application with a login by Authlib; what it knows of the issuer stands in a page's settings."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

sys.path.insert(0, str(Path.cwd()))

from authlib_settings import SATSUMA

PORT = int(sys.argv[1])
METADATA = requests.get(SATSUMA["server_metadata_url"], timeout=10).json()
VERIFIER = generate_token(48)
SESSION = OAuth2Session(
    SATSUMA["client_id"],
    SATSUMA["client_secret"],
    redirect_uri=f"http://127.0.0.1:{PORT}/callback",
    **SATSUMA["client_kwargs"],
)


def finish(address: str) -> dict[str, object]:
    endpoint = METADATA["token_endpoint"]
    token = SESSION.fetch_token(endpoint, authorization_response=address, code_verifier=VERIFIER)
    again = SESSION.refresh_token(endpoint, refresh_token=token["refresh_token"])
    email = SESSION.get(METADATA["userinfo_endpoint"]).json()["email"]
    return {"email": email, "refreshed": again["access_token"] != token["access_token"]}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/login":
            url, _ = SESSION.create_authorization_url(
                METADATA["authorization_endpoint"], code_verifier=VERIFIER
            )
            self.send_response(302)
            self.send_header("Location", url)
            self.end_headers()
            return
        body = finish(f"http://127.0.0.1:{PORT}{self.path}") if path == "/callback" else {}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
