"""A TLS door before the platform: it keeps each request as it came, hands it on, and can break the answer."""

import contextlib
import datetime
import http.client
import ipaddress
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

PASSWORD = "changeit"
LONGEST_SILENCE = 40
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
FAULTS = {
    "nothing": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "html": b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s"
    % (len(HTML), HTML),
    "empty": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
    "cut": b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"a',
}


@dataclass
class Seen:
    """A request as it came."""

    method: str
    target: str
    fields: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.fields if found.lower() == name]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return urllib.parse.parse_qsl(self.body.decode("ascii"), strict_parsing=True)


@dataclass
class Trust:
    """A certificate authority of this run, in the form that each toolchain takes."""

    folder: Path

    @property
    def pem(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def jks(self) -> Path:
        return self.folder / "trust.p12"

    def server_context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem")
        return context


def new_trust(folder: Path, hosts: Iterable[str] = ("localhost",)) -> Trust:
    trust = Trust(folder)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Samples")])
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate(name, name, ca_key, ca_key, None, ())
    trust.pem.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = _certificate(own, name, key, ca_key, ca, hosts)
    (folder / "server.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    store = pkcs12.serialize_java_truststore(
        [pkcs12.PKCS12Certificate(ca, b"samples")],
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )
    trust.jks.write_bytes(store)
    return trust


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate | None,
    hosts: Iterable[str],
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca is None, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if ca is not None:
        names = [x509.DNSName(host) for host in hosts]
        names += [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        aki = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(aki, critical=False)
        usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(signer, hashes.SHA256())


@dataclass
class Front:
    """A door of its own for one program; `fault` answers in the platform's place."""

    listener: socket.socket
    server_port: int
    seen: list[Seen] = field(default_factory=list)
    fault: str | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.listener.getsockname()[1]}"

    def close(self) -> None:
        """Let nobody in any more."""
        _close(self.listener)

    @property
    def asked(self) -> list[Seen]:
        """What came, without what a browser asks before it asks."""
        return [each for each in self.seen if each.method != "OPTIONS"]


@contextlib.contextmanager
def opened(trust: Trust, server_port: int) -> Iterator[Front]:
    """Hold a door open until the block ends."""
    context = trust.server_context()
    listener = socket.create_server(("127.0.0.1", 0))
    front = Front(listener, server_port)
    threading.Thread(target=_serve, args=(front, context), daemon=True).start()
    try:
        yield front
    finally:
        _close(listener)


def _close(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _serve(front: Front, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = front.listener.accept()
        except OSError:
            return
        threading.Thread(target=_talk, args=(front, context, plain), daemon=True).start()


def _talk(front: Front, context: ssl.SSLContext, plain: socket.socket) -> None:
    """Answer one request; a program that does not like the certificate is none."""
    plain.settimeout(LONGEST_SILENCE)
    with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
        stream = connection.makefile("rwb")
        seen = _read(stream)
        if seen is None:
            return
        front.seen.append(seen)
        if front.fault == "silence":
            stream.read(1)  # until the other side gives up
            return
        stream.write(FAULTS[front.fault] if front.fault else _forward(front, seen))
        stream.flush()


def _read(stream: BinaryIO) -> Seen | None:
    line = stream.readline().decode("latin-1").split()
    if len(line) != 3:
        return None
    fields = []
    while (text := stream.readline().rstrip(b"\r\n")) != b"":
        name, _, value = text.decode("latin-1").partition(":")
        fields.append((name, value.strip()))
    named = {name.lower(): value for name, value in fields}
    if named.get("expect", "").lower() == "100-continue":
        stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        stream.flush()
    return Seen(line[0], line[1], fields, _read_body(stream, named))


def _read_body(stream: BinaryIO, named: dict[str, str]) -> bytes:
    if named.get("transfer-encoding", "").lower() != "chunked":
        return stream.read(int(named.get("content-length", "0")))
    parts = []
    while size := int(stream.readline(), 16):
        parts.append(stream.read(size))
        stream.readline()
    stream.readline()
    return b"".join(parts)


def _forward(front: Front, seen: Seen) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", front.server_port, timeout=30)
    connection.putrequest(seen.method, seen.target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", f"127.0.0.1:{front.server_port}")
    for name, value in seen.fields:
        if name.lower() not in ("host", "connection", "transfer-encoding", "expect"):
            connection.putheader(name, value)
    if seen.values("transfer-encoding"):
        connection.putheader("Content-Length", str(len(seen.body)))
    connection.endheaders(seen.body or None)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    kept = [
        f"{name}: {value}"
        for name, value in response.getheaders()
        if name.lower() not in ("connection", "transfer-encoding", "content-length", "keep-alive")
    ]
    kept += [f"Content-Length: {len(body)}", "Connection: close"]
    head = f"HTTP/1.1 {response.status} {response.reason}\r\n" + "\r\n".join(kept) + "\r\n\r\n"
    return head.encode("latin-1") + body
