"""What the client's page lets a reader paste works, task by task, before the real platform in this process.

The first lines, and those for each HTTP library, are run in new environments by tests/wheels/test_first_page.py.
"""

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from satsuma.testing import Application, SatsumaServer, running
from satsuma.testing.values import Api
from tests.docs.blocks import Block, read_blocks
from tests.docs.sitting import printed_as
from tests.foreign.page import program
from tests.house.tree import ROOT
from tests.servers.process import free_port
from tests.wheels.test_first_page import LIBRARIES

BLOCKS = read_blocks((ROOT / "docs" / "client.md").read_text())
BIN = Path(sys.executable).parent
SCOPES = ["openid", "email", "offline_access", "poi:read"]
ELSEWHERE = {"first.py", *(f"with_{library}.py" for library in LIBRARIES)}
FRAMEWORKS = {
    "starlette": ("uvicorn", "with_starlette:app", "--port"),
    "fastapi": ("uvicorn", "with_fastapi:app", "--port"),
    "flask": ("gunicorn", "with_flask:app", "-b"),
    "django": ("gunicorn", "with_django:app", "-b"),
}


def printed_after(name: str) -> str:
    """What the page says that a file of it prints."""
    at = next(n for n, block in enumerate(BLOCKS) if block.words == name)
    block: Block = BLOCKS[at + 1]
    assert block.kind == "prints"
    return block.text


class Reader:
    """A folder with the page's files, and an environment with an application's credentials."""

    def __init__(self, folder: Path, server: SatsumaServer, application: Application) -> None:
        self.folder, self.server = folder, server
        self.environment = {
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "HOME": str(folder),
            "AUTHORIZATION": application.authorization_header,
            "CLIENT_ID": application.client_id,
            "CLIENT_SECRET": application.client_secret,
        }
        for block in BLOCKS:
            if block.kind == "file":
                (folder / block.words).write_text(self.own(block.text))

    def own(self, text: str) -> str:
        return text.replace("http://127.0.0.1:8400", self.server.url)

    def command(self, name: str) -> list[str]:
        return [sys.executable, "-W", "error", name]

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def python(self, name: str) -> str:
        return self.run(*self.command(name))


@pytest.fixture(scope="module")
def server() -> Iterator[SatsumaServer]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def shops(server: SatsumaServer) -> Api:
    return server.shops()


@pytest.fixture
def reader(tmp_path: Path, server: SatsumaServer, shops: Api) -> Reader:
    return Reader(tmp_path, server, server.application(apis=[shops]))


def asked(server: SatsumaServer) -> int:
    return len(server.requests.at("token"))


def test_no_block_of_the_page_is_left_out() -> None:
    text = Path(__file__).read_text()
    files = {block.words for block in BLOCKS if block.kind == "file"} - ELSEWHERE
    named = {f"with_{name}.py" for name in FRAMEWORKS} | {"protection.py", "web_login.py"}
    assert [name for name in files - named if f'"{name}"' not in text] == []
    python = [block for block in BLOCKS if block.language == "python"]
    assert all(block.kind == "file" for block in python)


def test_the_issuer_says_where_everything_is(reader: Reader) -> None:
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:", reader.python("discover.py"))


CACHES = {
    "FileCache": "FileCache('tokens')",
    "RedisCache": "RedisCache(os.environ['REDIS'])",
    "KeyringCache": "KeyringCache()",
}


@pytest.mark.parametrize("cache", CACHES)
def test_a_token_that_is_kept_is_asked_for_once(
    cache: str, reader: Reader, server: SatsumaServer, redis_database: str
) -> None:
    reader.environment |= {"REDIS": redis_database, "XDG_RUNTIME_DIR": str(reader.folder)}
    file = reader.folder / "fleet.py"
    text = file.read_text().replace('FileCache("tokens")', CACHES[cache])
    file.write_text(text.replace("FileCache\n", f"{cache}\n"))
    twice = f"{' '.join(reader.command('fleet.py'))} && {' '.join(reader.command('fleet.py'))}"
    before, called = asked(server), len(server.requests)
    if cache == "KeyringCache":
        unlock = "echo a-password | gnome-keyring-daemon --unlock --components=secrets > /dev/null"
        reader.run("dbus-run-session", "--", "bash", "-c", f"{unlock}; {twice}")
        assert list((reader.folder / ".local/share/keyrings").glob("*.keyring"))
    else:
        reader.run("bash", "-c", twice)
    assert asked(server) == before + 1
    assert len(server.requests) == called + 3


def test_the_next_secret_works(reader: Reader) -> None:
    (reader.folder / "secret").write_text("the one before\n")
    (reader.folder / "next-secret").write_text(reader.environment["CLIENT_SECRET"] + "\n")
    printed = reader.python("changing.py")
    assert printed_as(printed_after("changing.py"), printed), printed


def test_a_refusal_says_what_to_do_and_its_command_ends_in_the_same(reader: Reader) -> None:
    printed = reader.python("refused.py")
    assert printed_as(reader.own(printed_after("refused.py")), printed), printed
    assert reader.environment["CLIENT_SECRET"] not in printed
    command = printed[printed.index("curl ") :]
    assert '"error":"invalid_scope"' in reader.run("bash", "-c", command)


