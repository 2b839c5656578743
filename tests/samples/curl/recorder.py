"""Runs commands in a network of their own, where every address is a recorder, and tells what each sent.

Started by `unshare -rnm`: its loopback, its /etc/hosts and its root are nobody else's. Nothing leaves it.
"""

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, BinaryIO

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
LIMIT = 20


def main(folder: Path) -> None:
    plan = json.loads((folder / "plan.json").read_text())
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo"], check=True)
    (folder / "hosts").write_text("".join(f"127.0.0.1 {host}\n" for host in plan["hosts"]))
    subprocess.run(["mount", "--bind", str(folder / "hosts"), "/etc/hosts"], check=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    seen: list[dict[str, Any]] = []
    for port in plan["ports"]:
        listener = socket.create_server(("0.0.0.0", port))
        threading.Thread(target=_serve, args=(listener, context, seen), daemon=True).start()
    told = []
    for number, each in enumerate(plan["commands"]):
        seen.clear()
        before = _counted()
        code, err = _run(folder / f"home-{number}", each, folder)
        opened, datagrams = (now - then for now, then in zip(_counted(), before, strict=True))
        told.append(
            {
                "code": code,
                "err": err,
                "seen": list(seen),
                "opened": opened,
                "datagrams": datagrams,
            }
        )
    (folder / "told.json").write_text(json.dumps(told))


def _counted() -> tuple[int, int]:
    """The connections that this network saw opened, and the datagrams sent: a question for a name is one."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text().splitlines()]
    rows = {
        (names[0], name): int(value)
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        for name, value in zip(names[1:], values[1:], strict=True)
    }
    return rows["Tcp:", "ActiveOpens"], rows["Udp:", "OutDatagrams"]


def _run(home: Path, each: dict[str, Any], folder: Path) -> tuple[int, str]:
    home.mkdir()
    for name, content in each["files"].items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content)
    for name, source in {
        "CA-file.txt": "ca.pem",
        "certfile": "server.pem",
        "keyfile": "server.pem",
    }.items():
        shutil.copy(folder / source, home / name)
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CURL_CA_BUNDLE": str(folder / "ca.pem"),
    }
    done = subprocess.run(
        ["bash", "-c", each["command"]],
        cwd=home,
        env=given | each["environment"],
        input=each["stdin"].encode(),
        capture_output=True,
        timeout=LIMIT,
    )
    shutil.rmtree(home)
    return done.returncode, done.stderr.decode(errors="replace")[-400:]


def _serve(listener: socket.socket, context: ssl.SSLContext, seen: list[dict[str, Any]]) -> None:
    while True:
        plain, _ = listener.accept()
        plain.settimeout(LIMIT)
        with contextlib.suppress(OSError):
            first = plain.recv(1, socket.MSG_PEEK)
            connection = context.wrap_socket(plain, server_side=True) if first == b"\x16" else plain
            stream = connection.makefile("rwb")
            if _talk(stream, first == b"\x16", seen) == "CONNECT":
                inner = context.wrap_socket(plain, server_side=True)
                _talk(inner.makefile("rwb"), True, seen)
                inner.close()
            stream.close()
            connection.close()


CHALLENGE = (
    b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


def _talk(stream: BinaryIO, secure: bool, seen: list[dict[str, Any]]) -> str:
    """Read and answer a request; a proxy's is a tunnel to this recorder, and at /any Basic is asked for."""
    line = stream.readline().decode("latin-1").split()
    if len(line) != 3:
        return ""
    fields = []
    while (text := stream.readline().rstrip(b"\r\n")) != b"":
        name, _, value = text.decode("latin-1").partition(":")
        fields.append((name, value.strip()))
    named = {name.lower(): value for name, value in fields}
    if line[0] == "CONNECT":
        stream.write(b"HTTP/1.1 200 OK\r\n\r\n")
        stream.flush()
        return line[0]
    if named.get("expect", "").lower() == "100-continue":
        stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        stream.flush()
    body = _body(stream, named)
    if line[1].endswith("/any") and "authorization" not in named:
        stream.write(CHALLENGE)
        stream.flush()
        return line[0]
    seen.append(
        {
            "secure": secure,
            "method": line[0],
            "target": line[1],
            "fields": fields,
            "body": body.decode("latin-1"),
        }
    )
    stream.write(ANSWER + (b"" if line[0] == "HEAD" else b"{}"))
    stream.flush()
    return line[0]


def _body(stream: BinaryIO, named: dict[str, str]) -> bytes:
    if named.get("transfer-encoding", "").lower() != "chunked":
        return stream.read(int(named.get("content-length", "0")))
    parts = []
    while size := int(stream.readline(), 16):
        parts.append(stream.read(size))
        stream.readline()
    stream.readline()
    return b"".join(parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
