"""A certificate authority for one name: whoever trusts it trusts it for that name alone, and for seven days."""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE: Final = timedelta(days=7)
_BEFORE: Final = timedelta(hours=1)
_EVERY_ADDRESS: Final = ("0.0.0.0/0", "::/0")
_USES: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority whose key is in memory and nowhere else. `certificate` is what a program trusts.

    Java does not look at the constraints of what it trusts, only at those of what stands below it. So what is trusted
    has signed one thing, and its key is gone: an authority that has the same constraints, and signs the rest.
    """

    certificate: x509.Certificate
    _issuer: x509.Certificate = field(repr=False)
    _key: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def of_one_name(cls, name: str, now: datetime) -> Authority:
        """Make one that is good for `name`, and for no other name and no address.

        Spec: RFC 5280 §4.2.1.10, §6.1.1.
        """
        gone = ec.generate_private_key(ec.SECP256R1())
        key = ec.generate_private_key(ec.SECP256R1())
        root = _named(f"Satsuma for tests, for {name} alone")
        issuer = _named(f"Satsuma for tests, issuing for {name}")
        trusted = _constrained(_begun(root, root, gone.public_key(), now), name, below=1)
        below = _constrained(_begun(issuer, root, key.public_key(), now), name, below=0)
        below = below.add_extension(_signed_by(gone), critical=False)
        sha256 = hashes.SHA256()
        return cls(trusted.sign(gone, sha256), below.sign(gone, sha256), key)

    @property
    def pem(self) -> bytes:
        """The certificate, which is no secret."""
        return _pem(self.certificate)

    def context(self, name: str, now: datetime) -> ssl.SSLContext:
        """What serves TLS as `name`; whoever keeps to the constraints refuses any name but the authority's own."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self._issuer.subject
        builder = (
            _begun(_named(name[:64]), issuer, key.public_key(), now)
            .add_extension(x509.SubjectAlternativeName([_general(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_used_for("digital_signature"), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_signed_by(self._key), critical=False)
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        chain = (certificate, self._issuer)
        return _loaded(private + b"".join(map(_pem, chain)))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _constrained(
    builder: x509.CertificateBuilder, name: str, below: int
) -> x509.CertificateBuilder:
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(name)],
        excluded_subtrees=[x509.IPAddress(ipaddress.ip_network(a)) for a in _EVERY_ADDRESS],
    )
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_used_for("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _signed_by(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _used_for(*uses: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{use: use in uses for use in _USES})


def _loaded(pem: bytes) -> ssl.SSLContext:
    """A context with a key that no disk has seen: the one way into it is a file, and this one is in memory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = os.memfd_create("satsuma-testing", os.MFD_CLOEXEC)
    try:
        with open(file, "wb", closefd=False) as written:
            written.write(pem)
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
    return context
