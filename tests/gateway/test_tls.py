"""An https upstream is trusted by its certificate or not called at all."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from satsuma.domain.apis import Api
from satsuma.gateway.upstream import Upstreams
from tests.gateway import upstreams
from tests.gateway.world import an_api


def certified(clients: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give a server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    file = clients / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + pem
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


async def called(api: Api, tls: ssl.SSLContext | None) -> int | str:
    pool = Upstreams(tls=tls)
    try:
        answered = await pool.call(
            api, "GET", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", None, lambda: None
        )
        answered.close()
        return answered.message.code
    except OSError as reason:
        return type(reason).__name__
    finally:
        await pool.close()


async def test_an_https_upstream_must_be_trusted(tmp_path: Path) -> None:
    server_side, client_side = certified(tmp_path)
    server = await asyncio.start_server(upstreams.ok, "127.0.0.1", 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    async with server:
        api = an_api(f"https://127.0.0.1:{port}")
        assert await called(api, client_side) == 200
        assert await called(api, None) == "ClientConnectorCertificateError"
