"""What our own issuers say of themselves, each member as its document names it."""

import json
from typing import Any

import pytest

from satsuma_client.protocol.loopback import LITERALS, NAMES
from satsuma_client.protocol.metadata import (
    Described,
    metadata_of,
    well_known_paths,
)

ISSUER = "https://as.example/tenant"
DOCS = "https://as.example/docs"
MACHINES: dict[str, Any] = {
    "issuer": ISSUER,
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "revocation_endpoint": f"{ISSUER}/revoke",
    "introspection_endpoint": f"{ISSUER}/introspect",
    "scopes_supported": ["poi:read"],
    "response_types_supported": [],
    "grant_types_supported": ["client_credentials"],
    "service_documentation": DOCS,
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
}
ANY_CLIENT = ["client_secret_basic", "client_secret_post", "none"]
PEOPLE: dict[str, Any] = MACHINES | {
    "authorization_endpoint": f"{ISSUER}/authorize",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "end_session_endpoint": f"{ISSUER}/logout",
    "grant_types_supported": ["authorization_code"],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query", "form_post"],
    "token_endpoint_auth_methods_supported": ANY_CLIENT,
    "revocation_endpoint_auth_methods_supported": ANY_CLIENT,
    "subject_types_supported": ["pairwise"],
    "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
    "code_challenge_methods_supported": ["S256"],
    "prompt_values_supported": ["none", "login"],
    "acr_values_supported": ["1"],
    "claim_types_supported": ["normal"],
    "claims_parameter_supported": True,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
    "ui_locales_supported": ["en", "fr"],
    "authorization_response_iss_parameter_supported": True,
}
# OIDC Core §2, §3.1.3.6 and §5.1; `sid` is of RP-initiated logout.
OF_THE_ID_TOKEN = {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr"}
OF_THE_PERSON = {"preferred_username", "locale", "updated_at", "email", "email_verified"}


@pytest.mark.spec("RFC 8414 §2")
def test_an_issuer_of_machines_says_nothing_of_people() -> None:
    described = Described(ISSUER, ("client_credentials",), ("poi:read",), DOCS)
    assert rendered(described) == MACHINES


@pytest.mark.spec("RFC 8414 §2")
@pytest.mark.spec("OIDC Discovery §3")
@pytest.mark.spec("RFC 7636 §6.2")
@pytest.mark.spec("RFC 9207 §3")
def test_an_issuer_of_people_says_how_they_log_in() -> None:
    described = Described(
        ISSUER, ("authorization_code",), ("poi:read",), DOCS, ("none", "login"), ("en", "fr")
    )
    told = rendered(described)
    claims = told.pop("claims_supported")
    assert told == PEOPLE
    assert set(claims) == OF_THE_ID_TOKEN | OF_THE_PERSON | {"sid", "at_hash"}


def rendered(described: Described) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(metadata_of(described).render())
    return document


@pytest.mark.spec("RFC 8414 §3.1")
@pytest.mark.spec("RFC 8414 §5")
def test_metadata_stands_before_and_after_the_path() -> None:
    assert well_known_paths("/a/b", "openid-configuration") == (
        "/.well-known/openid-configuration/a/b",
        "/a/b/.well-known/openid-configuration",
    )
    assert well_known_paths("", "oauth-authorization-server") == (
        "/.well-known/oauth-authorization-server",
    )


@pytest.mark.spec("RFC 8252 §7.3")
def test_a_machine_speaks_to_itself_by_three_names() -> None:
    assert set(LITERALS) == {"127.0.0.1", "::1"}
    assert set(NAMES) == {"localhost", "127.0.0.1", "::1"}
