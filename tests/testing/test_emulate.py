"""`satsuma emulate`: the guides' own host on this machine, by a CA that is good for that name and no other."""

import contextlib
import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from satsuma.testing.certificates import LIFE, Authority
from satsuma.testing.emulation import HOST, EmulatedServer
from tests.testing.caller import call
from tests.wire.server import SATSUMA, run_satsuma

OTHERS = ("bank.example", "orange.com", "api.orange.com.evil.example", "127.0.0.1")
NAMES = (HOST, *OTHERS)
HERE = Path(__file__).parent
EXPECTED = [f"{HOST} accepted", *(f"{name} refused" for name in OTHERS)]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.of_one_name(HOST, datetime.now(UTC))


@pytest.fixture(scope="module")
def ca(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    file.write_bytes(authority.pem)
    return file


@pytest.fixture(scope="module")
def ports(authority: Authority) -> Iterator[dict[str, int]]:
    """A listener for each name, with a certificate that the authority signed for it."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(answering(authority, name)) for name in NAMES}


@contextlib.contextmanager
def answering(authority: Authority, name: str) -> Iterator[int]:
    context = authority.context(name, datetime.now(UTC))
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), context.wrap_socket(accepted, True) as secure:
                secure.recv(1000)
                secure.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            accepted.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def told_by(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    return done.stdout.split("\n")[:-1]


def pairs(ports: dict[str, int]) -> list[str]:
    return [text for name, port in ports.items() for text in (str(port), name)]


@pytest.mark.spec("RFC 5280 §4.2.1.10")
def test_python_refuses_every_other_name(ca: Path, ports: dict[str, int]) -> None:
    context = ssl.create_default_context(cafile=str(ca))
    said = []
    for name, port in ports.items():
        plain = socket.create_connection(("127.0.0.1", port))
        try:
            with context.wrap_socket(plain, server_hostname=name):
                said.append(f"{name} accepted")
        except ssl.SSLCertVerificationError as refused:
            assert "subtree" in str(refused), refused
            said.append(f"{name} refused")
        finally:
            plain.close()
    assert said == EXPECTED


def test_curl_refuses_every_other_name(ca: Path, ports: dict[str, int]) -> None:
    said = []
    for name, port in ports.items():
        command = ["curl", "-sS", "--cacert", str(ca), "--resolve", f"{name}:{port}:127.0.0.1"]
        done = subprocess.run(
            [*command, f"https://{name}:{port}/"], capture_output=True, text=True, timeout=30
        )
        assert done.returncode in (0, 60), done
        said.append(f"{name} {'refused' if done.returncode else 'accepted'}")
    assert said == EXPECTED


def test_node_refuses_every_other_name(ca: Path, ports: dict[str, int]) -> None:
    assert told_by(["node", str(HERE / "handshake.mjs"), str(ca), *pairs(ports)]) == EXPECTED


@pytest.mark.spec("RFC 5280 §4.2.1.10")
@pytest.mark.spec("RFC 5280 §6.1.1")
def test_java_refuses_every_other_name(ca: Path, ports: dict[str, int]) -> None:
    assert told_by(["java", str(HERE / "Handshake.java"), str(ca), *pairs(ports)]) == EXPECTED


def test_the_authority_is_good_for_seven_days_and_shows_no_key(authority: Authority) -> None:
    certificate = x509.load_pem_x509_certificate(authority.pem)
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=7) == LIFE and timedelta(days=6, hours=23) < left <= LIFE
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [x509.DNSName(HOST)]
    assert b"PRIVATE" not in authority.pem and "Key" not in repr(authority)


WORLD = """
set -e
ip link set lo up
mount --bind {hosts} /etc/hosts
{satsuma} emulate --ca {ca} > {printed} 2>&1 &
EMULATOR=$!
until grep -q 'Stop with' {printed}; do kill -0 $EMULATOR; sleep 0.1; done
header=$(sed -n 's/^  Authorization header  //p' {printed})
mount --bind {ca} {bundle}
{python} {program} "$header"
kill $EMULATOR
wait $EMULATOR
"""
PROGRAM = """
import json, sys, urllib.request

def ask(url, data=None, **headers):
    request = urllib.request.Request(url, data, headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)

token = ask(
    "https://api.orange.com/oauth/v3/token",
    b"grant_type=client_credentials",
    Authorization=sys.argv[1],
    Accept="application/json",
)["access_token"]
found = ask(
    "https://api.orange.com/poi/v1/shops?postalCode=35400", Authorization="Bearer " + token
)
print(found["total"], found["links"]["self"])
"""


def test_a_program_that_knows_the_address_alone_runs_in_a_world_of_its_own(tmp_path: Path) -> None:
    """Its own mounts and network: the machine's hosts, trust and ports stay as they are."""
    bundle = ssl.get_default_verify_paths().openssl_cafile
    bundle = bundle if Path(bundle).exists() else "/etc/ssl/certs/ca-certificates.crt"
    (tmp_path / "hosts").write_text(f"127.0.0.1 localhost\n127.0.0.1 {HOST}\n")
    (tmp_path / "program.py").write_text(PROGRAM)
    named = {name: tmp_path / name for name in ("hosts", "ca", "printed")}
    world = WORLD.format(
        satsuma=SATSUMA,
        python=sys.executable,
        program=tmp_path / "program.py",
        bundle=bundle,
        **named,
    )
    before = Path("/etc/hosts").read_text()
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--map-root-user", "sh", "-c", world],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr + (tmp_path / "printed").read_text()
    assert done.stdout == f"2 https://{HOST}/poi/v1/shops?postalCode=35400&limit=20&offset=0\n"
    assert Path("/etc/hosts").read_text() == before
    assert "BEGIN CERTIFICATE" in (tmp_path / "ca").read_text()


def test_what_is_printed_is_all_that_is_needed(tmp_path: Path) -> None:
    printed = tmp_path / "printed"
    with printed.open("wb") as sink:
        server = subprocess.Popen([SATSUMA, "emulate", "--port", "0"], stdout=sink, stderr=sink)
    try:
        until = time.monotonic() + 30
        while "Stop with" not in printed.read_text():
            assert server.poll() is None and time.monotonic() < until, printed.read_text()
        said = dict(re.findall(r"^  (\S.*?)  +(\S.*)$", printed.read_text(), re.MULTILINE))
        assert said["hosts line"] == f"127.0.0.1 {HOST}"
        ca = Path(said["CA"])
        assert ca.stat().st_mode & 0o077 == 0 or ca.parent.stat().st_mode & 0o077 == 0
        address = printed.read_text().partition("answers as ")[2].split()[0]
        port = address.rpartition(":")[2]
        curl = (
            f"curl -sS --resolve {HOST}:{port}:127.0.0.1 --cacert {shlex.quote(said['CA'])}"
            f" -H {shlex.quote('Authorization: ' + said['Authorization header'])}"
            f" -H 'Accept: application/json' -d grant_type=client_credentials {address}/oauth/v3/token"
        )
        assert '"token_type":"Bearer"' in told_by(["sh", "-c", curl + "; echo"])[0]
        key = f"Bearer {said['control key']}"
        assert call(said["control"], Authorization=key).json["url"] == address
        assert call(said["control"]).status == 401
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
    assert not ca.exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_strangers_cannot_come_to_it(host: str) -> None:
    done = run_satsuma("emulate", "--port", "0", "--host", host)
    assert done.returncode == 2 and "on this machine alone" in done.stderr


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            EmulatedServer(tls_port=port)
        done = run_satsuma("emulate", "--port", str(port))
    assert done.returncode == 1 and "in use" in done.stderr
