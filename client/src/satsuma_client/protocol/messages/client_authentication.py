"""How a client says in a request who it is."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import quote_plus

from satsuma_client.protocol.basic import form_decoded, is_basic, split_basic
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.parameters import FormMessage, render_parameters, required
from satsuma_client.protocol.secret import Secret

Parameters = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class ClientSecretBasic:
    """A client that proves itself by its secret in the Authorization field, both parts form-encoded.

    Spec: RFC 6749 §2.3.1; RFC 7617 §2.
    """

    client_id: str
    client_secret: Secret

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret.reveal())}"
        return FormMessage(render_parameters(parameters), b"Basic " + b64encode(pair.encode()))


@dataclass(frozen=True, slots=True)
class ClientSecretPost:
    """A client that proves itself by its secret in the form.

    Spec: RFC 6749 §2.3.1.
    """

    client_id: str
    client_secret: Secret

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters."""
        proof = ("client_id", self.client_id), ("client_secret", self.client_secret.reveal())
        return FormMessage(render_parameters([*parameters, *proof]))


@dataclass(frozen=True, slots=True)
class PublicClient:
    """A client that has no secret and says its `client_id`.

    Spec: RFC 6749 §3.2.1.
    """

    client_id: str

    def authenticate(self, parameters: Parameters) -> FormMessage:
        """The request with these parameters."""
        return FormMessage(render_parameters([*parameters, ("client_id", self.client_id)]))


ClientAuthentication = ClientSecretBasic | ClientSecretPost | PublicClient


def parse_client_authentication(
    form: dict[str, str], authorization: bytes | None
) -> ClientAuthentication:
    """Read by which one method the client authenticates.

    A `client_id` in the form beside the Authorization field is accepted when it is the same.

    Spec: RFC 6749 §2.3, §2.3.1, §3.2.1.
    """
    if authorization is None:
        client_id, secret = required(form, "client_id"), form.get("client_secret")
        if secret is None:
            return PublicClient(client_id)
        return ClientSecretPost(client_id, Secret(secret))
    if "client_secret" in form:
        raise Malformed("client-authenticated-twice")
    if not is_basic(authorization):
        raise Malformed("authorization-not-basic")
    basic = _parse_basic(authorization)
    if form.get("client_id", basic.client_id) != basic.client_id:
        raise Malformed("client-authenticated-twice")
    return basic


def _parse_basic(authorization: bytes) -> ClientSecretBasic:
    user, password = split_basic(authorization)
    try:
        client_id = form_decoded(user).decode()
        return ClientSecretBasic(client_id, Secret(form_decoded(password).decode()))
    except UnicodeDecodeError:
        raise Malformed("basic-undecodable", because="not UTF-8") from None
