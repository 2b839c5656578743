"""Errors are found by what people paste, by number and by a standard's word."""

import html

import pytest

from satsuma.domain.errors.table import GROUPS, ROWS, SHOWN
from satsuma.portal.pasted import find_rows
from satsuma.web.languages import translate
from tests.oauth.agent import Agent, Page
from tests.portal.developer import form_to, words
from tests.wire.server import Server

# What clients, libraries and browsers print, and the page that must come first.
PASTED = (
    ("42", "token-expired"),
    ('{"code":42,"message":"Expired credentials"}', "token-expired"),
    ("{'code': 42, 'message': 'Expired credentials'", "token-expired"),
    ("io.jsonwebtoken.ExpiredJwtException: JWT expired 3 seconds ago", "token-expired"),
    ("jose.errors.JWTExpired: token expired", "token-expired"),
    ("okhttp3: 429 Too Many Requests", "too-many-token-requests"),
    ("urllib.error.HTTPError: HTTP Error 429: Too Many Requests", "too-many-token-requests"),
    (
        '{"error":"invalid_request","error_description":"Duplicate credentials"}',
        "duplicate-credentials",
    ),
    ("requests.exceptions.HTTPError: 406 Not Acceptable for url", "not-acceptable"),
    ("HTTP/1.1 415 Unsupported Media Type", "media-type-unsupported"),
    ("[invalid_client] The requested service needs credentials", "client-refused"),
    ("oauth2: cannot fetch token: 401 Unauthorized", "client-refused"),
    (
        "org.springframework.web.client.HttpClientErrorException$Unauthorized: 401 Unauthorized: [no body]",
        "client-refused",
    ),
    ("error: invalid_client - Bad client credentials", "client-refused"),
    (
        "Access to fetch at 'https://api.example' from origin 'https://shop.example' has been blocked by CORS policy: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        "origin-refused",
    ),
    (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource. "
        "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing).",
        "origin-refused",
    ),
    (
        "authlib.integrations.base_client.errors.MismatchingStateError: mismatching_state: CSRF Warning! State not "
        "equal in request and response.",
        "state-missing",
    ),
    ("(redirect_uri_mismatch) The redirect URI in the request", "redirect-uri-unregistered"),
    ("redirect_uri is not registered for this client", "redirect-uri-unregistered"),
    ("invalid_grant: Invalid code_verifier", "pkce-mismatch"),
    ("invalid_request: missing code_challenge", "pkce-missing"),
    ("error=access_denied&state=abc", "access-denied"),
    ("unsupported_grant_type", "grant-type-unsupported"),
    ("secret-wrong", "secret-wrong"),
    ("https://pages.example/errors/code-reused", "code-reused"),
    ("code: 60", "api-unknown"),
    ("error 53", "too-many-token-requests"),
    ('"code": "40", "message": "Missing credentials"', "credentials-missing"),
    ("login_required", "login-required"),
    ("consent_required", "consent-required"),
)


def paste(server: Server, text: str) -> Page:
    agent = Agent(server)
    page = agent.open(f"{server.pages_url}/errors/")
    return agent.send(page, form_to(page, "/errors/"), got=text)


@pytest.mark.parametrize(("text", "slug"), PASTED)
def test_what_people_paste_finds_its_page_first(server: Server, text: str, slug: str) -> None:
    page = paste(server, text)
    assert page.url == f"{server.pages_url}/errors/"
    found = page.text.partition('id="found"')[2]
    assert found.partition('href="/errors/')[2].partition('"')[0] == slug


@pytest.mark.parametrize(
    "text", ["hello", "x" * 20_000, "\u202e<script>alert(1)</script>", "0", "99"]
)
def test_what_means_nothing_here_says_so(server: Server, text: str) -> None:
    page = paste(server, text)
    assert page.status == 200
    assert "Nothing here has these words" in words(page)
    assert "alert(1)" not in page.text


def test_a_number_and_a_word_have_a_page_with_every_cause(server: Server) -> None:
    agent = Agent(server)
    for row in [row for group in GROUPS for row in group.rows]:
        page = agent.open(f"{server.pages_url}/errors/{row.code or row.error}")
        assert page.status == 200
        alone = f'aria-current="page">{row.slug}<'
        assert f'href="/errors/{row.slug}"' in page.text or alone in page.text


@pytest.mark.parametrize("name", ["999", "no_such_error", "0", "..", "token_expired"])
def test_a_name_that_is_none_is_not_there(server: Server, name: str) -> None:
    assert server.request("GET", f"/errors/{name}", host=f"localhost:{server.port}").status == 404


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "text", ["x" * 16_384, "ß" * 16_384, "ﬃ" * 16_384, "x-" * 8_192, "code" * 4_096, "_" * 16_384]
)
def test_no_text_takes_long_to_read(text: str) -> None:
    """A word of sixteen thousand letters is read once: looked at from each of its letters it took seconds."""
    for _ in range(20):
        find_rows(text)


def test_a_paste_from_elsewhere_is_told_why(server: Server) -> None:
    agent = Agent(server)
    page = agent.open(f"{server.pages_url}/errors/")
    refused = agent.send(page, form_to(page, "/errors/"), got="42", form_token="another")
    assert refused.status == 400
    assert "open for too long" in words(refused)


@pytest.mark.parametrize("slug", [*ROWS, "42", "invalid_client"])
def test_an_error_is_told_and_mended_in_french(server: Server, slug: str) -> None:
    host = server.pages_url.partition("//")[2]
    reply = server.request("GET", f"/errors/{slug}", headers={"Accept-Language": "fr"}, host=host)
    page = html.unescape(reply.body.decode())
    rows = (
        [ROWS[slug]]
        if slug in ROWS
        else [row for row in SHOWN if slug in (str(row.code), row.error)]
    )
    assert rows
    for row in rows:
        for text in filter(None, (row.says, row.help)):
            assert translate("fr", text) != text
            assert translate("fr", text) in page, text
