"""Signature algorithms by their JOSE names, on `cryptography` directly where a request waits for them.

Spec: RFC 7518 §3.1; RFC 8037 §3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Sign = Callable[[bytes], bytes]
Verify = Callable[[bytes, bytes], bool]

SEAL: Final = "A256GCMSIV"
SIGNING_ALGORITHMS: Final = ("EdDSA", "ES256", "ES384", "RS256")
_CURVES: Final[dict[str, tuple[type[ec.EllipticCurve], type[hashes.HashAlgorithm], int]]] = {
    "ES256": (ec.SECP256R1, hashes.SHA256, 32),
    "ES384": (ec.SECP384R1, hashes.SHA384, 48),
}


def generate(alg: str) -> PrivateKey:
    """Make a private key for an algorithm; RSA keys have 2048 bits."""
    if alg == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if alg == "RS256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(_CURVES[alg][0]())


def to_der(key: PrivateKey) -> bytes:
    """The private key in PKCS #8, to be wrapped by the vault and by nothing less."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def from_der(der: bytes) -> PrivateKey:
    """Read a private key that `to_der` gave.

    Its primes are not tried again, which takes 40 ms: the vault gives back what was sealed, or nothing.
    """
    key = serialization.load_der_private_key(
        der, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(
        key, (ed25519.Ed25519PrivateKey, ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)
    ):
        raise ValueError("not a key of a supported algorithm")
    return key


def signer(alg: str, key: PrivateKey) -> Sign:
    """The function from bytes to the JWS signature."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    _, digest, size = _CURVES[alg]
    curve_key: ec.EllipticCurvePrivateKey = key
    algorithm = ec.ECDSA(digest())

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(curve_key.sign(data, algorithm))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign


def verifier(alg: str, key: PrivateKey) -> Verify:
    """The function (signature, data) to whether the signature is this key's."""

    def check(signature: bytes, data: bytes) -> bool:
        try:
            _check(alg, key, signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def _check(alg: str, key: PrivateKey, signature: bytes, data: bytes) -> None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        key.public_key().verify(signature, data)
    elif isinstance(key, rsa.RSAPrivateKey):
        key.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    else:
        _, digest, size = _CURVES[alg]
        if len(signature) != 2 * size:
            raise ValueError("a signature of the wrong length")
        r = int.from_bytes(signature[:size], "big")
        s = int.from_bytes(signature[size:], "big")
        key.public_key().verify(encode_dss_signature(r, s), data, ec.ECDSA(digest()))
