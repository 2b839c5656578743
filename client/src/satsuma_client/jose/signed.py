"""What a signature proves: by one of the allowed algorithms, with a key that is for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from satsuma_client.protocol.base64url import unb64
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object

MAX_CHARACTERS: Final = 16 * 1024
ALGORITHMS: Final = frozenset(
    {
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
        "ES256", "ES384", "ES512", "EdDSA", "Ed25519",
    }
)  # fmt: skip
"""What issuers sign with. None that needs a secret: whoever verifies could sign."""


class NotSigned(Exception):
    """A token is none of this issuer's, or not what it must be; `why` names the rule and nothing of the token."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Keys(Protocol):
    """Where the key of a token is found."""

    def find(self, kid: str | None, alg: str) -> list[Any]:
        """The keys that a token may be signed with, as joserfc's; raises NotSigned for none."""
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """A token whose signature is good: its header and its claims."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)


def verify(token: str, keys: Keys, algorithms: Collection[str] = ALGORITHMS) -> Signed:
    """Verify a compact JWS with a JSON object in it; raises NotSigned.

    Spec: RFC 7515 §5.2; RFC 7519 §7.2; RFC 8725 §3.1, §3.2.
    """
    header = unverified_header(token)
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in algorithms or alg not in ALGORITHMS:
        raise NotSigned("its algorithm is not allowed")
    if kid is not None and not isinstance(kid, str):
        raise NotSigned("its kid is no text")
    if "crit" in header or "b64" in header:
        raise NotSigned("its header has an extension that must be understood")
    for key in keys.find(kid, alg):
        if _is_by(token, key, alg):
            return Signed(header, _decoded(token.split(".")[1], "its claims"))
    raise NotSigned("its signature is not by a key of the issuer")


def unverified_header(token: str) -> dict[str, Any]:
    """The header as it stands, good for finding a key and for nothing else; raises NotSigned."""
    if len(token) > MAX_CHARACTERS:
        raise NotSigned("it is too long")
    if not token.isascii() or token.count(".") != 2:
        raise NotSigned("it is no signed token")
    return _decoded(token.partition(".")[0], "its header")


def is_key_for(key: Mapping[str, Any], alg: str) -> bool:
    """Say whether a public JWK may verify this algorithm.

    Spec: RFC 7517 §4.2, §4.3, §4.4; RFC 7518 §3.1; RFC 8037 §3.1.
    """
    kty = {"R": "RSA", "P": "RSA", "E": "EC"}[alg[0]] if not alg.startswith("Ed") else "OKP"
    curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}.get(alg)
    if kty == "OKP":
        curve = "Ed25519"
    operations = key.get("key_ops")
    return (
        key.get("kty") == kty
        and key.get("use") in (None, "sig")
        and key.get("alg") in (None, alg)
        and (curve is None or key.get("crv") == curve)
        and (operations is None or (isinstance(operations, list) and "verify" in operations))
    )


def _is_by(token: str, key: Any, alg: str) -> bool:
    """Say whether this key made the token's signature.

    Spec: RFC 7515 §5.2.
    """
    from joserfc.errors import JoseError
    from joserfc.jws import JWSRegistry

    signed, _, signature = token.rpartition(".")
    model = JWSRegistry.algorithms[alg]
    try:
        model.check_key(key)
        return model.verify(signed.encode(), unb64(signature.encode()), key)
    except (JoseError, ValueError, TypeError):
        return False


def _decoded(part: str, what: str) -> dict[str, Any]:
    try:
        return parse_object(unb64(part.encode()))
    except (Malformed, ValueError):
        raise NotSigned(f"{what} cannot be read") from None
