"""Mail leaves by SMTP once it is due, again after a refusal, never twice by two workers, never in clear at rest."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from satsuma.keys.vault import Vault
from satsuma.outbox.mail import MAIL, Inbox, Mail, MailPolicy, Sending, SmtpPost, put_mail
from satsuma.outbox.worker import Worker, pause_after
from satsuma.store.opening import open_store
from satsuma.store.port import Store
from satsuma_client.protocol.secret import Secret
from tests.outbox.smtp import mail_server
from tests.store.facts import NOW

LETTER = Mail(
    "wrk_1", "zoe@people.example", "Confirmez : à vous", "un lien\n", "<p>un <b>lien</b></p>"
)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'mail.db'}", upgrade=True)
    yield opened
    await opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(b"k" * 32)


def worker(store: Store, vault: Vault, port: int, clock: Callable[[], datetime]) -> Worker:
    policy = MailPolicy(Secret(f"smtp://127.0.0.1:{port}"), "Satsuma <no-reply@satsuma.example>")
    sending = Sending(vault, SmtpPost(policy), policy, clock)
    return Worker(store, MAIL, sending, clock, structlog.get_logger())


async def waiting(store: Store) -> int:
    return await store.read(lambda reader: reader.count_work())


@pytest.mark.spec("RFC 2046 §5.1.4")
async def test_a_mail_arrives_with_both_parts_and_is_done(store: Store, vault: Vault) -> None:
    async with mail_server() as server:
        clock = Clock()
        await store.commit(put_mail(vault, LETTER, clock()))
        assert await worker(store, vault, server.port, clock).once() == 1
        assert await waiting(store) == 0
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == (LETTER.to, LETTER.subject)
    assert mail["From"] == "Satsuma <no-reply@satsuma.example>"
    assert mail["Message-ID"] == "<wrk_1@satsuma.example>"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == LETTER.text.strip()
    assert html.get_content().strip() == LETTER.html


async def test_a_refused_mail_is_tried_again_later_and_later(store: Store, vault: Vault) -> None:
    async with mail_server() as server:
        server.refusals = 2
        clock = Clock()
        mails = worker(store, vault, server.port, clock)
        await store.commit(put_mail(vault, LETTER, clock()))
        assert [await mails.once(), await mails.once()] == [0, 0]
        assert server.refusals == 1  # not at once
        clock.now += timedelta(minutes=1)
        assert await mails.once() == 0
        clock.now += timedelta(minutes=1)
        assert await mails.once() == 0
        assert server.mails == []
        clock.now += timedelta(minutes=1)
        assert await mails.once() == 1
    assert len(server.mails) == 1


async def test_a_mail_nobody_needs_any_more_is_given_up(store: Store, vault: Vault) -> None:
    async with mail_server() as server:
        clock = Clock()
        await store.commit(put_mail(vault, LETTER, clock()))
        clock.now += timedelta(minutes=31)
        assert await worker(store, vault, server.port, clock).once() == 1
        assert await waiting(store) == 0
    assert server.mails == []


async def test_many_workers_send_a_mail_once(store: Store, vault: Vault) -> None:
    async with mail_server() as server:
        clock = Clock()
        letters = [replace(LETTER, mail_id=f"wrk_{n}") for n in range(10)]
        await store.commit(*(put_mail(vault, each, clock()) for each in letters))
        workers = [worker(store, vault, server.port, clock) for _ in range(4)]
        await asyncio.gather(*(each.once() for each in workers))
        assert await waiting(store) == 0
    ids = [mail["Message-ID"] for mail in server.mails]
    assert sorted(ids) == sorted(set(ids))
    assert len(ids) == 10


async def test_a_mail_at_rest_is_sealed(store: Store, vault: Vault, tmp_path: Path) -> None:
    await store.commit(put_mail(vault, LETTER, NOW))
    await store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())  # noqa: ASYNC240
    assert b"wrk_1" in kept
    for part in (LETTER.to, LETTER.subject, LETTER.text):
        assert part.encode() not in kept


async def test_an_unreachable_server_is_no_loss(
    store: Store, vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    async with mail_server() as server:
        port = server.port
    clock = Clock()
    mails = worker(store, vault, port, clock)
    await store.commit(put_mail(vault, LETTER, clock()))
    assert await mails.once() == 0
    assert await waiting(store) == 1
    said = capsys.readouterr().out
    assert "work_failed" in said
    assert "people.example" not in said


def test_pauses_grow_to_an_hour() -> None:
    minutes = [pause_after(attempts).total_seconds() / 60 for attempts in (0, 1, 2, 5, 6, 50)]
    assert minutes == [1, 2, 4, 32, 60, 60]


async def test_the_inbox_keeps_a_mail_once_and_the_newest_first() -> None:
    told: list[str] = []
    inbox = Inbox(lambda mail: told.append(mail.mail_id))
    for mail_id in ("wrk_1", "wrk_2", "wrk_1"):
        await inbox.send(replace(LETTER, mail_id=mail_id))
    assert [mail.mail_id for mail in inbox.mails()] == ["wrk_2", "wrk_1"]
    assert told == ["wrk_1", "wrk_2"]
