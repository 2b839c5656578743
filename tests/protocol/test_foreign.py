"""What others send: read where it has one meaning, else refused by a slug, and never by another exception."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satsuma_client.protocol.errors import SLUGS, Malformed
from satsuma_client.protocol.json_object import MAX_BYTES, MAX_DEPTH, parse_object
from satsuma_client.protocol.messages.access_token_request import AccessTokenRequest
from satsuma_client.protocol.messages.access_token_response import AccessTokenResponse
from satsuma_client.protocol.messages.authorization import AuthorizationRequest
from satsuma_client.protocol.messages.authorization_response import (
    AuthorizationErrorResponse,
    AuthorizationResponse,
    parse_authorization_response,
)
from satsuma_client.protocol.messages.challenge import (
    Challenge,
    parse_challenges,
    render_challenges,
)
from satsuma_client.protocol.messages.client_authentication import ClientSecretBasic
from satsuma_client.protocol.messages.error_response import ApiErrorResponse, ErrorResponse
from satsuma_client.protocol.messages.introspection import (
    IntrospectionRequest,
    IntrospectionResponse,
)
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.messages.revocation import RevocationRequest
from satsuma_client.protocol.secret import Secret

ISSUER = "https://as.example"
JSON_MESSAGES: dict[str, Callable[[bytes], Any]] = {
    "access token": AccessTokenResponse.parse,
    "error": ErrorResponse.parse,
    "envelope": ApiErrorResponse.parse,
    "introspection": IntrospectionResponse.parse,
    "metadata": lambda body: AuthorizationServerMetadata.parse(body, ISSUER),
}
FORM_MESSAGES: dict[str, Callable[[bytes], Any]] = {
    "access token": AccessTokenRequest.parse,
    "introspection": IntrospectionRequest.parse,
    "revocation": RevocationRequest.parse,
    "authorization": AuthorizationRequest.parse,
    "answer": AuthorizationResponse.parse,
    "error": AuthorizationErrorResponse.parse,
    "either": parse_authorization_response,
}


def slug_of(parse: Callable[[], Any]) -> str:
    with pytest.raises(Malformed) as refused:
        parse()
    assert refused.value.slug in SLUGS
    return refused.value.slug


HOSTILE_JSON = [
    ("json-malformed", b""),
    ("json-malformed", b"<html>Bad Gateway</html>"),
    ("json-malformed", b"access_token=a&token_type=bearer"),
    ("json-malformed", b'{"access_token":"a"'),
    ("json-malformed", b'{"access_token":"a"}{}'),
    ("json-malformed", b"\xef\xbb\xbf{}"),
    ("json-malformed", b'{"a":NaN}'),
    ("json-malformed", b'{"a":-Infinity}'),
    ("json-malformed", b'{"a":1e999}'),
    ("json-malformed", b'{"a":' + b"9" * 5000 + b"}"),
    ("json-malformed", b'{"a":"\x01"}'),
    ("json-not-object", b"null"),
    ("json-not-object", b'["access_token"]'),
    ("json-not-object", b'"access_token"'),
    ("json-member-repeated", b'{"active":true,"active":false}'),
    ("json-member-repeated", b'{"error":"a","\\u0065rror":"b"}'),
    ("json-member-repeated", b'{"a":[{"b":1,"b":1}]}'),
    ("json-too-deep", b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}"),
    ("json-too-deep", b'{"a":' + b"[" * 400_000 + b"]" * 400_000 + b"}"),
    ("json-too-deep", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    ("bad-encoding", b'{"error":"\xff"}'),
    ("bad-encoding", '{"error":"a"}'.encode("utf-16")),
    ("message-too-large", b'{"a":"' + b"a" * MAX_BYTES + b'"}'),
]


@pytest.mark.spec("RFC 8259 §4")
@pytest.mark.spec("RFC 8259 §8.1")
@pytest.mark.spec("RFC 8259 §9")
@pytest.mark.parametrize("message", JSON_MESSAGES)
@pytest.mark.parametrize(("slug", "body"), HOSTILE_JSON, ids=range(len(HOSTILE_JSON)))
def test_what_is_no_json_object_is_refused(message: str, slug: str, body: bytes) -> None:
    assert slug_of(lambda: JSON_MESSAGES[message](body)) == slug


def test_what_is_as_deep_as_allowed_is_read() -> None:
    inner = MAX_DEPTH - 1
    assert parse_object(b'{"a":' + b"[" * inner + b"]" * inner + b"}")


TOKEN = {"access_token": "a", "token_type": "Bearer"}
METADATA = {"issuer": ISSUER}
BAD_MEMBERS: list[tuple[str, str, dict[str, Any]]] = [
    ("access token", "member-missing", {"token_type": "Bearer"}),
    ("access token", "member-missing", {"access_token": "a"}),
    ("access token", "member-missing", TOKEN | {"access_token": None}),
    ("access token", "member-missing", TOKEN | {"access_token": ""}),
    ("access token", "member-malformed", TOKEN | {"access_token": 1}),
    ("access token", "member-malformed", TOKEN | {"access_token": "\ud800"}),
    ("access token", "member-malformed", TOKEN | {"token_type": ["Bearer"]}),
    ("access token", "member-malformed", TOKEN | {"expires_in": True}),
    ("access token", "member-malformed", TOKEN | {"expires_in": -1}),
    ("access token", "member-malformed", TOKEN | {"expires_in": 1.5}),
    ("access token", "member-malformed", TOKEN | {"expires_in": "1h"}),
    ("access token", "member-malformed", TOKEN | {"expires_in": "-1"}),
    ("access token", "member-malformed", TOKEN | {"expires_in": " 1"}),
    ("access token", "member-malformed", TOKEN | {"expires_in": "١"}),
    ("access token", "member-malformed", TOKEN | {"expires_in": "9" * 17}),
    ("access token", "member-malformed", TOKEN | {"expires_in": 2**53}),
    ("access token", "member-malformed", TOKEN | {"expires_in": ""}),
    ("access token", "member-malformed", TOKEN | {"refresh_token": {}}),
    ("access token", "member-malformed", TOKEN | {"id_token": 0}),
    ("access token", "member-malformed", TOKEN | {"scope": ["a", "b"]}),
    ("access token", "member-malformed", TOKEN | {"scope": "a  b"}),
    ("access token", "member-malformed", TOKEN | {"scope": 'a "b"'}),
    ("error", "member-missing", {}),
    ("error", "member-malformed", {"error": {"code": 1}}),
    ("error", "member-malformed", {"error": "a", "error_description": 1}),
    ("envelope", "member-missing", {"message": "a"}),
    ("envelope", "member-missing", {"code": 1}),
    ("envelope", "member-malformed", {"code": "1", "message": "a"}),
    ("introspection", "member-missing", {"sub": "a"}),
    ("introspection", "member-malformed", {"active": "true"}),
    ("introspection", "member-malformed", {"active": 1}),
    ("introspection", "member-malformed", {"active": True, "exp": "1"}),
    ("introspection", "member-malformed", {"active": True, "aud": {"a": 1}}),
    ("introspection", "member-malformed", {"active": True, "aud": ["a", None]}),
    ("metadata", "member-missing", {}),
    ("metadata", "issuer-mismatch", {"issuer": ISSUER + "/"}),
    ("metadata", "issuer-mismatch", {"issuer": "https://elsewhere.example"}),
    ("metadata", "member-malformed", METADATA | {"token_endpoint": ["a"]}),
    ("metadata", "member-malformed", METADATA | {"scopes_supported": "a b"}),
    ("metadata", "member-malformed", METADATA | {"scopes_supported": [1]}),
    ("metadata", "member-malformed", METADATA | {"claims_parameter_supported": "true"}),
]


@pytest.mark.spec("RFC 8414 §3.3")
@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize(("message", "slug", "members"), BAD_MEMBERS, ids=range(len(BAD_MEMBERS)))
def test_a_member_of_another_type_is_refused(
    message: str, slug: str, members: dict[str, Any]
) -> None:
    assert slug_of(lambda: JSON_MESSAGES[message](json.dumps(members).encode())) == slug


@pytest.mark.spec("RFC 6749 §5.1")
@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"expires_in": "3600"}, AccessTokenResponse(Secret("a"), "Bearer", 3600)),
        ({"expires_in": None, "scope": None}, AccessTokenResponse(Secret("a"), "Bearer")),
        ({"scope": ""}, AccessTokenResponse(Secret("a"), "Bearer", scope=())),
        (
            {"ext": {"deep": [1, None]}, "x_refresh_expires_in": 1},
            AccessTokenResponse(
                Secret("a"), "Bearer", more={"ext": {"deep": [1, None]}, "x_refresh_expires_in": 1}
            ),
        ),
    ],
)
def test_what_lenient_servers_send_is_read(
    members: dict[str, Any], expected: AccessTokenResponse
) -> None:
    assert AccessTokenResponse.parse(json.dumps(TOKEN | members, indent=2).encode()) == expected


ASKED = b"response_type=code&client_id=a&redirect_uri=b"
CHALLENGE = b"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
BAD_FORMS = [
    ("access token", "parameter-missing", b""),
    ("access token", "parameter-missing", b"grant_type=&client_id=a"),
    ("access token", "parameter-missing", b"grant_type=client_credentials"),
    ("access token", "parameter-missing", b"grant_type=authorization_code&client_id=a"),
    ("access token", "parameter-missing", b"grant_type=refresh_token&client_id=a"),
    ("access token", "parameter-unsupported", b"grant_type=password&client_id=a"),
    ("access token", "parameter-malformed", b"grant_type=client_credentials&client_id=a&scope=%22"),
    ("access token", "repeated-parameter", b"grant_type=a&grant_type=a"),
    ("access token", "repeated-parameter", b"grant_type=a&grant%5ftype=a"),
    ("access token", "bad-escape", b"resource=%zz"),
    ("access token", "bad-encoding", b"resource=%ff"),
    ("access token", "nul-character", b"client_id=%00"),
    ("access token", "too-many-parameters", b"&".join(b"a%d=1" % n for n in range(51))),
    ("access token", "too-many-parameters", b"&".join([b"resource=a"] * 51)),
    ("access token", "message-too-large", b"a=" + b"b" * 65_536),
    ("introspection", "parameter-missing", b"client_id=a"),
    ("introspection", "parameter-missing", b"token=a"),
    ("introspection", "message-too-large", b"token=" + b"b" * 65_536),
    ("revocation", "parameter-missing", b"client_id=a"),
    ("revocation", "repeated-parameter", b"token=a&token=b"),
    ("authorization", "parameter-missing", b"response_type=code&client_id=a"),
    ("authorization", "parameter-missing", b"client_id=a&redirect_uri=b"),
    ("authorization", "parameter-unsupported", b"response_type=token&client_id=a&redirect_uri=b"),
    ("authorization", "parameter-unsupported", ASKED + b"&request=a.b.c"),
    ("authorization", "parameter-unsupported", ASKED + b"&request_uri=urn:a"),
    ("authorization", "parameter-unsupported", ASKED + b"&code_challenge=" + CHALLENGE),
    (
        "authorization",
        "parameter-unsupported",
        ASKED + b"&code_challenge_method=plain&code_challenge=" + CHALLENGE,
    ),
    ("authorization", "parameter-malformed", ASKED + b"&code_challenge_method=S256"),
    (
        "authorization",
        "parameter-malformed",
        ASKED + b"&code_challenge_method=S256&code_challenge=short",
    ),
    ("authorization", "parameter-malformed", ASKED + b"&scope=a++b"),
    ("authorization", "parameter-malformed", ASKED + b"&max_age=-1"),
    ("authorization", "parameter-malformed", ASKED + b"&max_age=%D9%A1"),
    ("authorization", "parameter-malformed", ASKED + b"&max_age=1234567890"),
    ("authorization", "json-malformed", ASKED + b"&claims=no"),
    ("authorization", "json-not-object", ASKED + b"&claims=%5B%5D"),
    ("authorization", "json-too-deep", ASKED + b"&claims=" + b"[" * 50_000),
    ("authorization", "repeated-parameter", ASKED + b"&state=a&state=b"),
    ("answer", "parameter-missing", b"state=a"),
    ("error", "parameter-missing", b"state=a"),
    ("either", "parameter-missing", b""),
    ("either", "response-ambiguous", b"code=a&error=access_denied"),
    ("either", "repeated-parameter", b"code=a&code=b"),
    ("either", "bad-escape", b"code=%"),
]


@pytest.mark.spec("RFC 6749 §3.1.1")
@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.spec("RFC 7636 §4.2")
@pytest.mark.spec("OIDC Core §5.5")
@pytest.mark.spec("OIDC Core §6")
@pytest.mark.parametrize(("message", "slug", "body"), BAD_FORMS, ids=range(len(BAD_FORMS)))
def test_a_bad_parameter_is_refused(message: str, slug: str, body: bytes) -> None:
    assert slug_of(lambda: FORM_MESSAGES[message](body)) == slug


@pytest.mark.spec("RFC 6749 §2.3")
@pytest.mark.spec("RFC 6749 §2.3.1")
@pytest.mark.parametrize(
    ("slug", "body", "authorization"),
    [
        ("authorization-not-basic", b"token=a", b"Bearer a"),
        ("authorization-not-basic", b"token=a", b""),
        ("basic-undecodable", b"token=a", b"Basic"),
        ("basic-undecodable", b"token=a", b"Basic %%%"),
        ("basic-undecodable", b"token=a", b"Basic YWJj"),  # no colon
        ("basic-undecodable", b"token=a", b"Basic YTr/"),  # not UTF-8
        ("basic-undecodable", b"token=a", b"Basic JUZGOmE="),  # %FF:a
        ("client-authenticated-twice", b"token=a&client_secret=a", b"Basic YTpi"),
        ("client-authenticated-twice", b"token=a&client_id=other", b"Basic YTpi"),
    ],
)
def test_a_client_that_proves_itself_badly_is_refused(
    slug: str, body: bytes, authorization: bytes
) -> None:
    assert slug_of(lambda: RevocationRequest.parse(body, authorization)) == slug


def test_the_same_client_id_beside_the_header_is_no_second_proof() -> None:
    asked = RevocationRequest.parse(b"token=a&client_id=a", b"basic YTpi")
    assert asked.client == ClientSecretBasic("a", Secret("b"))


def test_a_parameter_that_nobody_knows_is_ignored() -> None:
    assert AuthorizationRequest.parse(ASKED + b"&display=page") == AuthorizationRequest("a", "b")
    answer = parse_authorization_response(b"code=a&session_state=b")
    assert answer == AuthorizationResponse(Secret("a"))


@pytest.mark.spec("RFC 9110 §11.1")
@pytest.mark.spec("RFC 9110 §11.2")
@pytest.mark.spec("RFC 9110 §11.3")
@pytest.mark.spec("RFC 9110 §11.6.1")
@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("", ()),
        (" , ,", ()),
        ("Negotiate", (Challenge("Negotiate"),)),
        ("Negotiate a+/8==", (Challenge("Negotiate", (), "a+/8=="),)),
        ("Basic realm=", (Challenge("Basic", (), "realm="),)),
        ("Basic realm=simple", (Challenge("Basic", (("realm", "simple"),)),)),
        ('Basic REALM = "a\\"b, c"', (Challenge("Basic", (("realm", 'a"b, c'),)),)),
        ('Basic realm=""', (Challenge("Basic", (("realm", ""),)),)),
        (
            'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
            (
                Challenge(
                    "Newauth", (("realm", "apps"), ("type", "1"), ("title", 'Login to "apps"'))
                ),
                Challenge("Basic", (("realm", "simple"),)),
            ),
        ),
        (
            'Basic , DPoP algs="ES256 RS256",, Bearer error="invalid_token"',
            (
                Challenge("Basic"),
                Challenge("DPoP", (("algs", "ES256 RS256"),)),
                Challenge("Bearer", (("error", "invalid_token"),)),
            ),
        ),
    ],
)
def test_a_field_holds_several_challenges(field: str, expected: tuple[Challenge, ...]) -> None:
    assert parse_challenges(field) == expected
    assert all(each.is_of(each.scheme.swapcase()) for each in expected)


@pytest.mark.parametrize(
    ("slug", "field"),
    [
        ("challenge-malformed", "="),
        ("challenge-malformed", 'realm="a"'),
        ("challenge-malformed", 'Basic, realm="a"'),
        ("challenge-malformed", 'Basic realm="a'),
        ("challenge-malformed", 'Basic realm="a\\"'),
        ("challenge-malformed", 'Basic realm="a" x'),
        ("challenge-malformed", "Basic realm=a, Realm=b"),
        ("challenge-malformed", "Basic a b"),
        ("challenge-malformed", "Basic\trealm=a"),
        ("challenge-malformed", 'Basic realm="a\nb"'),
        ("challenge-malformed", 'Basic realm="€"'),
        ("challenge-malformed", "Bäsic"),
        ("message-too-large", "Basic " + "a" * 8192),
    ],
)
def test_a_field_that_is_no_challenge_is_refused(slug: str, field: str) -> None:
    assert slug_of(lambda: parse_challenges(field)) == slug


@pytest.mark.spec("RFC 9110 §5.6.4")
@pytest.mark.parametrize(
    "told",
    [
        Challenge("Two words"),
        Challenge(""),
        Challenge("Basic", (("realm", "a\r\nSet-Cookie: a=b"),)),
        Challenge("Basic", (("realm", "€"),)),
        Challenge("Basic", (("re alm", "a"),)),
        Challenge("Negotiate", (), "a b"),
    ],
)
def test_what_no_field_can_hold_is_not_written(told: Challenge) -> None:
    assert slug_of(lambda: render_challenges([told])) == "challenge-malformed"


ANY_BYTES = st.binary(max_size=200) | st.text(
    st.sampled_from('{}[]",:=&%+ \\ue09.~tfn-é\x00'), max_size=60
).map(str.encode)


@given(ANY_BYTES, st.none() | ANY_BYTES)
def test_no_bytes_bring_another_exception(body: bytes, authorization: bytes | None) -> None:
    for parse in (*JSON_MESSAGES.values(), *FORM_MESSAGES.values()):
        _only_malformed(lambda: parse(body))  # noqa: B023 - called at once
    for asked in (AccessTokenRequest, IntrospectionRequest, RevocationRequest):
        _only_malformed(lambda: asked.parse(body, authorization))  # noqa: B023 - called at once
    _only_malformed(lambda: parse_challenges(body.decode("latin-1")))


def _only_malformed(parse: Callable[[], Any]) -> None:
    try:
        parse()
    except Malformed as refused:
        assert refused.slug in SLUGS
