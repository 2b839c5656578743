"""Every message as a strategy: what an application or a server could put into one."""

from typing import Any

from hypothesis import strategies as st

from satsuma_client.protocol.json_object import MAX_NUMBER
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
)
from satsuma_client.protocol.messages.challenge import Challenge
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

# A parameter without a value counts as omitted, a NUL is refused, and a lone surrogate is no text.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)
SHORT = st.text(
    st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=100
)
SECRET = TEXT.map(Secret)
NUMBER = st.integers(0, MAX_NUMBER)
LANGUAGE = st.from_regex(r"[a-z]{2}(-[A-Z]{2})?", fullmatch=True)
WORD = st.from_regex(r"[!#-\[\]-~]{1,20}", fullmatch=True)
SCOPE = st.lists(WORD, min_size=1, max_size=8, unique=True).map(tuple)
CHALLENGE_OF_CODE = st.from_regex(r"[A-Za-z0-9_-]{43}", fullmatch=True)
CLAIMS = st.sampled_from(['{"id_token":{"acr":null}}', '{ "userinfo" : {"été": {}} }', "{}"])


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def tuples(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=4).map(tuple)


SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
# No name that a message knows begins so.
MORE = st.dictionaries(st.text(max_size=10).map("x-".__add__), JSON, max_size=3)

CLIENT = (
    st.builds(ClientSecretBasic, SHORT, SHORT.map(Secret))
    | st.builds(ClientSecretPost, TEXT, SECRET)
    | st.builds(PublicClient, TEXT)
)
GRANT = (
    st.just(ClientCredentialsGrant())
    | st.builds(AuthorizationCodeGrant, SECRET, maybe(TEXT), maybe(SECRET))
    | st.builds(RefreshTokenGrant, SECRET)
)
ACCESS_TOKEN_REQUEST = st.builds(AccessTokenRequest, GRANT, CLIENT, maybe(SCOPE), tuples(TEXT))
INTROSPECTION_REQUEST = st.builds(IntrospectionRequest, SECRET, CLIENT, maybe(TEXT))
REVOCATION_REQUEST = st.builds(RevocationRequest, SECRET, CLIENT, maybe(TEXT))
ACCESS_TOKEN_RESPONSE = st.builds(
    AccessTokenResponse,
    SECRET,
    TEXT,
    maybe(NUMBER),
    maybe(SECRET),
    maybe(SCOPE | st.just(())),
    maybe(SECRET),
    MORE,
)
ERROR_RESPONSE = st.builds(ErrorResponse, TEXT, maybe(TEXT), maybe(TEXT), MORE)
API_ERROR_RESPONSE = st.builds(ApiErrorResponse, NUMBER, TEXT, maybe(TEXT), MORE)
AUTHORIZATION_REQUEST = st.builds(
    AuthorizationRequest,
    client_id=TEXT,
    redirect_uri=TEXT,
    scope=maybe(SCOPE),
    state=maybe(TEXT),
    nonce=maybe(TEXT),
    code_challenge=maybe(CHALLENGE_OF_CODE),
    response_mode=maybe(st.sampled_from(["query", "form_post"])),
    prompt=tuples(st.sampled_from(["none", "login", "consent", "select_account"])),
    max_age=maybe(st.integers(0, 10**9 - 1)),
    acr_values=tuples(WORD),
    ui_locales=tuples(LANGUAGE),
    login_hint=maybe(TEXT),
    id_token_hint=maybe(TEXT),
    claims=maybe(CLAIMS),
    resource=tuples(TEXT),
)
AUTHORIZATION_RESPONSE = st.builds(AuthorizationResponse, SECRET, maybe(TEXT), maybe(TEXT))
AUTHORIZATION_ERROR_RESPONSE = st.builds(
    AuthorizationErrorResponse, TEXT, maybe(TEXT), maybe(TEXT), maybe(TEXT), maybe(TEXT)
)
INTROSPECTION_RESPONSE = st.builds(
    IntrospectionResponse,
    active=st.booleans(),
    scope=maybe(SCOPE | st.just(())),
    client_id=maybe(TEXT),
    username=maybe(TEXT),
    token_type=maybe(TEXT),
    exp=maybe(NUMBER),
    iat=maybe(NUMBER),
    nbf=maybe(NUMBER),
    sub=maybe(TEXT),
    aud=maybe(tuples(TEXT)),
    iss=maybe(TEXT),
    jti=maybe(TEXT),
    more=MORE,
)
METADATA = st.builds(
    AuthorizationServerMetadata,
    issuer=TEXT,
    token_endpoint=maybe(TEXT),
    jwks_uri=maybe(TEXT),
    authorization_endpoint=maybe(TEXT),
    scopes_supported=maybe(tuples(TEXT)),
    response_types_supported=maybe(tuples(TEXT)),
    claims_parameter_supported=maybe(st.booleans()),
    authorization_response_iss_parameter_supported=maybe(st.booleans()),
    more=MORE,
)
TOKEN = st.from_regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}", fullmatch=True)
VALUE = st.text(st.sampled_from([chr(n) for n in (9, *range(32, 127), *range(128, 256))]))
PARAMETERS = st.dictionaries(TOKEN.map(str.lower), VALUE, max_size=4).map(
    lambda found: tuple(found.items())
)
TOKEN68 = st.from_regex(r"[A-Za-z0-9._~+/-]{1,20}={0,2}", fullmatch=True)
CHALLENGES = tuples(
    st.builds(Challenge, TOKEN, PARAMETERS) | st.builds(Challenge, TOKEN, st.just(()), TOKEN68)
)
