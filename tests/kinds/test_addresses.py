"""An e-mail address is one mailbox: what is stored is exactly what a mail server is told, or it is refused here.

The addresses are made by a grammar of what RFC 5322 allows and people try; a real mail server says what arrived.
"""

from __future__ import annotations

import asyncio
import random
import unicodedata

import pytest

from satsuma.accounts.emails import BadEmail, as_written, canonical_email, shown_email
from satsuma.domain.claims import person_claims
from satsuma.outbox.mail import Mail, MailPolicy, SmtpPost, mailbox_of
from satsuma.outbox.worker import GaveUp
from satsuma_client.protocol.secret import Secret
from tests.outbox.smtp import MailServer, mail_server
from tests.store.facts import NOW, account

SEED, MANY, AT_ONCE = 20261128, 5_000, 16
SENDER = "Corp, Inc. <no-reply@satsuma.example>"

ATOMS = (
    "ann",
    "Ann",
    "a",
    "o'neil",
    "x+tag",
    "a_b",
    "ann%evil.example",
    "bang!ann",
    "#",
    "=",
    "q=3D",
)
ODD_ATOMS = (
    "jörg",
    "ann",
    "аnn",
    "李",
    "",
    "a b",
    '"ann"',
    '"a@b"',
    "(c)ann",
    "ann(c)",
    "ann\\",
    "-",
)
INTRUDERS = (
    "=?utf-8?q?ann?=", "Ann <", "Group:", "<", "attacker@evil.example,", "attacker@evil.example(",
    "attacker@evil.example;", "a\r\nRCPT TO:<b@evil.example>\r\n", "\u200b", "\u202e", "\x00", "\t", "\ud800",
)  # fmt: skip
LABELS = ("example", "corp", "EXAMPLE", "a-b", "x1", "sub", "de")
ODD_LABELS = (
    "bücher", "xn--bcher-kva", "XN--BCHER-KVA", "faß", "日本", "xn--a", "b-", "-b", "a_b", "", "☃", "123",
    "exam\u00adple", "a\u200db", "рф", "example。de", "[127.0.0.1]", "x" * 64, "1.2.3.4",
)  # fmt: skip
ENDS = (
    ">",
    ")",
    ";",
    ",b@evil.example",
    "(b.example",
    ".",
    " ",
    "\r\n",
    "\r\nBcc: b@evil.example",
    '"',
    "%00",
    "\x7f",
    "@b.example",
)


