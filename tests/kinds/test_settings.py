"""Every setting that names a service is read at the start: good and in one form, or refused by name and with its form.

The settings are those of the structure itself, each crossed with each malformed value, by each way that a value comes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from email import policy
from email.headerregistry import Address
from email.parser import Parser
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from psycopg.conninfo import conninfo_to_dict
from redis.asyncio import Redis, SSLConnection

from satsuma.app.clock import utc_now
from satsuma.app.service_settings import REDIS_OPTIONS
from satsuma.app.setting_sources import expected_of, reading_of
from satsuma.app.settings import (
    SECRETS,
    UNREPEATED,
    BadSettings,
    Settings,
    load_settings,
    setting_types,
)
from satsuma.domain.issuers import PRESETS
from satsuma.front.hosts import Hosts
from satsuma.gateway.headers import InboundFields
from satsuma.outbox.mail import MailPolicy, SmtpPost
from satsuma.testing.certificates import Authority
from satsuma_client.protocol.secret import Secret
from tests.wire.server import free_port, run_satsuma

PASSWORD = "pa#ss/w?rd@1"
MALFORMED = (
    "", " ", "foo", "127.0.0.1:6379", "A@B.C", "://", "http://", "https:///x", "https://a b", "https://[::1",
    "https://[x]",
    "https://u@a.example", "https://a.example/path", "https://a.example:99999", "https://a.example:x", "//a.example",
    "HTTPS://A.Example:443/", "https://bücher.example", "https://a..example", "javascript:1", "ftp://a.example",
    "smtp://", "smtp://:587", "smtp://u:" + PASSWORD + "@mail.example:587", "smtp://mail.example:99999",
    "smtp://mail.example/x", "smtp://mail.example?x=1", "smtps://u@mail.example", "smtp://mail .example",
    "mail.example:587",
    "redis://", "redis://:p@/0", "redis://u:" + PASSWORD + "@h:6379", "redis://h:6379/x", "redis://h:x/0",
    "redis://h?y=1",
    "redis://h:6379/0", "valkey://h:6379/1", "VALKEY://h", "unix:///run/redis.sock", "rediss://[::1]:6379/0",
    "sqlite://x", "sqlite:///", "sqlite:///:memory:", "mysql://h/x", "postgresql://u:" + PASSWORD + "@h/x",
    "postgresql://", "host=h dbname=x user=u password=" + PASSWORD, PASSWORD + "@h/x",
    "postgresql//u:" + PASSWORD + "@h/x", "u:" + PASSWORD + "@h", PASSWORD + "://h/x",
    "postgresql://h:x/d", "postgresql://h:99999/d", "postgresql://h/d?nobody=1", "postgres://u@h:5432/d",
    "10.0.0.0/8, 192.0.2.0/24", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8,,", "10.0.0.0/8;fd00::/8", "::1",
    "fd00::/8,nobody",
    "Corp, Inc. <a@b.example>", "a@b.example, c@d.example", "Ann <a@b.example", "<a@b.example>", "a@b",
    "Name <a@localhost>",
    "a@b.example\nBcc: c@d.example", "=?utf-8?q?a?= <a@b.example>", "Zoë <zoe@bücher.example>", "jörg@b.example",
    "\x00", "\ud800", "x" * 5000, "0.0.0.0:80", "[::]", "localhost", "-", "%41.example",
)  # fmt: skip
NAMES_NO_SERVICE = {
    "tls_cert", "tls_key", "checkpoints", "content", "run_dir", "master_key", "metrics_token",
}  # fmt: skip
"""Texts that name a file or are a secret of our own."""


def service_settings() -> list[str]:
    return [name for name, hint in setting_types().items() if reading_of(hint) is not None]


def test_every_text_names_a_service_or_is_known_to_name_none() -> None:
    types = setting_types()
    texts = {n for n, hint in types.items() if expected_of(hint) in ("a text", "a list of texts")}
    assert texts - set(service_settings()) == NAMES_NO_SERVICE


def from_variable(name: str, value: str, folder: Path) -> Settings:
    return load_settings(None, {f"SATSUMA_{name.upper()}": value}, {})


def from_option(name: str, value: str, folder: Path) -> Settings:
    return load_settings(None, {}, {name: value})


def from_file(name: str, value: str, folder: Path) -> Settings:
    file = folder / "value"
    if name in SECRETS:
        file.write_text(value)
        return load_settings(None, {f"SATSUMA_{name.upper()}_FILE": str(file)}, {})
    text = "".join(each if each.isalnum() else f"\\u{ord(each):04x}" for each in value)
    file.write_text(f'{name} = "{text}"\n')
    return load_settings(file, {}, {})


SOURCES = (from_variable, from_option, from_file)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", ["", " ", "\n", "\t \r\n"])
def test_an_empty_secret_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    """A file that was truncated, `/dev/null` and a variable without a value are no secret that anybody meant."""
    for source in (from_variable, from_file):
        with pytest.raises(BadSettings) as refused:
            source(name, value, tmp_path)
        (line,) = str(refused.value).splitlines()
        assert line.startswith(f"{name} (SATSUMA_{name.upper()}"), line
        assert "empty" in line or reading_of(setting_types()[name]), line


def use_origin(name: str, value: Any) -> None:
    assert Hosts.of(value, "https://other.example").api_hosts
    assert value == value.lower()
    assert value.isascii()


def use_smtp_url(name: str, value: Secret) -> None:
    client = SmtpPost(MailPolicy(value, "a@b.example"))._client()
    assert isinstance(client, aiosmtplib.SMTP)
    assert client.hostname
    assert 1 <= (client.port or 0) <= 65535


def use_redis(name: str, value: str) -> None:
    connection = Redis.from_url(value).connection_pool.make_connection()
    if isinstance(connection, SSLConnection):
        connection.ssl_context.get()


def use_database(name: str, value: str) -> None:
    if value.startswith("postgres"):
        ports = str(conninfo_to_dict(value).get("port", 5432)).split(",")
        assert all(1 <= int(port) <= 65535 for port in ports)
    else:
        assert value == "memory:" or value.startswith("sqlite:///")


def use_networks(name: str, value: tuple[str, ...]) -> None:
    assert Hosts.of("https://a.example", "https://b.example", value).trusted == tuple(
        ipaddress.ip_network(each) for each in value
    )


def use_field_names(name: str, value: tuple[str, ...]) -> None:
    withheld = InboundFields(value)
    assert not any(withheld.passes(each.replace("*", "x").encode()) for each in value)
    assert withheld.passes(b"accept")


def use_sender(name: str, value: str) -> None:
    message = Parser(policy=policy.default).parsestr(f"From: {value}\n\n")
    (sender,) = message["From"].addresses
    assert isinstance(sender, Address)
    assert sender.addr_spec.isascii()
    assert str(message).count("\n") == 2


def use_host(name: str, value: str) -> None:
    assert value == "localhost" or value.isascii()


USES: dict[str, Callable[[str, Any], None]] = {
    "host": use_host,
    "api_url": use_origin,
    "pages_url": use_origin,
    "trusted_proxies": use_networks,
    "withheld_fields": use_field_names,
    "database": use_database,
    "redis": use_redis,
    "smtp_url": use_smtp_url,
    "mail_from": use_sender,
}


def crossed() -> Iterator[tuple[str, str, Callable[[str, str, Path], Settings]]]:
    for name in service_settings():
        for value in MALFORMED:
            for load in SOURCES:
                if load is not from_file or "\ud800" not in value:  # no file holds half a character
                    yield name, value, load


@pytest.mark.spec("RFC 4632 §3.1")
@pytest.mark.spec("RFC 5322 §3.6.2")
def test_each_value_of_each_setting_is_used_as_it_reads_or_refused_by_name(tmp_path: Path) -> None:
    taken = {}
    for name, value, load in crossed():
        try:
            used = getattr(load(name, value, tmp_path), name)
        except BadSettings as refused:
            assert PASSWORD not in str(refused) or name not in UNREPEATED
            for line in str(refused).splitlines():
                assert line.startswith((name, "api_url", "pages_url")), line
        else:
            USES[name](name, used)
            taken[name, value] = used
    assert {name for name, _ in taken} == set(service_settings())
    for setting, value, form in (
        ("pages_url", "HTTPS://A.Example:443/", "https://a.example"),
        ("api_url", "https://bücher.example", "https://xn--bcher-kva.example"),
        ("redis", "valkey://h:6379/1", "redis://h:6379/1"),
        ("trusted_proxies", "10.0.0.0/8, 192.0.2.0/24", ("10.0.0.0/8", "192.0.2.0/24")),
        ("mail_from", "Corp, Inc. <a@b.example>", '"Corp, Inc." <a@b.example>'),
        ("mail_from", "A@B.C", "A@b.c"),
    ):
        assert taken[setting, value] == form


CERTIFICATE = "the file of a certificate"
OPTION_VALUES = (
    "", "0", "1", "2", "3", "9", "15", "-1", "+1", "%2B1", "٣", "３", "1.0", "1e1", "9" * 30, "abc", "name", "none",
    "optional", "required", "None", "CERT_REQUIRED", "true", "True", "false", "maybe", "/none", "/", "/etc/passwd",
    CERTIFICATE, "a b", "a%20b", "%0a", "%ff", "%", "1&db=2&db=3",
)  # fmt: skip


@pytest.mark.parametrize("scheme", ["redis://h", "rediss://h:6379/0", "unix:///run/redis.sock"])
@pytest.mark.parametrize("option", REDIS_OPTIONS)
def test_each_value_of_each_option_of_redis_is_used_or_refused(
    scheme: str, option: str, tmp_path: Path
) -> None:
    taken = []
    certificate = tmp_path / "ca.pem"
    certificate.write_bytes(Authority.of_one_name("h", utc_now()).pem)
    for value in OPTION_VALUES:
        url = f"{scheme}?{option}={value.replace(CERTIFICATE, str(certificate))}"
        try:
            used = load_settings(None, {"SATSUMA_REDIS": url}, {}).redis
        except BadSettings as refused:
            assert str(refused).startswith("redis (SATSUMA_REDIS): "), refused
        else:
            assert used is not None
            use_redis("redis", used)
            taken.append(value)
    if option in ("ssl_certfile", "ssl_keyfile"):  # a pair, of which each alone is none
        assert taken == []
    else:
        assert bool(taken) is (scheme.startswith("rediss") or not option.startswith("ssl_"))


def test_an_address_in_brackets_and_a_mapped_network_have_one_form() -> None:
    given = {
        "SATSUMA_HOST": "[::1]",
        "SATSUMA_TRUSTED_PROXIES": "::ffff:10.0.0.0/104,::ffff:192.0.2.1",
    }
    settings = load_settings(None, given, {})
    assert (settings.host, settings.trusted_proxies) == ("::1", ("10.0.0.0/8", "192.0.2.1/32"))
    assert Hosts.of("https://a.example", "https://b.example", settings.trusted_proxies).trusts(
        "10.1.2.3"
    )


def test_a_server_has_an_issuer(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("".join(f"[issuers.{name}]\nenabled = false\n" for name in PRESETS))
    with pytest.raises(BadSettings, match="issuers: none is enabled"):
        load_settings(file, {}, {})


@pytest.mark.parametrize("token", ["a\nb", "a\x00b", "a\x7fb", "a\rb"])
def test_a_token_that_no_request_can_have_is_refused(token: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(token, newline="")
    with pytest.raises(BadSettings, match=r"metrics_token .*no request can have"):
        load_settings(None, {"SATSUMA_METRICS_TOKEN_FILE": str(file)}, {})


@pytest.mark.parametrize(
    "address", ["postgresql://u:p%ff@h/d", "postgresql://h/d%ff", "postgresql://h/d?user=%ff"]
)
def test_an_escape_that_is_no_text_is_told_with_its_cure(address: str) -> None:
    with pytest.raises(BadSettings, match=r"database \(.*cannot be read: use postgresql://"):
        load_settings(None, {"SATSUMA_DATABASE": address}, {})


def test_names_of_fields_are_read_in_their_one_form() -> None:
    given = {"SATSUMA_WITHHELD_FIELDS": " X-User-Id,x-tenant-*, "}
    assert load_settings(None, given, {}).withheld_fields == ("x-user-id", "x-tenant-*")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("smtp_url", "foo", "smtp://USER:PASSWORD@HOST:587"),
        ("smtp_url", "smtp://u:pa#ss@mail.example:587", "percent-encode # / ? @"),
        ("redis", "127.0.0.1:6379", "redis://USER:PASSWORD@HOST:PORT/0"),
        ("database", "postgresql://u:pa/ss@h/d", "percent-encode # / ? @"),
        ("database", "postgresql://h:x/d", "1 to 65535"),
        ("trusted_proxies", "10.0.0.1/8", "10.0.0.0/8"),
        ("withheld_fields", "*", "X-User-Id,X-Tenant-*"),
        ("mail_from", "a@b.example, c@d.example", "NAME <name@example.com>"),
        ("pages_url", "https://a.example/path", "without a path"),
        ("sign_up", "yes", "open, invite or closed"),
        ("port", "x", "a whole number from 0 to 65535"),
    ],
)
def test_it_says_how_to_write_it(name: str, value: str, words: str) -> None:
    with pytest.raises(BadSettings) as refused:
        load_settings(None, {f"SATSUMA_{name.upper()}": value}, {})
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{name} (SATSUMA_{name.upper()}): ")
    assert words in line


@pytest.mark.parametrize("command", [("serve",), ("apps", "list"), ("server", "doctor")])
def test_all_that_is_wrong_is_told_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('sign_up = "yes"\nnobody = 1\n[issuers.standard]\npath = "a"\n')
    own = {
        "SATSUMA_SMTP_URL": f"smtp://u:{PASSWORD}@mail.example",
        "SATSUMA_REDIS": "127.0.0.1:6379",
    }
    done = run_satsuma(*command, "--config", str(file), environment=own)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("satsuma: ") for line in lines)
    for line, words in zip(
        sorted(lines),
        [f"{file}: nobody", "redis (SATSUMA_REDIS)", f"sign_up ({file})", "smtp_url"],
        strict=True,
    ):
        assert words in line
    assert PASSWORD not in done.stderr


def test_a_folder_for_the_file_of_settings_is_told_in_one_line(tmp_path: Path) -> None:
    done = run_satsuma("apps", "list", "--config", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert str(tmp_path) in done.stderr


def test_the_page_of_settings_writes_yes_and_no_as_they_are_taken() -> None:
    page = Path("docs/settings.md").read_text()
    assert "| yes or no |" not in page
    for name, hint in setting_types().items():
        if expected_of(hint) == "true or false":
            (row,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` ")][:1]
            assert "| `true` or `false` |" in row
            assert load_settings(None, {f"SATSUMA_{name.upper()}": "true"}, {})
            with pytest.raises(BadSettings, match="true or false"):
                load_settings(None, {f"SATSUMA_{name.upper()}": "yes"}, {})


def test_the_doctor_says_that_it_looked_at_no_server(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    api = {"SATSUMA_API_URL": f"http://127.0.0.1:{free_port()}"}
    assert run_satsuma("db", "upgrade", "--database", url).returncode == 0
    done = run_satsuma("server", "doctor", "--database", url, environment=api)
    (line,) = [line for line in done.stdout.splitlines() if "No server answers" in line]
    assert "none was looked at" in line
