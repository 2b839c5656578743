"""What a server costs and leaves: one thread for any number of them, and nothing once it is closed."""

import asyncio
import gc
import http.client
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from satsuma.app.settings import BadSettings
from satsuma.testing import SatsumaServer, running
from satsuma.testing.loop import SHARED
from satsuma.testing.tap import CutOff
from tests.testing.caller import call, get_token, post
from tests.wire.server import wait_until

MANY = 100


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def in_python(program: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **more)


def test_the_plugin_imports_nothing_of_the_platform() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import satsuma.testing.plugin;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = in_python(program)
    assert done.stdout.strip() == "['satsuma', 'satsuma.testing', 'satsuma.testing.plugin']", done


def test_pytest_loads_the_plugin_by_itself_and_a_test_that_asks_for_nothing_imports_nothing(
    tmp_path: Path,
) -> None:
    (tmp_path / "test_one.py").write_text(
        "import sys\n"
        "def test_one(): assert not [m for m in sys.modules if m.startswith('satsuma.app')]\n"
        "def test_two(satsuma_server): assert satsuma_server.url in repr(satsuma_server)\n"
    )
    done = run_pytest(tmp_path)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout + done.stderr


def run_pytest(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", *more]
    command += ["--rootdir", str(folder), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=folder)


def test_several_pytest_processes_run_at_once(tmp_path: Path) -> None:
    """As pytest-xdist does: each process has servers of its own, on ports that nobody else has."""
    (tmp_path / "test_many.py").write_text(
        "import pytest, urllib.request\n"
        "@pytest.mark.parametrize('n', range(5))\n"
        "def test_one(satsuma_server, n):\n"
        "    application = satsuma_server.application()\n"
        "    assert satsuma_server.token(application).access_token\n"
        "    urllib.request.urlopen(satsuma_server.issuer().jwks_url).close()\n"
        "    assert len(satsuma_server.requests) == 1\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "satsuma.testing.plugin"]
    command += ["-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["--rootdir", str(tmp_path), str(tmp_path)]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    started = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=alone)
        for _ in range(4)
    ]
    told = [each.communicate(timeout=100)[0] for each in started]
    assert ["5 passed" in each for each in told] == [True] * 4, told


def test_a_hundred_live_at_once_on_one_thread_each_with_its_own() -> None:
    with running():
        pass
    gc.collect()
    threads, files, memory = threading.active_count(), open_files(), resident()
    servers = [SatsumaServer() for _ in range(MANY)]
    try:
        assert threading.active_count() == threads + 1
        assert open_files() - files <= MANY + 8, "a listener each, and one event loop"
        assert len({each.url for each in servers}) == MANY
        for number, each in enumerate(servers):
            each.clock.advance(hours=number)
        tokens = [get_token(each, each.application()).json["access_token"] for each in servers]
        assert len(set(tokens)) == MANY
        last = servers[-1]
        active = [
            post(
                last.issuer().introspection_url,
                {"token": token},
                last.application().authorization_header,
            ).json["active"]
            for token in tokens[-3:]
        ]
        assert active == [False, False, False], "an application hears of no other's token"
        times = [each.clock.now() for each in servers]
        assert (times[-1] - times[0]).total_seconds() > (MANY - 2) * 3600
        assert resident() - memory < 300 * 2**20, (
            "of the 400 MB, a process that has imported all takes 100"
        )
    finally:
        for each in servers:
            each.close()
    assert (threading.active_count(), open_files()) == (threads, files)


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def use_everything(server: SatsumaServer) -> None:
    application = server.application(redirect_uris=["https://client.example/cb"])
    shops = server.shops()
    server.api("things")
    call(f"{server.pages_url}/")
    page = call(f"{server.pages_url}/login")
    cookie = str(page.headers["set-cookie"]).partition(";")[0]
    token = page.body.decode().partition('name="form_token" value="')[2].partition('"')[0]
    form = {"form_token": token, "email": "nobody@people.example", "password": "wrong password!"}
    post(f"{server.pages_url}/login", form, Origin=server.pages_url, Cookie=cookie)
    server.login_as(server.user(), application)
    server.clock.advance(days=100)
    call(f"{shops.url}/shops")


def ours() -> list[str]:
    """Each thread that a server started: of its loop, of passwords, of work that blocks."""
    own = re.compile("satsuma-testing|passwords|asyncio")
    return [each.name for each in threading.enumerate() if own.match(each.name)]


def test_nothing_is_left_after_a_server_that_did_everything() -> None:
    with running() as server:
        use_everything(server)
    gc.collect()
    assert ours() == []
    files = open_files()
    for _ in range(3):
        with running() as server:
            use_everything(server)
    assert ours() == []
    assert open_files() == files
    with pytest.raises(ConnectionRefusedError):
        call(server.url)
    with pytest.raises(RuntimeError, match="closed"):
        server.user()
    with pytest.raises(RuntimeError, match="closed"):
        server.clock.advance(minutes=1)
    server.close()


def test_a_server_leaves_no_task_to_the_others_that_go_on() -> None:
    def tasks() -> set[str]:
        async def names() -> set[str]:
            return {repr(each.get_coro()) for each in asyncio.all_tasks()}

        return SHARED.run(names())

    with running():
        before = len(tasks())
        for _ in range(3):
            with running() as server:
                use_everything(server)
                server.faults.slow(30)
                ask = partial(get_token, server, server.application())
                caller = threading.Thread(target=broken_off, args=(ask,))
                caller.start()
                wait_until(partial(server.requests.at, "token"), 10)
            caller.join(5)
            assert not caller.is_alive()
        assert len(tasks()) == before


def broken_off(work: Callable[[], Any]) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        work()


def test_closing_ends_what_is_under_way(satsuma_server: SatsumaServer) -> None:
    with running() as server:
        server.faults.slow(60, at="any", times=None)
        broken: list[str] = []

        def ask() -> None:
            try:
                call(server.issuer().jwks_url)
            except OSError as problem:
                broken.append(type(problem).__name__)

        callers = [threading.Thread(target=ask) for _ in range(10)]
        for caller in callers:
            caller.start()
        wait_until(lambda: len(server.requests) == 10, 10)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    for caller in callers:
        caller.join(5)
    assert len(broken) == 10
    assert call(satsuma_server.issuer().jwks_url).status == 200, "another server goes on"


async def test_closing_ends_what_is_under_way_by_asgi(satsuma_server: SatsumaServer) -> None:
    import httpx2

    with running(listen=False) as server:
        server.faults.slow(60, at="jwks")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server.asgi)) as client:
            asking = asyncio.create_task(client.get(server.issuer().jwks_url))
            await asyncio.to_thread(wait_until, lambda: len(server.requests) == 1, 10)
            server.close()
            with pytest.raises(CutOff, match="closed"):
                await asyncio.wait_for(asking, 10)


