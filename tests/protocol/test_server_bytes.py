"""What our endpoints send are these messages, and what these messages render our endpoints take."""

import json
import re
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import GROUPS
from satsuma.domain.issuers import STANDARD as STANDARD_POLICY
from satsuma.gateway import error_response as gateway
from satsuma.http.messages import Answer, Request
from satsuma.oauth import error_response as oauth
from satsuma.telemetry.request_log import RequestLog
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
from satsuma_client.protocol.messages.challenge import parse_challenges, render_challenges
from satsuma_client.protocol.messages.client_authentication import (
    ClientAuthentication,
    ClientSecretBasic,
    ClientSecretPost,
)
from satsuma_client.protocol.messages.error_response import ApiErrorResponse, ErrorResponse
from satsuma_client.protocol.messages.introspection import (
    IntrospectionRequest,
    IntrospectionResponse,
)
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.messages.revocation import RevocationRequest
from satsuma_client.protocol.metadata import COMMAND_LINE_CLIENT
from satsuma_client.protocol.parameters import FormMessage
from satsuma_client.protocol.revocation_feed import FEED
from satsuma_client.protocol.secret import Secret
from tests.oauth.agent import Agent, Page
from tests.oauth.flow import (
    FRENCH,
    PASSWORD,
    REDIRECT,
    STANDARD,
    VERIFIER,
    Person,
    challenge,
    get_code,
    new_client,
    new_person,
    redeem,
)
from tests.wire.server import FORM, Made, Reply, Server, running_server

M2M = "/oauth/v3"
TOLD_OF_A_TOKEN = (
    *("active", "token_type", "scope", "client_id", "sub", "iss", "aud", "iat", "exp"),
    "jti",
)
STATE = "a state, with spaces & signs"
REQUEST = Request(b"POST", b"/token", b"", [], b"", "127.0.0.1", "0" * 24)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("bytes")) as running:
        yield running


@pytest.fixture(scope="module")
def made(server: Server) -> Made:
    return new_client(server)


@pytest.fixture(scope="module")
def person(server: Server) -> Person:
    return new_person(server)


