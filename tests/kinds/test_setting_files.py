"""Every setting that names a file, by what may stand at that place: used, or told by its name with how to mend it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from satsuma.app.setting_sources import reading_of
from satsuma.app.settings import SECRETS, BadSettings, load_settings, setting_types
from tests.kinds.test_settings import NAMES_NO_SERVICE
from tests.wire.server import run_satsuma

MEND: Final = "name a file"
FOLDER: Final = "name a folder"


def missing(place: Path) -> None:
    """Nothing stands there."""


def folder(place: Path) -> None:
    place.mkdir()


def unreadable(place: Path) -> None:
    """A link to itself: nobody reads it, whoever they are."""
    place.symlink_to(place)


def binary(place: Path) -> None:
    place.write_bytes(b"\x00\xff\xfe\x80" * 64)


def words(place: Path) -> None:
    place.write_text("these are a few words\n")


def endless(place: Path) -> None:
    place.symlink_to("/dev/zero")


STATES: Final = (missing, folder, unreadable, binary, words, endless)
Expected = dict[Callable[[Path], None], str]
NOT_THERE: Final[Expected] = dict.fromkeys((missing, folder, unreadable, endless), MEND)
CERTIFICATE, KEY = "-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----"
SECRET: Final = NOT_THERE | {binary: "holds no text"}
# What each is told in each state; in every other it is used. Where it is made if it is missing, that is no fault.
FILES: Final[dict[str, Expected]] = {
    "tls_cert": NOT_THERE | dict.fromkeys((binary, words), CERTIFICATE),
    "tls_key": NOT_THERE | dict.fromkeys((binary, words), KEY),
    "master_key": SECRET | {words: "make-master"},
    "metrics_token": SECRET,
    "smtp_url": SECRET | {words: "smtp://"},
    "checkpoints": {folder: MEND},
    "content": dict.fromkeys((missing, unreadable, binary, words, endless), FOLDER),
    "run_dir": dict.fromkeys((binary, words, endless), FOLDER),
}


def test_no_setting_of_a_file_is_left_out() -> None:
    assert set(FILES) == NAMES_NO_SERVICE | set(SECRETS)


def variable_of(name: str) -> str:
    return f"SATSUMA_{name.upper()}" + ("_FILE" if name in SECRETS else "")


@pytest.mark.spec("RFC 7468 §5")
@pytest.mark.spec("RFC 7468 §10")
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_used_or_told_by_its_setting(
    name: str, state: Callable[[Path], None], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    state(place)
    environ = {variable_of(name): str(place)}
    if name in ("tls_cert", "tls_key"):
        cert, key = pair(tmp_path)
        other = ("tls_key", key) if name == "tls_cert" else ("tls_cert", cert)
        environ[variable_of(other[0])] = str(other[1])
    expected = FILES[name].get(state)
    if expected is None:
        assert load_settings(None, environ, {})
        return
    with pytest.raises(BadSettings) as refused:
        load_settings(None, environ, {})
    (line,) = str(refused.value).splitlines()
    assert variable_of(name) in line
    assert expected in line
    if reading_of(setting_types()[name]) is None and state is not words:
        assert str(place) in line


def pair(folder: Path, name: str = "good") -> tuple[Path, Path]:
    """A certificate and its key, each in its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    write_key(key_file, key, serialization.NoEncryption())
    return cert_file, key_file


def write_key(
    file: Path,
    key: ec.EllipticCurvePrivateKey,
    encryption: serialization.KeySerializationEncryption,
) -> None:
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, encryption))


def tls(cert: Path, key: Path) -> dict[str, str]:
    return {"SATSUMA_TLS_CERT": str(cert), "SATSUMA_TLS_KEY": str(key)}


def told(environ: dict[str, str]) -> list[str]:
    try:
        load_settings(None, environ, {})
    except BadSettings as refused:
        return str(refused).splitlines()
    return []


def test_a_certificate_with_its_key_is_taken(tmp_path: Path) -> None:
    assert told(tls(*pair(tmp_path))) == []


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    cert, _ = pair(tmp_path)
    _, key = pair(tmp_path, "other")
    (line,) = told(tls(cert, key))
    assert line.startswith(f"tls_key (SATSUMA_TLS_KEY): the key in {key} does not belong")
    assert str(cert) in line


def test_a_key_with_a_passphrase_is_told_and_nobody_is_asked(tmp_path: Path) -> None:
    cert, _ = pair(tmp_path)
    locked = tmp_path / "locked.key"
    key = ec.generate_private_key(ec.SECP256R1())
    write_key(locked, key, serialization.BestAvailableEncryption(b"a passphrase"))
    (line,) = told(tls(cert, locked))
    assert line.startswith("tls_key (SATSUMA_TLS_KEY): ")
    assert "has a passphrase" in line
    assert f"openssl pkey -in {locked}" in line


def test_a_key_in_place_of_the_certificate_is_told(tmp_path: Path) -> None:
    cert, key = pair(tmp_path)
    lines = told(tls(key, cert))
    assert [line.partition(" ")[0] for line in lines] == ["tls_cert", "tls_key"]


def test_a_pipe_is_no_file_that_is_read_again(tmp_path: Path) -> None:
    cert, _ = pair(tmp_path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (line,) = told(tls(cert, pipe))
    assert "is a pipe" in line


@pytest.mark.parametrize("command", [("serve",), ("apps", "list"), ("server", "doctor")])
def test_every_bad_file_is_told_at_once(command: tuple[str, ...], tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    environ = {variable_of(name): str(nowhere) for name in FILES if missing in FILES[name]}
    environ |= {"SATSUMA_CHECKPOINTS": str(tmp_path), "SATSUMA_STALENESS": "0"}
    done = run_satsuma(*command, environment=environ)
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert len(lines) == len(environ)
    for variable in environ:
        assert sum(variable in line for line in lines) == 1, (variable, lines)
