"""Tokens in the desktop's keyring: GNOME's own, reached by the Secret Service over a bus of this test's own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.client.token_server import TokenServer

IN_A_SESSION = """
import json, os, subprocess, sys, threading
unlock = subprocess.run(["gnome-keyring-daemon", "--unlock", "--components=secrets"], input=b"\\n", capture_output=True)
assert unlock.returncode == 0, unlock.stderr
import keyring
from satsuma_client import ClientCredentials, KeyringCache
from satsuma_client.client.record import Record
told = {"backend": type(keyring.get_keyring()).__module__}
auth = ClientCredentials(sys.argv[1], "client", "secret", cache=KeyringCache("satsuma-test"))
told["first"] = auth.token().access_token.reveal()
again = ClientCredentials(sys.argv[1], "client", "secret", cache=KeyringCache("satsuma-test"))
told["again"] = again.token().access_token.reveal()
child = "import sys; from satsuma_client import *; cache = KeyringCache('satsuma-test'); " \\
    "auth = ClientCredentials(sys.argv[1], 'client', 'secret', cache=cache); print(auth.token().access_token.reveal())"
told["others"] = [
    process.communicate()[0].strip()
    for process in [
        subprocess.Popen([sys.executable, "-c", child, sys.argv[1]], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
]
long = KeyringCache("satsuma-test")
assert long.load("long") is None
big = os.urandom(6000)
assert long.swap("long", None, big)
assert long.load("long") == big
assert not long.swap("long", b"another", b"x")
assert long.swap("long", big, b"short")
told["long"] = long.load("long").decode()
from satsuma_client.client.caches.in_keyring import _name
name = _name("long")
head = keyring.get_password("satsuma-test", name)
keyring.delete_password("satsuma-test", f"{name}.{head.split()[0]}.0")
told["half"] = Record.parse(long.load("long")) == Record()
assert long.swap("long", long.load("long"), b"whole")
told["mended"] = long.load("long").decode()
print(json.dumps(told))
"""


def test_the_desktops_keyring(server: TokenServer, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    program = [sys.executable, "-c", IN_A_SESSION, server.token_url]
    done = subprocess.run(
        ["dbus-run-session", "--", *program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert told == {
        "backend": "keyring.backends.SecretService",
        "first": "token-1",
        "again": "token-1",
        "others": ["token-1"] * 4,
        "long": "short",
        "half": True,
        "mended": "whole",
    }
    assert server.asked == 1


def test_without_a_keyring_a_token_costs_a_request(server: TokenServer) -> None:
    program = (
        "import os, sys; os.environ['PYTHON_KEYRING_BACKEND'] = 'keyring.backends.fail.Keyring';"
        "from satsuma_client import ClientCredentials, KeyringCache;"
        "a = ClientCredentials(sys.argv[1], 'client', 'secret', cache=KeyringCache(),"
        " on_event=lambda event: print(event.name));"
        "print(a.token().access_token.reveal(), a.token().access_token.reveal())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, server.token_url],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "cache_failed" in done.stdout, done.stderr
    assert "token-1 token-1" in done.stdout
    assert server.asked == 1
