"""ID tokens that come back to us as hints: whose they are, and for which client. They may have expired."""

from __future__ import annotations

from typing import NamedTuple

from satsuma.keys import jwt
from satsuma.keys.ring import KeyRing


class Hint(NamedTuple):
    """What a genuine ID token of ours says."""

    sub: str
    client_id: str
    sid: str | None


def read_hint(ring: KeyRing, issuer: str, token: str) -> Hint | None:
    """Read an `id_token_hint`; None unless we signed it as this issuer. Its expiry does not matter.

    Spec: OIDC Core §3.1.2.2; OIDC RP-Initiated Logout §4.
    """
    if not token.isascii():
        return None
    parts = jwt.split(token.encode())
    if parts is None:
        return None
    header, claims, signing_input, signature = parts
    key = ring.verifying_key(header.get("kid"), header.get("alg"))
    if key is None or header.get("typ") != "JWT" or not key.verify(signing_input, signature):
        return None
    sub, aud, sid = claims.get("sub"), claims.get("aud"), claims.get("sid")
    if claims.get("iss") != issuer or not isinstance(sub, str) or not isinstance(aud, str):
        return None
    return Hint(sub, aud, sid if isinstance(sid, str) else None)


def unproven_client_of(token: str | None) -> str:
    """The client that a hint names, proven or not; empty where it names none.

    Spec: OIDC RP-Initiated Logout §2.
    """
    parts = jwt.split(token.encode()) if token is not None and token.isascii() else None
    aud = None if parts is None else parts[1].get("aud")
    return aud if isinstance(aud, str) else ""
