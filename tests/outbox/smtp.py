"""A small real SMTP server on a loopback port: it takes mails, or refuses them as told."""

import asyncio
import contextlib
import email
import email.policy
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage


@dataclass
class MailServer:
    """What arrived; `refusals` is how many more mails it turns away."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refusals: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP with one client."""

        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 sink ready")
        with contextlib.suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                command = line.split()[0].upper()
                if command == "DATA":
                    say("354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    parsed = email.message_from_bytes(data[:-3], policy=email.policy.default)
                    assert isinstance(parsed, EmailMessage)
                    self.mails.append(parsed)
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
async def mail_server() -> AsyncIterator[MailServer]:
    """Run the server until the block ends."""
    sink = MailServer()
    server = await asyncio.start_server(sink.talk, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink
