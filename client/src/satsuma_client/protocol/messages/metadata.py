"""What an authorization server says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import Members, parse_object, present, render_object


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """The metadata of an authorization server or OpenID provider, each member by its registered name.

    `more` holds the members that this class does not know, as they came.

    Spec: RFC 8414 §2; OIDC Discovery §3; RFC 7636 §6.2; RFC 9207 §3; OIDC RP-Initiated Logout §2.1.
    """

    issuer: str
    token_endpoint: str | None = None
    jwks_uri: str | None = None
    scopes_supported: tuple[str, ...] | None = None
    response_types_supported: tuple[str, ...] | None = None
    grant_types_supported: tuple[str, ...] | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    service_documentation: str | None = None
    revocation_endpoint: str | None = None
    revocation_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    introspection_endpoint: str | None = None
    introspection_endpoint_auth_methods_supported: tuple[str, ...] | None = None
    authorization_endpoint: str | None = None
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    response_modes_supported: tuple[str, ...] | None = None
    subject_types_supported: tuple[str, ...] | None = None
    id_token_signing_alg_values_supported: tuple[str, ...] | None = None
    code_challenge_methods_supported: tuple[str, ...] | None = None
    prompt_values_supported: tuple[str, ...] | None = None
    acr_values_supported: tuple[str, ...] | None = None
    claim_types_supported: tuple[str, ...] | None = None
    claims_supported: tuple[str, ...] | None = None
    claims_parameter_supported: bool | None = None
    request_parameter_supported: bool | None = None
    request_uri_parameter_supported: bool | None = None
    ui_locales_supported: tuple[str, ...] | None = None
    authorization_response_iss_parameter_supported: bool | None = None
    registration_endpoint: str | None = None
    pushed_authorization_request_endpoint: str | None = None
    device_authorization_endpoint: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, body: bytes, issuer: str) -> AuthorizationServerMetadata:
        """Read the document that was fetched for `issuer`; raises Malformed, also where it is another's.

        Spec: RFC 8414 §3.2, §3.3.
        """
        members = Members(parse_object(body))
        if members.required_text("issuer") != issuer:
            raise Malformed("issuer-mismatch")
        known = {name: read(members, name) for name, read in _READERS.items()}
        return cls(**known, more=members.others())

    def members(self) -> dict[str, Any]:
        """Each member that has a value.

        Spec: RFC 8414 §2, §3.2.
        """
        return present({name: getattr(self, name) for name in _READERS}, self.more)

    def render(self) -> bytes:
        """The document's JSON.

        Spec: RFC 8414 §3.2.
        """
        return render_object(self.members())


_BY_TYPE: Final[Mapping[str, Callable[[Members, str], Any]]] = {
    "str": Members.text,
    "str | None": Members.text,
    "bool | None": Members.flag,
    "tuple[str, ...] | None": Members.texts,
}
_READERS: Final = {
    each.name: _BY_TYPE[str(each.type)]
    for each in fields(AuthorizationServerMetadata)
    if each.name != "more"
}
