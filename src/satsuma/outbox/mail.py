"""Mail: sealed while it waits, sent over SMTP, or shown on a page where no mail may leave."""

from __future__ import annotations

import json
import unicodedata
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit

import idna

from satsuma.domain.effects import Effect
from satsuma.domain.mailboxes import split_mailbox
from satsuma.domain.work import Enqueue, Work
from satsuma.keys.randomness import public_id
from satsuma.keys.vault import Vault
from satsuma.outbox.worker import GaveUp
from satsuma_client.protocol import loopback
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from aiosmtplib import SMTP

MAIL: Final = "mail"
LETTER: Final = "letter"
"""The kind of work that becomes mail: who writes letters takes it, and adds a mail."""
_TIMEOUT: Final = 20.0
_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class MailPolicy:
    """Where mail goes and from whom: `smtp_url` is smtp://USER:PASSWORD@HOST:PORT (STARTTLS) or smtps:// (TLS).

    On a loopback host smtp:// has no TLS. `life` is how long a mail is worth sending.
    """

    smtp_url: Secret | None = None
    sender: str = "Satsuma <no-reply@localhost>"
    life: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail; `at` is when it was written, epoch seconds."""

    mail_id: str
    to: str
    subject: str
    text: str
    html: str
    at: float = 0.0


class Post(Protocol):
    """What brings a mail away."""

    async def send(self, mail: Mail) -> None:
        """Send a mail, or raise; one sent twice has the same Message-ID."""


def put_mail(vault: Vault, mail: Mail, now: datetime) -> Enqueue:
    """The effect that puts a mail into the outbox, sealed."""
    return enqueue(vault, MAIL, asdict(replace(mail, at=now.timestamp())), now, mail.mail_id)


def enqueue(
    vault: Vault, kind: str, body: dict[str, object], now: datetime, work_id: str = ""
) -> Enqueue:
    """The effect that adds work with a sealed body."""
    work_id = work_id or public_id("wrk", vault.draw)
    payload = vault.wrap(json.dumps(body).encode(), "outbox", work_id, "payload")
    return Enqueue(Work(work_id, kind, payload, now))


def open_body(vault: Vault, work: Work) -> dict[str, object]:
    """The body of a piece of work."""
    body: dict[str, object] = json.loads(
        vault.unwrap(work.payload, "outbox", work.work_id, "payload")
    )
    return body


class Sending:
    """A mail is sent until it is half an hour old; then it is given up, and the log says so."""

    def __init__(
        self, vault: Vault, post: Post, policy: MailPolicy, clock: Callable[[], datetime]
    ) -> None:
        """Send through `post`."""
        self._vault = vault
        self._post = post
        self._policy = policy
        self._clock = clock

    async def __call__(self, work: Work) -> Sequence[Effect]:
        """Send one mail; raises GaveUp where it is too late for it."""
        body: dict[str, object] = open_body(self._vault, work)
        mail = Mail(**body)  # type: ignore[arg-type]
        written = datetime.fromtimestamp(mail.at, UTC)
        if self._clock() - written > self._policy.life:
            raise GaveUp(f"not sent within {self._policy.life}")
        await self._post.send(mail)
        return ()


class SmtpPost:
    """Sends over SMTP, by TLS wherever the server is not this machine."""

    def __init__(self, policy: MailPolicy) -> None:
        """Read the server from `policy`."""
        self._policy = policy

    async def send(self, mail: Mail) -> None:
        """Send a mail to its one mailbox; raises what the server or the network gave, GaveUp where there is no mailbox.

        The envelope is said in words of its own, never read back from the message's fields.

        Spec: RFC 5321 §2.3.1.
        """
        from aiosmtplib import SMTPNotSupported

        sender, to = mailbox_of(self._policy.sender).addr_spec, recipient_of(mail.to).addr_spec
        async with self._client() as client:
            try:
                await client.send_message(
                    message_of(mail, self._policy.sender), sender=sender, recipients=[to]
                )
            except SMTPNotSupported as problem:
                raise GaveUp(f"the mail server cannot carry the address: {problem}") from None

    async def try_out(self) -> None:
        """Connect and prove who we are, without a mail; raises what the server or the network gave."""
        async with self._client():
            pass

    def _client(self) -> SMTP:
        """A client that speaks to the server of the policy: in clear to this machine alone.

        Spec: RFC 3207 §4; RFC 8314 §3.
        """
        from aiosmtplib import SMTP

        if self._policy.smtp_url is None:
            raise GaveUp("no mail server is set")
        parts = urlsplit(self._policy.smtp_url.reveal())
        tls = parts.scheme == "smtps"
        return SMTP(
            hostname=parts.hostname,
            port=parts.port or (465 if tls else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=tls,
            start_tls=not tls and parts.hostname not in loopback.NAMES,
            timeout=_TIMEOUT,
        )


class Inbox:
    """Keeps mails in memory, newest first, for a page that shows them; `tell` says on the console that one came."""

    def __init__(self, tell: Callable[[Mail], None] = lambda mail: None) -> None:
        self._mails: deque[Mail] = deque(maxlen=_KEPT)
        self.tell = tell

    async def send(self, mail: Mail) -> None:
        """Keep a mail, once."""
        if all(kept.mail_id != mail.mail_id for kept in self._mails):
            self._mails.appendleft(mail)
            self.tell(mail)

    def mails(self) -> list[Mail]:
        """The mails, newest first."""
        return list(self._mails)


def mailbox_of(text: str) -> Address:
    """The one mailbox that `NAME <ADDRESS>` or `ADDRESS` in a setting means; raises GaveUp for any other.

    What stands at the `@` alone decides: no comment, no list, no quoted word can turn it into another mailbox.

    Spec: RFC 5322 §3.4; RFC 5890 §2.3.2.1.
    """
    name, bracket, rest = text.rpartition("<")
    bare = rest.removesuffix(">") if bracket and rest.endswith(">") else text
    return _address(name.strip().strip('"'), bare, text)


def recipient_of(text: str) -> Address:
    """The one mailbox of a stored address, without a name beside it; raises GaveUp where it is none as it stands."""
    if any(unicodedata.category(character).startswith("C") for character in text):
        raise GaveUp(f"{text[:80]!r} is not one mailbox")
    return _address("", text, text)


def _address(name: str, bare: str, text: str) -> Address:
    """A mailbox, its domain in A-labels; raises GaveUp, which says the `text` that it was read from."""
    found = split_mailbox(bare)
    if found is None:
        raise GaveUp(f"{text[:80]!r} is not one mailbox")
    try:
        local, domain = found[0], found[1].lower()
        if not domain.isascii():
            domain = idna.encode(domain, uts46=True).decode()
        return Address(name, local, domain)
    except (ValueError, MessageError) as problem:
        raise GaveUp(f"{text[:80]!r} is not one mailbox: {problem}") from None


def message_of(mail: Mail, sender: str) -> EmailMessage:
    """The message: text first, simple HTML beside it.

    Spec: RFC 2046 §5.1.4.
    """
    message = EmailMessage(policy=WIRE)
    by = mailbox_of(sender)
    message["From"] = by
    message["To"] = recipient_of(mail.to)
    message["Subject"] = mail.subject
    message["Date"] = datetime.fromtimestamp(mail.at, UTC)
    message["Message-ID"] = f"<{mail.mail_id}@{by.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