def test_a_person_logs_in_from_a_terminal(
    reader: Reader, server: SatsumaServer, tmp_path: Path
) -> None:
    native = server.application(
        redirect_uris=["http://127.0.0.1/callback"], public=True, default_scopes=SCOPES[:3]
    )
    user = server.user()
    reader.environment |= {"CLIENT_ID": native.client_id, "BROWSER": "true"}
    with subprocess.Popen(
        reader.command("terminal.py"),
        cwd=reader.folder,
        env=reader.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        assert started.stderr is not None
        lines = iter(started.stderr.readline, "")
        url = next(line.strip() for line in lines if line.strip().startswith("http"))
        with urllib.request.urlopen(server.authorize(url, user), timeout=10) as page:
            assert page.status == 200
        out, err = started.communicate(timeout=30)
    assert started.returncode == 0, err
    assert out.split()[1] == user.email


def test_a_refresh_token_is_taken_over_and_its_successor_kept(
    reader: Reader, server: SatsumaServer
) -> None:
    made = server.application(
        redirect_uris=["https://client.example/callback"], default_scopes=SCOPES[:3]
    )
    tokens = server.login_as(server.user(), made, scope="openid email offline_access")
    reader.environment |= {
        "CLIENT_ID": made.client_id,
        "CLIENT_SECRET": made.client_secret,
        "REFRESH_TOKEN": tokens.refresh_token,
    }
    before = asked(server)
    first = reader.python("refresh.py")
    assert "email" in first
    assert reader.python("refresh.py") == first
    assert asked(server) == before + 1


def test_people_log_in_to_a_web_application(reader: Reader, server: SatsumaServer) -> None:
    port = free_port()
    site = f"http://127.0.0.1:{port}"
    made = server.application(redirect_uris=[f"{site}/callback"], default_scopes=SCOPES[:3])
    reader.environment |= {
        "CLIENT_ID": made.client_id,
        "CLIENT_SECRET": made.client_secret,
        "SESSION_SECRET": secrets.token_hex(),
    }
    command: list[str | Path] = [sys.executable, "-m", "gunicorn", "-w", "2", "web_login:app"]
    user = server.user()
    with program([*command, "-b", f"127.0.0.1:{port}"], port, reader.folder, reader.environment):
        browser = Browser()
        assert browser.get(site) == (302, "/login", "")
        status, url, _ = browser.get(f"{site}/login")
        assert status == 303
        assert browser.get(server.authorize(url, user))[:2] == (303, "/")
        for _ in range(4):
            assert json.loads(browser.get(site)[2]) == {"email": user.email}
        assert Browser().get(site)[1] == "/login"


class Browser(urllib.request.HTTPRedirectHandler):
    """Keeps cookies, and says where it is sent."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor()
        self.opener = urllib.request.build_opener(cookies, self)

    def redirect_request(self, *_: Any) -> None:
        return None

    def get(self, url: str) -> tuple[int, str, str]:
        try:
            with self.opener.open(url, timeout=20) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", ""), ""


def called(url: str, token: str | None) -> tuple[int, dict[str, str], Any]:
    fields = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=fields)) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


@contextlib.contextmanager
def serving(framework: str, reader: Reader) -> Iterator[str]:
    """The page's program, served as its framework is; gives the address of the shops."""
    port = free_port()
    name, app, option = FRAMEWORKS[framework]
    at = str(port) if option == "--port" else f"127.0.0.1:{port}"
    command: list[str | Path] = [sys.executable, "-m", name, app, option, at]
    with program(command, port, reader.folder, reader.environment):
        yield f"http://127.0.0.1:{port}/shops"


@pytest.fixture(scope="module")
def shop(server: SatsumaServer) -> Api:
    return server.api("shop", scopes=["shop:read", "shop:write"])


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_an_api_is_protected(
    framework: str, reader: Reader, server: SatsumaServer, shop: Api
) -> None:
    made = server.application(apis=[shop])
    reader.environment |= {
        "RESOURCE_ID": shop.resource_id,
        "RESOURCE_SECRET": shop.resource_secret,
    }
    with serving(framework, reader) as url:
        good = server.token(made, scope="shop:read", resource=shop.url).access_token
        status, _, told = called(url, good)
        assert (status, told) == (200, {"caller": made.client_id})
        status, fields, _ = called(url, None)
        assert status == 401
        assert (
            f'resource_metadata="{server.url}/.well-known/oauth-protected-resource/shop/v1"'
            in (fields["www-authenticate"])
        )
        short = server.token(made, scope="shop:write", resource=shop.url).access_token
        status, fields, _ = called(url, short)
        assert status == 403
        assert 'scope="shop:read"' in fields["www-authenticate"]
        meant_elsewhere = server.token(made, scope="shop:read").access_token
        assert called(url, meant_elsewhere)[0] == 401


def test_the_commands_call_the_api(reader: Reader) -> None:
    (commands,) = (
        reader.own(block.text)
        for block in BLOCKS
        if block.kind == "run" and "satsuma profiles" in block.text
    )
    printed = reader.run("bash", "-e", "-c", commands)
    token, _, shown = printed.partition("\n")
    assert token.startswith("sat_")
    assert json.loads(shown)["shops"][0]["id"] == "shop-001"
