"""Mail through a whole server: signed up by HTTP, written, sent over SMTP as the settings say, and used."""

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import pytest

from tests.oauth.agent import Agent
from tests.oauth.flow import PASSWORD
from tests.outbox.smtp import ELSEWHERE, Login, MailServer, certified, mail_server_beside
from tests.wire.server import Server, run_satsuma, running_server, wait_until

ZOE = "zoe@people.example"
USER = "\0satsuma\0open sesame"
SCHEMES = {"plain": "smtp", "starttls": "smtp", "implicit": "smtps"}


@pytest.fixture(params=["starttls", "implicit"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MailServer]:
    """A mail server that is not on this machine by its name, with a certificate that the file trusts."""
    context, _ = certified(tmp_path)
    with mail_server_beside(MailServer(tls=context, kind=request.param)) as running:
        yield running


def settings(sink: MailServer, folder: Path, host: str = ELSEWHERE, **more: str) -> dict[str, str]:
    url = f"{SCHEMES[sink.kind]}://satsuma:open%20sesame@{host}:{sink.port}"
    trusted = {"SSL_CERT_FILE": str(folder / "mail-ca.pem")}
    return {"SATSUMA_SMTP_URL": url, "SATSUMA_SIGN_UP": "open", **trusted, **more}


def arrived(server: Server, sink: MailServer) -> EmailMessage:
    wait_until(lambda: sink.mails, 15, server.log.read_text)
    return sink.mails[0]


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost:\d+/confirm/\S+", body.get_content())
    assert found, body.get_content()
    return found[0]


def choose_a_password(agent: Agent, link: str) -> None:
    page = agent.send(agent.open(link), password=PASSWORD)
    assert page.url == f"{agent.server.pages_url}/account", page.text
    assert ZOE in page.text


@pytest.mark.spec("RFC 3207 §4")
@pytest.mark.spec("RFC 8314 §3")
def test_who_signs_up_receives_a_mail_over_tls_and_confirms_by_it(
    tmp_path: Path, sink: MailServer
) -> None:
    with running_server(tmp_path, environment=settings(sink, tmp_path)) as server:
        agent = Agent(server)
        page = agent.open(f"{server.pages_url}/sign-up")
        assert "We sent an e-mail to" in agent.send(page, email=ZOE).text
        mail = arrived(server, sink)
        assert (mail["To"], mail["Subject"]) == (ZOE, "Confirm your e-mail address")
        choose_a_password(agent, link_in(mail))
        log = server.log.read_text()
    assert set(sink.logins) == {Login(USER, True)}
    assert "mail_unset" not in log
    for secret in ("open sesame", "open%20sesame", ZOE, link_in(mail)):
        assert secret not in log


def test_who_is_invited_comes_in_where_nobody_can_sign_up(tmp_path: Path) -> None:
    with mail_server_beside(MailServer(), "127.0.0.1") as sink:
        own = settings(sink, tmp_path, "127.0.0.1", SATSUMA_SIGN_UP="invite")
        with running_server(tmp_path, environment=own) as server:
            agent = Agent(server)
            assert agent.open(f"{server.pages_url}/sign-up").status == 403
            place = own | {"SATSUMA_DATABASE": server.database}
            done = run_satsuma("accounts", "invite", ZOE, "--language", "fr", environment=place)
            assert done.returncode == 0, done.stderr
            mail = arrived(server, sink)
            assert mail["Subject"] == "Vous êtes invité"
            choose_a_password(agent, link_in(mail))
    assert set(sink.logins) == {Login(USER, False)}  # never leaves this machine


def untrusted(folder: Path, kind: Literal["plain", "starttls", "implicit"]) -> MailServer:
    context, _ = certified(folder)
    (folder / "mail-ca.pem").write_text("")
    return MailServer(tls=context, kind=kind)


@pytest.mark.parametrize("kind", ["plain", "starttls", "implicit"])
def test_credentials_go_to_no_server_that_is_not_known_and_encrypted(
    tmp_path: Path, kind: Literal["plain", "starttls", "implicit"]
) -> None:
    with (
        mail_server_beside(untrusted(tmp_path, kind)) as sink,
        running_server(tmp_path, environment=settings(sink, tmp_path)) as server,
    ):
        agent = Agent(server)
        agent.send(agent.open(f"{server.pages_url}/sign-up"), email=ZOE)
        wait_until(lambda: "work_failed" in server.log.read_text(), 15)
        assert '"kind": "mail"' in server.log.read_text()
    assert (sink.logins, sink.mails) == ([], [])


def test_a_production_server_without_mail_says_so_at_its_start(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        lines = [line for line in server.log.read_text().splitlines() if "mail_unset" in line]
    assert len(lines) == 1
    assert '"level": "warning"' in lines[0]
    assert "SATSUMA_SMTP_URL_FILE" in lines[0]