def members(body: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(body)
    return found


def is_written(body: bytes, *names: str) -> bool:
    """Say whether a body has these members in this order, without a space between them."""
    found = members(body)
    return tuple(found) == names and json.dumps(found, separators=(",", ":")).encode() == body


def send(server: Server, path: str, message: FormMessage) -> Reply:
    fields = {"Content-Type": FORM, "Accept": "application/json"}
    if message.authorization is not None:
        fields["Authorization"] = message.authorization.decode()
    return server.request("POST", path, message.body, fields)


def proofs(made: Made) -> tuple[ClientAuthentication, ...]:
    secret = Secret(made.client_secret)
    return ClientSecretBasic(made.client_id, secret), ClientSecretPost(made.client_id, secret)


@pytest.mark.spec("RFC 6749 §5.1")
@pytest.mark.parametrize("issuer", [M2M, STANDARD])
def test_the_hot_token_answer_is_the_messages_own_bytes(
    server: Server, made: Made, issuer: str
) -> None:
    for _ in range(2):  # the second is of a known header
        body = server.token(made, issuer=issuer).body
        told = AccessTokenResponse.parse(body)
        assert told.render() == body
        assert (told.token_type, told.expires_in, dict(told.more)) == ("Bearer", 3600, {})


@pytest.mark.parametrize("issuer", [FRENCH, STANDARD])
def test_the_token_answer_of_a_code_is_the_message(
    server: Server, made: Made, person: Person, issuer: str
) -> None:
    code, _ = get_code(server, made, person, issuer, scope="openid offline_access")
    body = redeem(server, made, code, issuer).body
    told = AccessTokenResponse.parse(body)
    assert told.render() == body
    assert told.more == {}
    scope = ("scope",) if issuer == STANDARD else ()
    names = ("token_type", "access_token", "expires_in", *scope, "id_token", "refresh_token")
    assert is_written(body, *names)


def answers() -> Iterator[tuple[ErrorRow, Answer, tuple[str, str]]]:
    """Every row as its room answers it, and what stands between the members of its body and after their names."""
    log = RequestLog(lambda: datetime(2030, 1, 1, tzinfo=UTC))
    endpoints = oauth.Refusals(STANDARD_POLICY, log, "http://localhost:1")
    apis = gateway.Refusals(log, "http://127.0.0.1:1")
    for group, rows in GROUPS:
        for row in rows:
            if group == "Calling an API":
                refused = apis.answer(REQUEST, "gateway", Refusal(row, scope="poi:read"))
                yield row, refused, (", ", ": ")
            else:
                yield row, endpoints.answer(REQUEST, "token", Refusal(row), None), (",", ":")


@pytest.mark.spec("RFC 6749 §5.2")
@pytest.mark.spec("RFC 6750 §3")
@pytest.mark.spec("RFC 9110 §11.6.1")
@pytest.mark.parametrize(
    ("row", "answer", "separators"), [pytest.param(*each, id=each[0].slug) for each in answers()]
)
def test_the_answer_of_every_row_is_a_message(
    row: ErrorRow, answer: Answer, separators: tuple[str, str]
) -> None:
    told: ErrorResponse | ApiErrorResponse
    if row.code:
        told = ApiErrorResponse.parse(answer.body)
        assert (told.code, told.description) == (row.code, row.says)
    else:
        told = ErrorResponse.parse(answer.body)
        assert (told.error, told.error_description) == (row.error, row.says)
    assert told.render() == json.dumps(members(answer.body), separators=(",", ":")).encode()
    assert json.dumps(members(told.render()), separators=separators).encode() == answer.body
    assert told.more == {}
    for name, value in answer.block.fields:
        if name == b"www-authenticate":
            (challenged,) = parse_challenges(value.decode("latin-1"))
            assert render_challenges([challenged]).encode() == value


def test_the_challenges_at_the_wire_are_messages(server: Server) -> None:
    replies = (
        server.token(Authorization="Basic YTpi"),
        server.request("GET", "/userinfo"),
        server.request("GET", "/userinfo", headers={"Authorization": "Bearer forged"}),
        server.request("GET", "/auth/check"),
    )
    for reply, scheme in zip(replies, ("Basic", "Bearer", "Bearer", "Bearer"), strict=True):
        field = reply.headers["WWW-Authenticate"]
        (challenged,) = parse_challenges(field)
        assert challenged.is_of(scheme)
        assert challenged.parameter("realm")
        assert render_challenges([challenged]) == field


@pytest.mark.spec("RFC 7662 §2.1")
@pytest.mark.spec("RFC 7662 §2.2")
@pytest.mark.spec("RFC 7009 §2.1")
def test_our_endpoints_take_and_give_the_messages_about_a_token(server: Server, made: Made) -> None:
    for proof in proofs(made):
        asked = AccessTokenRequest(ClientCredentialsGrant(), proof)
        told = AccessTokenResponse.parse(send(server, "/token", asked.render()).body)
        about = IntrospectionRequest(told.access_token, proof, "access_token").render()
        body = send(server, "/introspect", about).body
        active = IntrospectionResponse.parse(body)
        assert (active.active, active.client_id, dict(active.more)) == (True, made.client_id, {})
        assert active.render() == body
        assert is_written(
            body, *(name for name in TOLD_OF_A_TOKEN if name != "scope")
        )  # it has none
        end = RevocationRequest(told.access_token, proof, "access_token").render()
        assert send(server, "/revoke", end).status == 200
        body = send(server, "/introspect", about).body
        assert IntrospectionResponse.parse(body) == IntrospectionResponse(active=False)
        assert body == b'{"active":false}'


def test_introspection_tells_of_a_person_what_the_message_keeps(
    server: Server, made: Made, person: Person
) -> None:
    code, _ = get_code(server, made, person, STANDARD, scope="openid offline_access")
    tokens = redeem(server, made, code, STANDARD).json
    for token, names in (
        (tokens["access_token"], (*TOLD_OF_A_TOKEN, "acr", "auth_time")),
        (tokens["refresh_token"], ("active", "client_id", "sub", "scope", "iss", "exp")),
    ):
        about = IntrospectionRequest(Secret(token), proofs(made)[0]).render()
        body = send(server, "/introspect", about).body
        told = IntrospectionResponse.parse(body)
        assert members(told.render()) == members(body)
        assert told.active
        assert is_written(body, *names)
        assert set(told.more) <= {"acr", "auth_time"}


@pytest.mark.spec("RFC 8414 §3.2")
@pytest.mark.spec("RFC 8414 §3.3")
@pytest.mark.parametrize(
    ("issuer", "document"),
    [
        (M2M, "oauth-authorization-server"),
        (STANDARD, "oauth-authorization-server"),
        (STANDARD, "openid-configuration"),
        (FRENCH, "openid-configuration"),
    ],
)
def test_the_metadata_is_the_message(server: Server, issuer: str, document: str) -> None:
    body = server.request("GET", f"{issuer}/.well-known/{document}").body
    told = AuthorizationServerMetadata.parse(body, server.api_url + issuer)
    assert told.render() == body
    ours = {COMMAND_LINE_CLIENT, FEED} if issuer == STANDARD else set()
    assert told.more.keys() == ours


def asked_of(made: Made, **more: str) -> AuthorizationRequest:
    return AuthorizationRequest(
        made.client_id,
        REDIRECT,
        ("openid", "offline_access"),
        state=STATE,
        nonce="a nonce",
        code_challenge=challenge(),
        **more,  # type: ignore[arg-type]
    )


def answered(server: Server, person: Person, asked: AuthorizationRequest) -> Page:
    agent = Agent(server)
    page = agent.open(asked.url(f"{server.api_url}/authorize"))
    page = agent.log_in(page, person.email, PASSWORD)
    return page if page.left else agent.send(page, decision="allow")


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.spec("RFC 6749 §4.1.2")
@pytest.mark.spec("RFC 9207 §2")
def test_a_client_of_messages_goes_the_whole_way(
    server: Server, made: Made, person: Person
) -> None:
    page = answered(server, person, asked_of(made))
    query = urllib.parse.urlsplit(page.url).query.removeprefix("keep=1&").encode()
    told = parse_authorization_response(query)
    assert isinstance(told, AuthorizationResponse)
    assert (told.state, told.iss) == (STATE, server.api_url)
    assert told.location(REDIRECT) == page.url
    proof = proofs(made)[0]
    grant = AuthorizationCodeGrant(told.code, REDIRECT, Secret(VERIFIER))
    reply = send(server, "/token", AccessTokenRequest(grant, proof).render())
    tokens = AccessTokenResponse.parse(reply.body)
    assert tokens.refresh_token is not None
    again = AccessTokenRequest(RefreshTokenGrant(tokens.refresh_token), proof, ("openid",))
    narrower = AccessTokenResponse.parse(send(server, "/token", again.render()).body)
    assert narrower.scope == ("openid",)


@pytest.mark.spec("RFC 6749 §4.1.2.1")
def test_an_error_redirect_is_the_message(server: Server, made: Made) -> None:
    url = asked_of(made).url("/authorize").replace("response_type=code", "response_type=token")
    location = server.request("GET", url).headers["Location"]
    query = urllib.parse.urlsplit(location).query.removeprefix("keep=1&").encode()
    told = parse_authorization_response(query)
    assert isinstance(told, AuthorizationErrorResponse)
    assert told.error == "unsupported_response_type"
    assert (told.state, told.iss) == (STATE, server.api_url)
    assert told.location(REDIRECT) == location


def test_an_answer_by_form_is_the_message(server: Server, made: Made, person: Person) -> None:
    page = answered(server, person, asked_of(made, response_mode="form_post"))
    assert re.search(r'data-page="form_post"', page.text)
    sent = page.form()
    assert sent.action.replace("&amp;", "&") == REDIRECT
    fields = {name: value for name, value in sent.fields.items() if value}
    told = parse_authorization_response(urllib.parse.urlencode(fields).encode())
    assert isinstance(told, AuthorizationResponse)
    assert told.parameters() == fields
