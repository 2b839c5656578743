"""Metadata, JWKS, status and error pages at the wire."""

import re

import pytest

from satsuma.domain.errors.table import ROWS
from satsuma.domain.issuers import PRESETS, IssuerPolicy
from tests.wire.record.routes import table
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
@pytest.mark.spec("RFC 8414 §5")
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
        assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", text)
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


@pytest.mark.spec("OIDC Discovery §3")
@pytest.mark.spec("OIDC RP-Initiated Logout §2.1")
@pytest.mark.spec("RFC 7636 §6.2")
@pytest.mark.spec("RFC 9207 §3")
@pytest.mark.parametrize("issuer", ["", "/openidconnect/fr/v1"])
def test_openid_metadata_says_what_the_issuer_does(server: Server, issuer: str) -> None:
    metadata = server.request("GET", f"{issuer}/.well-known/openid-configuration").json
    assert metadata["issuer"] == server.api_url + issuer
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["subject_types_supported"] == ["pairwise"]
    algorithms = metadata["id_token_signing_alg_values_supported"]
    assert algorithms == ["RS256", "ES256", "EdDSA"]
    keys = server.request("GET", metadata["jwks_uri"].removeprefix(server.api_url)).json["keys"]
    assert {key["alg"] for key in keys} >= set(algorithms)
    assert "openid" in metadata["scopes_supported"]
    for name in ("authorization_endpoint", "userinfo_endpoint", "end_session_endpoint"):
        path = metadata[name].removeprefix(server.api_url)
        assert path.startswith(f"{issuer}/")
        assert server.request("GET", path).status in (303, 400, 401)


@pytest.mark.spec("RFC 8414 §3.1")
@pytest.mark.spec("OIDC Discovery §4.1")
@pytest.mark.parametrize("policy", PRESETS.values(), ids=lambda policy: policy.name)
def test_metadata_is_found_from_an_issuer_with_a_slash_behind_it(
    server: Server, policy: IssuerPolicy
) -> None:
    names = ["oauth-authorization-server"] + ["openid-configuration"] * policy.has_people
    for name in names:
        told = server.request("GET", f"{policy.path}/.well-known/{name}")
        assert told.status == 200
        for path in (f"{policy.path}//.well-known/{name}", f"/.well-known/{name}{policy.path}/"):
            found = server.request("GET", path)
            assert (found.status, found.json) == (200, told.json), path
    assert server.request("GET", "///.well-known/openid-configuration").status == 404


@pytest.mark.spec("RFC 9110 §15.5.6")
def test_a_page_says_which_methods_it_has(server: Server) -> None:
    _, pages = table()
    methods: dict[str, set[str]] = {}
    for method, path in pages:
        methods.setdefault(path, set()).update({method, "HEAD"} if method == "GET" else {method})
    for path, known in methods.items():
        place = re.sub(r"\{[^}]*\}", "x", path)
        for method in {"GET", "POST", "PUT", "DELETE", "OPTIONS"} - known:
            reply = server.request(method, place, host=f"localhost:{server.port}")
            assert reply.status == 405, (method, path)
            assert reply.headers["Allow"] == ", ".join(sorted(known)), (method, path)


@pytest.mark.spec("RFC 9110 §12.5.4")
@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("fr", "fr"),
        ("fr-CA, en;q=0.5", "fr"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("de, fr;q=0.2", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("", "en"),
    ],
)
def test_a_page_speaks_the_language_that_the_browser_prefers(
    server: Server, accepted: str, spoken: str
) -> None:
    page = server.request(
        "GET", "/login", headers={"Accept-Language": accepted}, host=f"localhost:{server.port}"
    )
    assert f'<html lang="{spoken}"'.encode() in page.body
