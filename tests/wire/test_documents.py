"""Metadata, JWKS, status and error pages at the wire."""

import re

import pytest

from satsuma.app.catalogue import ROWS
from tests.wire.server import Server


@pytest.mark.parametrize(
    ("issuer", "path"),
    [
        ("/oauth/v3", "/.well-known/oauth-authorization-server/oauth/v3"),
        ("/oauth/v3", "/oauth/v3/.well-known/oauth-authorization-server"),
        ("", "/.well-known/oauth-authorization-server"),
    ],
)
@pytest.mark.spec("RFC 8414 §3")
@pytest.mark.spec("RFC 8414 §2")
@pytest.mark.spec("RFC 8414 §3.1")
def test_metadata_names_endpoints_that_answer(server: Server, issuer: str, path: str) -> None:
    reply = server.request("GET", path)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    metadata = reply.json
    assert metadata["issuer"] == server.api_url + issuer
    for name in ("token_endpoint", "revocation_endpoint", "introspection_endpoint"):
        address = metadata[name].removeprefix(server.api_url)
        assert server.request("POST", address).status in (400, 401, 406, 415)
    keys = server.request("GET", metadata["jwks_uri"].removeprefix(server.api_url))
    assert keys.status == 200
    assert "client_credentials" in metadata["grant_types_supported"]


@pytest.mark.spec("RFC 7517 §5")
def test_jwks_lists_public_parts_only(server: Server) -> None:
    reply = server.request("GET", "/jwks")
    assert "max-age=600" in reply.headers["Cache-Control"]
    keys = reply.json["keys"]
    assert keys
    for key in keys:
        assert {"kid", "kty", "alg", "use"} <= set(key)
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


def test_documents_are_read_only(server: Server) -> None:
    for path in ("/jwks", "/.well-known/oauth-authorization-server"):
        reply = server.request("POST", path)
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")


def test_every_row_of_the_catalogue_has_a_page(server: Server) -> None:
    host = f"localhost:{server.port}"
    for slug, row in ROWS.items():
        reply = server.request("GET", f"/errors/{slug}", host=host)
        assert reply.status == 200, slug
        text = reply.body.decode()
        assert slug in text
        assert row.help.split(":")[0][:30] in text.replace("&#39;", "'").replace("&#34;", '"')
    assert server.request("GET", "/errors/no-such-slug", host=host).status == 404


def test_pages_have_a_strict_policy_and_nothing_inline(server: Server) -> None:
    host = f"localhost:{server.port}"
    for path in ("/", "/errors/", "/errors/secret-wrong", "/nowhere"):
        reply = server.request("GET", path, host=host)
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        text = reply.body.decode()
        assert not re.search(r"<script|<style| style=| on[a-z]+=", text)
        assert reply.headers["X-OAPI-Request-Id"]


def test_static_files_are_named_by_their_content(server: Server) -> None:
    host = f"localhost:{server.port}"
    text = server.request("GET", "/", host=host).body.decode()
    for path in re.findall(r'"(/static/[^"]+)"', text):
        reply = server.request("GET", path, host=host)
        assert reply.status == 200
        assert "immutable" in reply.headers["Cache-Control"]
    assert server.request("GET", "/static/000000000000/satsuma.css", host=host).status == 404


def test_an_unknown_page_shows_the_request_id(server: Server) -> None:
    reply = server.request("GET", "/nowhere", host=f"localhost:{server.port}")
    assert reply.status == 404
    assert reply.headers["X-OAPI-Request-Id"] in reply.body.decode()
