"""A refusal of a message names the member or parameter, and no message shows what it does not know."""

from collections.abc import Callable
from typing import Any

import pytest

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import parse_form
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.messages.access_token_request import (
    AccessTokenRequest,
    AuthorizationCodeGrant,
)
from satsuma_client.protocol.messages.authorization import AuthorizationRequest
from satsuma_client.protocol.messages.challenge import Challenge, parse_challenges
from satsuma_client.protocol.messages.error_response import ApiErrorResponse, ErrorResponse
from satsuma_client.protocol.messages.introspection import IntrospectionResponse
from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.messages.revocation import RevocationRequest
from satsuma_client.protocol.parameters import FormMessage
from satsuma_client.protocol.secret import Secret

ASKED = b"response_type=code&client_id=a&redirect_uri=b"
MACHINE = b"grant_type=client_credentials&client_id=a"
METHOD = b"&code_challenge_method=S256"
DETAILS: list[tuple[Callable[[Any], Any], Any, str, str]] = [
    (AccessTokenRequest.parse, b"grant_type=password", "parameter", "grant_type"),
    (AccessTokenRequest.parse, b"client_id=a", "parameter", "grant_type"),
    (AccessTokenRequest.parse, MACHINE + b"&scope=%22", "parameter", "scope"),
    (AuthorizationRequest.parse, ASKED + b"&request=a", "parameter", "request"),
    (AuthorizationRequest.parse, b"response_type=token", "parameter", "response_type"),
    (AuthorizationRequest.parse, ASKED + b"&max_age=x", "parameter", "max_age"),
    (
        AuthorizationRequest.parse,
        ASKED + b"&code_challenge=a",
        "parameter",
        "code_challenge_method",
    ),
    (AuthorizationRequest.parse, ASKED + METHOD, "parameter", "code_challenge"),
    (parse_form, b"&".join([b"n" * 50 + b"=1"] * 2), "parameter", "n" * 40),
    (ApiErrorResponse.parse, b'{"message":"a"}', "member", "code"),
    (IntrospectionResponse.parse, b"{}", "member", "active"),
    (parse_object, b'{"a":1e999}', "because", "a number out of range"),
    (parse_object, b'{"a":NaN}', "because", "NaN"),
    (parse_challenges, "Basic realm=a, realm=b", "because", "a parameter twice"),
    (Challenge.render, Challenge("a b"), "because", "the scheme or its token68"),
    (Challenge.render, Challenge("a", (("b c", "d"),)), "because", "a parameter"),
    (
        lambda field: RevocationRequest.parse(b"token=a", field),
        b"Basic YTr/",
        "because",
        "not UTF-8",
    ),
]


@pytest.mark.parametrize(("parse", "sent", "kind", "named"), DETAILS, ids=range(len(DETAILS)))
def test_a_refusal_says_what_it_is_about(
    parse: Callable[[Any], Any], sent: Any, kind: str, named: str
) -> None:
    with pytest.raises(Malformed) as refused:
        parse(sent)
    assert refused.value.detail == {kind: named}


@pytest.mark.spec("RFC 7636 §4.5")
def test_a_code_comes_with_its_verifier() -> None:
    grant = b"grant_type=authorization_code&code=c&redirect_uri=r&code_verifier=v&client_id=a"
    asked = AccessTokenRequest.parse(grant)
    assert asked.grant == AuthorizationCodeGrant(Secret("c"), "r", Secret("v"))


HUSH = {"x": "hush"}


@pytest.mark.parametrize(
    "message",
    [
        ErrorResponse("a", more=HUSH),
        ApiErrorResponse(1, "a", more=HUSH),
        IntrospectionResponse(active=True, more=HUSH),
        AuthorizationServerMetadata("a", more=HUSH),
    ],
)
def test_what_a_message_does_not_know_is_not_shown(message: object) -> None:
    assert "hush" not in repr(message)


def test_a_form_is_never_printed() -> None:
    assert repr(FormMessage(b"client_secret=hush", b"Basic hush")) == "FormMessage(...)"


@pytest.mark.spec("RFC 7519 §4.1.3")
def test_one_audience_is_a_text_and_several_are_a_list() -> None:
    one, two = (IntrospectionResponse(active=True, aud=aud) for aud in (("a",), ("a", "b")))
    assert one.render() == b'{"active":true,"aud":"a"}'
    assert two.render() == b'{"active":true,"aud":["a","b"]}'