def addresses(seed: int, many: int) -> list[str]:
    """Half of them plain or nearly, half with one or more of what a parser may trip over."""
    draw = random.Random(seed)

    def pick(plain: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return draw.choice(odd if draw.random() < 0.12 else plain)

    def one() -> str:
        local = ".".join(pick(ATOMS, ODD_ATOMS) for _ in range(draw.choice((1, 1, 2))))
        domain = ".".join(pick(LABELS, ODD_LABELS) for _ in range(draw.choice((1, 2, 2, 2, 3))))
        text = f"{local}@{domain}"
        if draw.random() < 0.3:
            text = draw.choice(INTRUDERS) + text
        if draw.random() < 0.3:
            text += draw.choice(ENDS)
        if draw.random() < 0.1:
            at = draw.randrange(len(text))
            text = text[:at] + draw.choice(INTRUDERS) + text[at:]
        return text

    return [one() for _ in range(many)]


async def sent(texts: list[str]) -> dict[str, list[str]]:
    """What a mail server was told for each address that a mail to it reached."""
    told: dict[str, list[str]] = {}
    async with mail_server() as server:
        post = SmtpPost(MailPolicy(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER))
        free = asyncio.Semaphore(AT_ONCE)

        async def send(number: int, to: str) -> None:
            async with free:
                await post.send(Mail(str(number), to, "Hello", "text", "<p>text</p>"))

        await asyncio.gather(*(send(number, to) for number, to in enumerate(texts)))
    for mail, envelope in zip(server.mails, server.envelopes, strict=True):
        number = mail["Message-ID"].strip("<>").partition("@")[0]
        to = [f"{each.username}@{each.domain}" for each in mail["To"].addresses]
        assert to == [texts[int(number)]]
        assert len(mail.get_all("From")) == len(mail["From"].addresses) == 1
        told[texts[int(number)]] = envelope
    return told


@pytest.mark.spec("RFC 5321 §2.3.1")
@pytest.mark.spec("RFC 5321 §2.3.11")
@pytest.mark.spec("RFC 5890 §2.3.2.1")
@pytest.mark.spec("RFC 6531 §3.2")
async def test_a_mail_server_is_told_what_is_stored_and_nothing_else() -> None:
    stored = dict.fromkeys(each for text in addresses(SEED, MANY) if (each := stored_as(text)))
    assert len(stored) > 500
    told = await sent(list(stored))
    for email in stored:
        assert told[email][0].startswith("MAIL FROM:<no-reply@satsuma.example>")
        assert told[email][1:] == [f"RCPT TO:<{email}>"]


def stored_as(text: str) -> str | None:
    try:
        return canonical_email(text)
    except BadEmail:
        return None


def test_the_one_form_is_one() -> None:
    for text in addresses(SEED + 1, MANY):
        email = stored_as(text)
        if email is None:
            continue
        local, _, domain = email.partition("@")
        assert email.isascii() and email == email.lower()
        assert domain.count(".") >= 1
        assert not any(unicodedata.category(each).startswith("C") for each in email)
        assert [stored_as(form) for form in (email, email.upper(), shown_email(email))] == [
            email
        ] * 3
        assert shown_email(email).startswith(f"{local}@")


@pytest.mark.spec("RFC 5321 §4.1.2")
@pytest.mark.parametrize(
    "text",
    [
        "attacker@evil.example(x.corp.example",
        "attacker@evil.example,ceo.corp.example",
        "Group:attacker@evil.example;",
        "Ann <ann@corp.example>",
        "=?utf-8?q?ann?=@corp.example",
        '"ann"@corp.example',
        "ann@localhost",
        "ann@[127.0.0.1]",
        "ann@127.0.0.1",
        "ann@corp.example.",
        "ann..b@corp.example",
        "ann@corp.example\r\nBcc: b@evil.example",
        "an\u200bn@corp.example",
        "ann@corp\u202e.example",
        "jörg@corp.example",
    ],
)
def test_what_could_be_read_as_another_mailbox_is_refused(text: str) -> None:
    with pytest.raises(BadEmail):
        canonical_email(text)


@pytest.mark.parametrize(
    ("text", "stored", "shown"),
    [
        (" Ann+Tag@Corp.Example ", "ann+tag@corp.example", "ann+tag@corp.example"),
        ("ann@Bücher.example", "ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", "ann@bücher.example"),
        ("ann@corp.local", "ann@corp.local", "ann@corp.local"),
    ],
)
def test_one_mailbox_has_one_form(text: str, stored: str, shown: str) -> None:
    assert canonical_email(text) == stored
    assert shown_email(stored) == shown


@pytest.mark.parametrize(
    "text", ["ann@localhost", "ann@bücher.example", "jörg@corp.example", "a(b@corp.example"]
)
def test_what_was_taken_once_is_still_looked_up_as_it_was_stored(text: str) -> None:
    assert as_written(text.upper()) == text


async def test_a_stored_text_that_is_no_one_mailbox_gets_no_mail() -> None:
    async with mail_server(MailServer()) as server:
        post = SmtpPost(MailPolicy(Secret(f"smtp://127.0.0.1:{server.port}"), SENDER))
        for to in (
            "attacker@evil.example(x.corp.example",
            "a@b.example,c@d.example",
            "jörg@b.example",
            "call-0800<ann@b.example>",
            "Ann <ann@b.example>",
            "ann@b\u00adb.example",
        ):
            with pytest.raises(GaveUp):
                await post.send(Mail("1", to, "Hello", "text", "<p>text</p>"))
        await post.send(Mail("2", "ann@bücher.example", "Hello", "text", "<p>text</p>"))
    assert [each[1] for each in server.envelopes] == ["RCPT TO:<ann@xn--bcher-kva.example>"]


@pytest.mark.spec("RFC 5322 §3.4")
@pytest.mark.parametrize("sender", [SENDER, '"Corp, Inc." <a@b.example>', "a@b.example"])
def test_a_sender_is_one_however_its_name_reads(sender: str) -> None:
    assert "@" in mailbox_of(sender).addr_spec


@pytest.mark.spec("OIDC Core §5.1")
@pytest.mark.parametrize(
    ("email", "verified"),
    [
        ("ann@corp.example", True),
        ("ann@localhost", True),
        ("ann@b\u00fccher.example", True),
        ("attacker@evil.example(x.corp.example", False),
        ("attacker@evil.example,ceo.corp.example", False),
        ("=?utf-8?q?ceo?=@corp.example", False),
        ("group:ceo@corp.example;", False),
    ],
)
def test_an_address_of_old_that_reads_as_another_is_not_told_as_verified(
    email: str, verified: bool
) -> None:
    known = account(1, email=email, confirmed_at=NOW)
    assert person_claims(known, ("email_verified",)) == {"email_verified": verified}