async def test_a_caller_by_asgi_who_gives_up_leaves_nothing() -> None:
    import httpx2

    with running(listen=False) as server:
        server.faults.slow(60, at="jwks")
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(server.asgi)) as client:
            asking = asyncio.create_task(client.get(server.issuer().jwks_url))
            await asyncio.to_thread(wait_until, lambda: len(server.requests) == 1, 10)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert (await client.get(server.issuer().jwks_url)).status_code == 200


def test_a_server_that_cannot_start_leaves_nothing() -> None:
    with running():
        pass
    threads, files = threading.active_count(), open_files()
    with running() as server, pytest.raises(OSError, match="use"):
        SatsumaServer(port=int(server.url.rpartition(":")[2]))
    for wrong in ({"no_such_setting": 1}, {"database": "sqlite:///a.db"}, {"mode": "production"}):
        with pytest.raises(BadSettings, match=next(iter(wrong))):
            SatsumaServer(**wrong)
    with pytest.raises(BadSettings, match="loopback only"):
        SatsumaServer(host="0.0.0.0")
    with pytest.raises(BadSettings, match="cannot read /nowhere"):
        SatsumaServer(tls_cert="/nowhere", tls_key="/nowhere")
    assert (threading.active_count(), open_files()) == (threads, files)


FORKING = """
import os
from satsuma.testing import running
with running() as server:
    child = os.fork()
    if child == 0:
        server.close()
        with running() as own:
            assert own.token(own.application()).access_token
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert server.token(server.application()).access_token
print("done")
"""


def test_a_forked_child_leaves_its_parents_server_alone_and_may_have_its_own() -> None:
    done = in_python(FORKING)
    assert done.stdout.strip() == "done", done.stderr


def test_a_process_that_forgets_to_close_ends_all_the_same() -> None:
    program = "from satsuma.testing import SatsumaServer; s = SatsumaServer(); print(s.url)"
    done = in_python(program)
    assert (done.returncode, done.stderr) == (0, ""), done


def _serve(ready: Any) -> None:
    with running() as server:
        ready.put(server.token(server.application()).expires_in)


def test_a_spawned_process_has_its_own() -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Queue()
    child = context.Process(target=_serve, args=(ready,))
    child.start()
    assert ready.get(timeout=30) == 3600
    child.join(30)
    assert child.exitcode == 0
