"""The Basic credentials of a client."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.form import unquote_plus

_MAX_VALUE = 4096


class BasicCredentials(NamedTuple):
    """A user-id and a password as bytes, in the order that they were sent."""

    client_id: str
    client_secret: bytes

    def __repr__(self) -> str:
        return f"BasicCredentials({self.client_id!r}, ...)"


def is_basic(authorization: bytes) -> bool:
    """Say whether a header uses the Basic scheme; the scheme's case does not matter.

    Spec: RFC 9110 §11.1.
    """
    if authorization.startswith(b"Basic "):
        return True
    return authorization[:5].lower() == b"basic" and authorization[5:6] in (b" ", b"")


def parse_basic(authorization: bytes) -> BasicCredentials:
    """Read `Basic base64(client_id:client_secret)`; the client_id is form-decoded.

    Raises Malformed (`basic-undecodable`) for bad base64, no colon, or what is not text.

    Spec: RFC 7617 §2; RFC 6749 §2.3.1.
    """
    user, password = split_basic(authorization)
    try:
        client_id = _decoded_id(user).decode("ascii")
    except UnicodeDecodeError:
        raise Malformed("basic-undecodable", because="not ASCII") from None
    return BasicCredentials(client_id, password)


def split_basic(authorization: bytes) -> tuple[bytes, bytes]:
    """The two parts as they were sent, split on the first colon.

    Raises Malformed (`basic-undecodable`) for bad base64 or no colon.

    Spec: RFC 7617 §2.
    """
    encoded = authorization[6:].strip(b" ")
    if len(encoded) > _MAX_VALUE:
        raise Malformed("basic-undecodable", because="too long")
    try:
        decoded = binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error:
        raise Malformed("basic-undecodable", because=_why(encoded)) from None
    user, colon, password = decoded.partition(b":")
    if not colon:
        raise Malformed("basic-undecodable", because="no colon")
    return user, password


def _decoded_id(user: bytes) -> bytes:
    """The client_id, form-decoded; no identifier holds a sign that this could change, so that one reading is enough.

    Deviation: ADR-0011.
    Spec: RFC 6749 §2.3.1.
    """
    return unquote_plus(user) if b"%" in user or b"+" in user else user


def form_decoded(secret: bytes) -> bytes:
    """The secret as a client that form-encoded it meant it.

    RFC 6749 asks clients to form-encode the two parts; many do not. Both readings are tried, the plain one first.

    Deviation: ADR-0011.
    Spec: RFC 6749 §2.3.1.
    """
    return unquote_plus(secret)


def authorization_header(client_id: str, client_secret: str) -> str:
    """The ready header value; it starts with `Basic `.

    Spec: RFC 7617 §2.
    """
    pair = f"{client_id}:{client_secret}".encode()
    return "Basic " + base64.b64encode(pair).decode()


def _why(encoded: bytes) -> str:
    if encoded[:5].lower() == b"basic":
        return "Basic twice"
    if b"." in encoded:
        return "a shortened sample"
    return "not base64"
