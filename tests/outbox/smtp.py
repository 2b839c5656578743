"""A small real SMTP server on a loopback port: it takes mails, or refuses them as told; with TLS where asked."""

import asyncio
import base64
import contextlib
import datetime
import email
import email.policy
import ipaddress
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ELSEWHERE = "127.0.0.2"
"""An address of this machine that no setting calls this machine, so that what holds for the network holds here."""


class Login(NamedTuple):
    """What a client proved itself by, and whether the line was encrypted."""

    text: str
    encrypted: bool


@dataclass
class MailServer:
    """What arrived; `envelopes` has for each mail what was said before it: who sends, and each that it goes to.

    `refusals` is how many more mails it turns away.
    """

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    refusals: int = 0
    tls: ssl.SSLContext | None = None
    kind: Literal["plain", "starttls", "implicit"] = "plain"
    logins: list[Login] = field(default_factory=list)

    def keep(self, envelope: list[str], data: bytes) -> None:
        """Keep a mail and what was said before it."""
        self.envelopes.append(envelope.copy())
        envelope.clear()
        parsed = email.message_from_bytes(data[:-3], policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP with one client."""
        encrypted = self.kind == "implicit"
        envelope: list[str] = []

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 sink ready")
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            while line := (await reader.readline()).decode().strip():
                command = line.split()[0].upper()
                envelope += [line] if command in ("MAIL", "RCPT") else []
                if command == "EHLO":
                    say("250-sink")
                    if self.kind == "starttls" and not encrypted:
                        say("250-STARTTLS")
                    say("250 AUTH PLAIN")
                elif command == "STARTTLS" and self.tls is not None:
                    say("220 go on")
                    await writer.drain()
                    await writer.start_tls(self.tls)
                    encrypted = True
                elif command == "AUTH":
                    text = base64.b64decode(line.split()[2]).decode()
                    self.logins.append(Login(text, encrypted))
                    say("235 known")
                elif command == "DATA":
                    say("354 go on")
                    self.keep(envelope, await reader.readuntil(b"\r\n.\r\n"))
                    say("250 taken")
                elif command == "MAIL" and self.refusals > 0:
                    self.refusals -= 1
                    say("451 later, please")
                elif command == "QUIT":
                    say("221 bye")
                    break
                else:
                    say("250 fine")
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def mail_server(
    sink: MailServer | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[MailServer]:
    """Run the server until the block ends."""
    sink = sink or MailServer()
    tls = sink.tls if sink.kind == "implicit" else None
    server = await asyncio.start_server(sink.talk, host, 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink


@contextlib.contextmanager
def mail_server_beside(sink: MailServer, host: str = ELSEWHERE) -> Iterator[MailServer]:
    """Run the server in a thread of its own, beside a process that is tested."""
    loop = asyncio.new_event_loop()
    begun, done = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with mail_server(sink, host):
            begun.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert begun.wait(10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def certified(folder: Path, address: str = ELSEWHERE) -> tuple[ssl.SSLContext, Path]:
    """Give a server's context with a certificate of its own for an address, and the file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of the test")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, own = folder / "mail-ca.pem", folder / "mail.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    own.write_bytes(private + trusted.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return context, trusted
