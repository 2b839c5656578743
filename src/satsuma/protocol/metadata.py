"""Authorization server metadata."""

from __future__ import annotations

from typing import Any


def authorization_server_metadata(
    issuer: str, grants: tuple[str, ...], scopes: tuple[str, ...], documentation: str
) -> dict[str, Any]:
    """Give the metadata of an issuer, whose endpoints stand directly below its identifier.

    Spec: RFC 8414 §2.
    """
    authentication = ["client_secret_basic", "client_secret_post"]
    return {
        "issuer": issuer,
        "token_endpoint": issuer + "/token",
        "jwks_uri": issuer + "/jwks",
        "scopes_supported": list(scopes),
        "response_types_supported": [],
        "grant_types_supported": list(grants),
        "token_endpoint_auth_methods_supported": authentication,
        "service_documentation": documentation,
        "revocation_endpoint": issuer + "/revoke",
        "revocation_endpoint_auth_methods_supported": authentication,
        "introspection_endpoint": issuer + "/introspect",
        "introspection_endpoint_auth_methods_supported": authentication,
    }


def well_known_paths(path: str, suffix: str) -> tuple[str, ...]:
    """Give where the metadata of a path issuer stands: inserted before the path, and appended to it.

    Spec: RFC 8414 §3.1, §5.
    """
    inserted = f"/.well-known/{suffix}{path}"
    appended = f"{path}/.well-known/{suffix}"
    return (inserted,) if inserted == appended else (inserted, appended)
