"""What a message renders, it parses again: `parse(render(x)) == x`, whatever stands in it."""

import json
import urllib.parse
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from satsuma_client.protocol.basic import parse_basic, split_basic
from satsuma_client.protocol.form import parse_form
from satsuma_client.protocol.messages.access_token_request import (
    AccessTokenRequest,
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from satsuma_client.protocol.messages.access_token_response import AccessTokenResponse
from satsuma_client.protocol.messages.authorization import AuthorizationRequest
from satsuma_client.protocol.messages.authorization_response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    parse_authorization_response,
)
from satsuma_client.protocol.messages.challenge import (
    Challenge,
    basic_challenge,
    bearer_challenge,
    parse_challenges,
    render_challenges,
)
from satsuma_client.protocol.messages.client_authentication import (
    ClientSecretBasic,
    ClientSecretPost,
    PublicClient,
)
from satsuma_client.protocol.messages.error_response import ApiErrorResponse, ErrorResponse
from satsuma_client.protocol.messages.introspection import (
    IntrospectionRequest,
    IntrospectionResponse,
)
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.messages.revocation import RevocationRequest
from satsuma_client.protocol.secret import Secret
from tests.protocol import messages

REDIRECT = "https://client.example/callback?keep=%7E+a;b&&c"


@pytest.mark.spec("RFC 6749 §3.2")
@pytest.mark.spec("RFC 6749 App. B")
@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.spec("RFC 8707 §2.2")
@given(messages.ACCESS_TOKEN_REQUEST)
def test_an_access_token_request_is_read_as_it_was_written(asked: AccessTokenRequest) -> None:
    assert AccessTokenRequest.parse(*asked.render()) == asked


@pytest.mark.spec("RFC 6749 §5.1")
@pytest.mark.spec("OIDC Core §3.1.3.3")
@given(messages.ACCESS_TOKEN_RESPONSE)
def test_an_access_token_response_is_read_as_it_was_written(told: AccessTokenResponse) -> None:
    assert AccessTokenResponse.parse(told.render()) == told


@pytest.mark.spec("RFC 6749 §5.2")
@given(messages.ERROR_RESPONSE)
def test_an_error_response_is_read_as_it_was_written(told: ErrorResponse) -> None:
    assert ErrorResponse.parse(told.render()) == told


@pytest.mark.spec("OAuth M2M guide, step 2")
@given(messages.API_ERROR_RESPONSE)
def test_an_envelope_is_read_as_it_was_written(told: ApiErrorResponse) -> None:
    assert ApiErrorResponse.parse(told.render()) == told


@pytest.mark.spec("RFC 6749 §4.1.1")
@pytest.mark.spec("OIDC Core §3.1.2.1")
@pytest.mark.spec("RFC 7636 §4.3")
@pytest.mark.spec("RFC 8707 §2.1")
@given(messages.AUTHORIZATION_REQUEST)
def test_an_authorization_request_is_read_as_it_was_written(asked: AuthorizationRequest) -> None:
    assert AuthorizationRequest.parse(asked.render()) == asked


@pytest.mark.spec("RFC 6749 §3.1")
@given(messages.AUTHORIZATION_REQUEST)
def test_an_authorization_endpoint_keeps_its_own_query(asked: AuthorizationRequest) -> None:
    url = asked.url("https://as.example/authorize?tenant=a%20b")
    assert url.startswith("https://as.example/authorize?tenant=a%20b&response_type=code&")
    query = urllib.parse.urlsplit(url).query.encode()
    assert AuthorizationRequest.parse(query) == asked


@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9207 §2")
@given(messages.AUTHORIZATION_RESPONSE)
def test_an_authorization_response_is_read_as_it_was_written(told: AuthorizationResponse) -> None:
    assert parse_authorization_response(told.render()) == told
    assert AuthorizationResponse.parse(told.render()) == told


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@given(messages.AUTHORIZATION_ERROR_RESPONSE)
def test_an_authorization_error_is_read_as_it_was_written(told: AuthorizationErrorResponse) -> None:
    assert parse_authorization_response(told.render()) == told
    assert AuthorizationErrorResponse.parse(told.render()) == told


@pytest.mark.spec("RFC 6749 §3.1.2")
@given(messages.AUTHORIZATION_RESPONSE | messages.AUTHORIZATION_ERROR_RESPONSE)
def test_a_redirect_uri_is_kept_character_by_character(
    told: AuthorizationResponse | AuthorizationErrorResponse,
) -> None:
    location = told.location(REDIRECT)
    assert location == f"{REDIRECT}&{told.render().decode()}"
    assert told.location("com.example:/cb") == f"com.example:/cb?{told.render().decode()}"


@pytest.mark.spec("RFC 7662 §2.1")
@given(messages.INTROSPECTION_REQUEST)
def test_an_introspection_request_is_read_as_it_was_written(asked: IntrospectionRequest) -> None:
    assert IntrospectionRequest.parse(*asked.render()) == asked


@pytest.mark.spec("RFC 7662 §2.2")
@pytest.mark.spec("RFC 7519 §4.1.3")
@given(messages.INTROSPECTION_RESPONSE)
def test_an_introspection_response_is_read_as_it_was_written(told: IntrospectionResponse) -> None:
    assert IntrospectionResponse.parse(told.render()) == told


@pytest.mark.spec("RFC 7009 §2.1")
@given(messages.REVOCATION_REQUEST)
def test_a_revocation_request_is_read_as_it_was_written(asked: RevocationRequest) -> None:
    assert RevocationRequest.parse(*asked.render()) == asked


