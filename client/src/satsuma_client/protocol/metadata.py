"""What our own issuers say of themselves, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from satsuma_client.protocol.messages.metadata import AuthorizationServerMetadata
from satsuma_client.protocol.names import ID_TOKEN_ALGORITHMS

COMMAND_LINE_CLIENT: Final = "satsuma_command_line_client"
"""A member of our own: the public client by which anybody may log in from a terminal, where there is one.

Spec: RFC 8414 §2.
"""
_CLAIMS: Final = (
    *("sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"),
    *("at_hash", "preferred_username", "locale", "updated_at"),
    *("email", "email_verified"),
)


@dataclass(frozen=True, slots=True)
class Described:
    """What an issuer's metadata is made of; `prompts` is empty where no person logs in."""

    issuer: str
    grants: tuple[str, ...]
    scopes: tuple[str, ...]
    documentation: str
    prompts: tuple[str, ...] = ()
    ui_locales: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


def metadata_of(described: Described) -> AuthorizationServerMetadata:
    """The metadata of an issuer, whose endpoints stand directly below its identifier.

    Spec: RFC 8414 §2.
    """
    issuer = described.issuer
    secret = ("client_secret_basic", "client_secret_post")
    with_people = bool(described.prompts)
    any_client = (*secret, "none") if with_people else secret
    metadata = AuthorizationServerMetadata(
        issuer=issuer,
        token_endpoint=issuer + "/token",
        jwks_uri=issuer + "/jwks",
        scopes_supported=described.scopes,
        response_types_supported=("code",) if with_people else (),
        grant_types_supported=described.grants,
        token_endpoint_auth_methods_supported=any_client,
        service_documentation=described.documentation,
        revocation_endpoint=issuer + "/revoke",
        revocation_endpoint_auth_methods_supported=any_client,
        introspection_endpoint=issuer + "/introspect",
        introspection_endpoint_auth_methods_supported=secret,
        more=described.more,
    )
    return _with_people(metadata, described) if with_people else metadata


def _with_people(
    metadata: AuthorizationServerMetadata, described: Described
) -> AuthorizationServerMetadata:
    """The metadata of an issuer at which people log in.

    Spec: OIDC Discovery §3; RFC 7636 §6.2; RFC 9207 §3; OIDC RP-Initiated Logout §2.1.
    """
    issuer = described.issuer
    return replace(
        metadata,
        authorization_endpoint=issuer + "/authorize",
        userinfo_endpoint=issuer + "/userinfo",
        end_session_endpoint=issuer + "/logout",
        response_modes_supported=("query", "form_post"),
        subject_types_supported=("pairwise",),
        id_token_signing_alg_values_supported=ID_TOKEN_ALGORITHMS,
        code_challenge_methods_supported=("S256",),
        prompt_values_supported=described.prompts,
        acr_values_supported=("1",),
        claim_types_supported=("normal",),
        claims_supported=_CLAIMS,
        claims_parameter_supported=True,
        request_parameter_supported=False,
        request_uri_parameter_supported=False,
        ui_locales_supported=described.ui_locales,
        authorization_response_iss_parameter_supported=True,
    )


def well_known_paths(path: str, suffix: str) -> tuple[str, ...]:
    """Where the metadata of a path issuer stands: inserted before the path, and appended to it.

    Spec: RFC 8414 §3.1, §5.
    """
    inserted = f"/.well-known/{suffix}{path}"
    appended = f"{path}/.well-known/{suffix}"
    return (inserted,) if inserted == appended else (inserted, appended)


def slashed_paths(path: str, suffix: str) -> tuple[str, ...]:
    """Where a client looks that was told the issuer with a `/` behind it, and joins as it stands.

    Spec: RFC 8414 §3.1; OIDC Discovery §4.1.
    """
    return f"/.well-known/{suffix}{path}/", f"{path}//.well-known/{suffix}"
