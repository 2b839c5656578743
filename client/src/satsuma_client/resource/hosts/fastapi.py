"""FastAPI: a dependency, and the scheme by which its documentation page logs in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from satsuma_client.http.errors import OAuthError
from satsuma_client.resource.verified import Refused, VerifiedToken

if TYPE_CHECKING:
    from satsuma_client.resource.server import ResourceServer


def dependency(server: ResourceServer, scope: tuple[str, ...]) -> Any:
    """A dependency that gives the verified token, or answers the request."""
    from fastapi import HTTPException, Request
    from fastapi.openapi.models import OAuth2 as Model
    from fastapi.security.base import SecurityBase

    class SatsumaToken(SecurityBase):
        """The scheme `oauth2` of the OpenAPI document, and the check."""

        scheme_name = "oauth2"

        @property
        def model(self) -> Model:  # type: ignore[override]  # asked for when the document is made
            return Model.model_validate({"type": "oauth2", "flows": flows(server)})

        async def __call__(self, request: Request) -> VerifiedToken:
            try:
                return await server.acheck(request.headers.getlist("authorization"), scope)
            except Refused as refused:
                status, fields, _ = server.refusal(refused)
                detail = {
                    "error": refused.error or "unauthorized",
                    "description": refused.description,
                }
                raise HTTPException(status, detail, dict(fields)) from None

    SatsumaToken.__call__.__annotations__["request"] = Request
    return SatsumaToken()


def flows(server: ResourceServer) -> dict[str, Any]:
    """How tokens for the API are got, as OpenAPI says it; nothing where the issuer is away.

    Spec: RFC 8414 §2.
    """
    scopes = {name: name for name in server.scopes}
    try:
        about = server.about_issuer()
    except OAuthError:
        return {}
    found: dict[str, Any] = {}
    grants = about.grant_types_supported or ("authorization_code",)
    if about.authorization_endpoint and about.token_endpoint:
        found["authorizationCode"] = {
            "authorizationUrl": about.authorization_endpoint,
            "tokenUrl": about.token_endpoint,
            "scopes": scopes,
        }
    if "client_credentials" in grants and about.token_endpoint:
        found["clientCredentials"] = {"tokenUrl": about.token_endpoint, "scopes": scopes}
    return found