@pytest.mark.spec("RFC 8414 §2")
@pytest.mark.spec("RFC 8414 §3.2")
@given(messages.METADATA)
def test_metadata_is_read_as_it_was_written(told: AuthorizationServerMetadata) -> None:
    assert AuthorizationServerMetadata.parse(told.render(), told.issuer) == told


@pytest.mark.spec("RFC 9110 §5.6.4")
@pytest.mark.spec("RFC 9110 §11.2")
@pytest.mark.spec("RFC 9110 §11.3")
@pytest.mark.spec("RFC 9110 §11.6.1")
@given(messages.CHALLENGES)
@example((Challenge("Basic"), Challenge("Bearer", (("realm", 'a "b" \\ c, d=e'),))))
@example((Challenge("A", (("a", "b"),)), Challenge("B", (), "c="), Challenge("D")))
def test_challenges_are_read_as_they_were_written(told: tuple[Challenge, ...]) -> None:
    assert parse_challenges(render_challenges(told)) == told


FORMS = messages.ACCESS_TOKEN_REQUEST | messages.INTROSPECTION_REQUEST | messages.REVOCATION_REQUEST


@given(FORMS.filter(lambda asked: len(getattr(asked, "resource", ())) < 2))
def test_our_own_strict_parser_and_the_librarys_read_the_same_form(asked: Any) -> None:
    body = asked.render().body
    strict = parse_form(body)
    assert dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True)) == strict


@pytest.mark.spec("RFC 6749 §4.1.3")
@pytest.mark.spec("RFC 6749 §4.4.2")
@pytest.mark.spec("RFC 6749 §6")
@pytest.mark.spec("RFC 7636 §4.5")
@pytest.mark.parametrize(
    ("grant", "form"),
    [
        (ClientCredentialsGrant(), "grant_type=client_credentials"),
        (
            AuthorizationCodeGrant(Secret("c"), "https://a.example/", Secret("v")),
            "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa.example%2F"
            "&code_verifier=v",
        ),
        (RefreshTokenGrant(Secret("r")), "grant_type=refresh_token&refresh_token=r"),
    ],
)
def test_each_grant_has_the_parameters_of_its_section(grant: Any, form: str) -> None:
    asked = AccessTokenRequest(grant, PublicClient("app"), ("a", "b"), ("x", "y"))
    assert asked.render().body.decode() == f"{form}&scope=a+b&resource=x&resource=y&client_id=app"


@pytest.mark.spec("RFC 6749 §2.3")
@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.spec("RFC 6749 §3.2.1")
@pytest.mark.spec("RFC 7617 §2")
def test_a_client_proves_itself_in_the_header_in_the_form_or_not_at_all() -> None:
    secret = Secret("a:b c%é")
    token = Secret("t")
    header = RevocationRequest(token, ClientSecretBasic("my app", secret)).render()
    assert header.body == b"token=t"
    assert header.authorization is not None
    assert split_basic(header.authorization) == (b"my+app", b"a%3Ab+c%25%C3%A9")
    assert parse_basic(header.authorization).client_id == "my app"
    form = RevocationRequest(token, ClientSecretPost("app", secret)).render()
    assert form == (b"token=t&client_id=app&client_secret=a%3Ab+c%25%C3%A9", None)
    assert RevocationRequest(token, PublicClient("app")).render() == (
        b"token=t&client_id=app",
        None,
    )


SECRETIVE = st.sampled_from(
    [
        AccessTokenRequest(
            AuthorizationCodeGrant(Secret("hush"), None, Secret("hush")),
            ClientSecretBasic("app", Secret("hush")),
        ),
        AccessTokenRequest(
            RefreshTokenGrant(Secret("hush")), ClientSecretPost("app", Secret("hush"))
        ),
        AccessTokenResponse(
            Secret("hush"), "Bearer", 1, Secret("hush"), None, Secret("hush"), {"x": "hush"}
        ),
        AuthorizationResponse(Secret("hush")),
        IntrospectionRequest(Secret("hush"), PublicClient("app")),
        RevocationRequest(Secret("hush"), PublicClient("app")),
    ]
)


@given(SECRETIVE)
def test_no_message_shows_a_secret(message: Any) -> None:
    rendered = message.render()
    for shown in (repr(message), str(message), f"{message}"):
        assert "hush" not in shown
    if not isinstance(rendered, bytes):
        assert "hush" not in repr(rendered)


@pytest.mark.spec("RFC 6750 §3")
@pytest.mark.spec("RFC 6750 §3.1")
@pytest.mark.spec("RFC 7617 §2")
def test_the_challenges_of_the_two_schemes() -> None:
    assert basic_challenge("a").render() == 'Basic realm="a"'
    assert bearer_challenge("a").render() == 'Bearer realm="a"'
    told = bearer_challenge("a", "insufficient_scope", "Too little", "poi:read poi:write")
    assert told.render() == (
        'Bearer realm="a", error="insufficient_scope", error_description="Too little", '
        'scope="poi:read poi:write"'
    )
    assert told.parameter("error") == "insufficient_scope"


@pytest.mark.spec("RFC 8259 §4")
@given(messages.MORE)
def test_members_that_nobody_knows_are_kept(more: dict[str, Any]) -> None:
    told = ErrorResponse.parse(json.dumps({"error": "a", **more}).encode())
    assert told.more == more
    assert json.loads(told.render()) == {"error": "a", **more}
