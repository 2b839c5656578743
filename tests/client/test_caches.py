"""Caches that fail cost a token request and never a call; what they keep nobody else reads."""

import os
import signal
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satsuma_client import ClientCredentials, FileCache, MemoryCache, RedisCache, RefreshToken
from satsuma_client.client.caches.port import Cache
from satsuma_client.client.record import Record, RefusedSecret, StoredToken
from tests.client.token_server import TokenServer
from tests.servers import running_redis


def client(server: TokenServer, cache: Cache, **more: Any) -> ClientCredentials:
    return ClientCredentials(server.token_url, "client", "secret", cache=cache, **more)


def only_file(folder: Path) -> Path:
    (file,) = folder.glob("*.json")
    return file


def test_files_are_for_their_owner_alone(server: TokenServer, tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        client(server, FileCache(tmp_path / "new" / "tokens")).token()
    finally:
        os.umask(old)
    folder = tmp_path / "new" / "tokens"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_the_users_own_directory_is_the_default(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    client(server, FileCache()).token()
    assert only_file(tmp_path / "satsuma" / "tokens")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def garbage(file: Path) -> None:
    file.write_bytes(os.urandom(500))


def of_a_later_version(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b'"v":1', b'"v":2'))


def of_another_shape(file: Path) -> None:
    file.write_bytes(b'{"v":1,"token":{"access_token":5,"token_type":"Bearer","got":1,"life":1}}')


def huge(file: Path) -> None:
    file.write_bytes(b"[" * 2_000_000)


def open_to_others(file: Path) -> None:
    file.chmod(0o644)


def a_directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_link(file: Path) -> None:
    target = file.with_name("elsewhere")
    file.rename(target)
    file.symlink_to(target)


SPOILED = [
    cut,
    empty,
    garbage,
    of_a_later_version,
    of_another_shape,
    huge,
    open_to_others,
    a_directory,
    a_link,
]


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda each: each.__name__)
def test_a_spoiled_file_costs_a_request(
    server: TokenServer, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    client(server, FileCache(tmp_path)).token()
    spoil(only_file(tmp_path))
    again = client(server, FileCache(tmp_path))
    assert again.token().access_token.reveal() == "token-2"
    assert again.token().access_token.reveal() == "token-2"
    assert server.asked == 2


def test_another_users_file_is_not_believed(server: TokenServer, tmp_path: Path) -> None:
    client(server, FileCache(tmp_path)).token()
    os.chown(only_file(tmp_path), 12345, -1)
    assert client(server, FileCache(tmp_path)).token().access_token.reveal() == "token-2"


@pytest.mark.parametrize("what", ["a file", "away", "full"])
def test_a_directory_that_cannot_be_used_costs_a_request(
    server: TokenServer, tmp_path: Path, what: str
) -> None:
    folder = {"a file": tmp_path / "file", "away": Path("/proc/tokens"), "full": Path("/dev/full")}[
        what
    ]
    if what == "a file":
        folder.write_text("")
    events: list[str] = []
    auth = client(server, FileCache(folder), on_event=lambda event: events.append(event.name))
    assert auth.token().access_token.reveal() == "token-1"
    assert auth.token().access_token.reveal() == "token-1"
    assert "cache_failed" in events


class Throwing:
    """A cache that throws at each of its operations, or after some."""

    poll = 0.01

    def __init__(self, good: int) -> None:
        self._good = good
        self._inner = MemoryCache()

    def _count(self) -> None:
        self._good -= 1
        if self._good < 0:
            raise RuntimeError("no cache today")

    def load(self, key: str) -> bytes | None:
        self._count()
        return self._inner.load(key)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        self._count()
        return self._inner.swap(key, old, new)


@pytest.mark.parametrize("good", range(6))
def test_a_cache_that_throws_at_any_step_fails_no_call(server: TokenServer, good: int) -> None:
    auth = client(server, Throwing(good))
    assert auth.token().access_token.reveal() == "token-1"
    auth.drop(auth._slot.held)  # type: ignore[arg-type]
    assert auth.token().access_token.reveal() in ("token-1", "token-2")
    assert server.asked <= 2


class Away:
    """A cache that may be away."""

    poll = 0.01

    def __init__(self) -> None:
        self.away = False
        self._inner = MemoryCache()

    def load(self, key: str) -> bytes | None:
        if self.away:
            raise RuntimeError("away")
        return self._inner.load(key)

    def swap(self, key: str, old: bytes | None, new: bytes) -> bool:
        if self.away:
            raise RuntimeError("away")
        return self._inner.swap(key, old, new)


def test_a_cache_that_is_away_loses_no_refresh_token(server: TokenServer) -> None:
    server.rotates = True
    cache = Away()
    told = server.token_url, "client", "first-refresh", "secret"
    auth = RefreshToken(*told, cache=cache)
    auth.token()
    for _ in range(3):
        cache.away = True
        for _ in range(2):
            auth.drop(auth.held())
            auth.token()
        cache.away = False
        auth.drop(auth.held())
        auth.token()
        other = RefreshToken(*told, cache=cache)
        other.token()
        other.drop(other.held())
        other.token()
        auth.drop(auth.held())
        auth.token()  # what the other got is seen before the cache goes away again
    assert server.statuses[400] == 0
    assert auth.token().access_token.reveal() == f"token-{server.made}"


def test_a_cache_that_is_emptied_loses_no_refresh_token(server: TokenServer) -> None:
    server.rotates = True
    cache = MemoryCache(size=1)
    auth = RefreshToken(server.token_url, "client", "first-refresh", "secret", cache=cache)
    auth.token()
    for _ in range(3):
        auth.drop(auth.held())
        cache.swap("another", None, b"x")
        auth.token()
        cache._kept.pop("another", None)
    assert server.statuses[400] == 0


def test_a_cache_that_never_works_renews_all_the_same(server: TokenServer) -> None:
    server.rotates = True
    auth = RefreshToken(server.token_url, "client", "first-refresh", "secret", cache=Throwing(0))
    for at in range(1, 5):
        assert auth.token().access_token.reveal() == f"token-{at}"
        auth.drop(auth.held())


def test_a_cache_that_fails_once_does_not_end_the_turn(server: TokenServer) -> None:
    server.rotates, server.delay = True, 7
    cache = Away()
    told = server.token_url, "client", "first-refresh", "secret"
    flight = RefreshToken(*told, cache=cache)._slot.flight()
    other = RefreshToken(*told, cache=cache)._slot.flight()
    time.sleep(1.0)
    cache.away = True
    time.sleep(0.6)  # one beat falls into it
    cache.away = False
    assert flight.result(20).token.access_token.reveal() == "token-1"
    assert other.result(20).token.access_token.reveal() == "token-1"
    assert server.asked == 1


def test_a_date_of_nonsense_poisons_nothing(server: TokenServer) -> None:
    server.date = lambda: 253402300799.0
    cache = MemoryCache()
    client(server, cache).token()
    assert client(server, cache).token().access_token.reveal() == "token-1"
    record = Record(token=StoredToken("a", "Bearer", 1e11, 3600.0))
    assert Record.parse(record.render()) == Record()


def test_a_servers_wrong_clock_is_no_reason_to_ask_again(server: TokenServer) -> None:
    cache = MemoryCache()
    for ahead in (-7200, 7200):
        server.date = lambda ahead=ahead: time.time() + ahead
        for _ in range(8):
            client(server, cache, scope=f"s{ahead + 7200}").token()
    assert server.asked == 2


def test_no_thread_to_be_had_is_an_error_and_not_a_wait(
    server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth = client(server, MemoryCache())

    def no_thread(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(RuntimeError):
            auth.token()
    assert auth.token().access_token.reveal() == "token-1"


def test_redis_away_and_back_in_the_middle_of_a_renewal(server: TokenServer) -> None:
    with running_redis() as redis:
        auth = client(server, RedisCache(redis.url))
        server.delay = 0.5
        flight = auth._slot.flight()
        os.kill(redis.pid, signal.SIGSTOP)
        assert flight.result(10).token.access_token.reveal() == "token-1"
        os.kill(redis.pid, signal.SIGCONT)
        assert auth.token().access_token.reveal() == "token-1"
    assert auth.token().access_token.reveal() == "token-1"
    auth.drop(auth._slot.held)  # type: ignore[arg-type]
    server.delay = 0
    assert auth.token().access_token.reveal() == "token-2"
    assert server.asked == 2


def test_keys_differ_by_all_that_makes_another_token(server: TokenServer, tmp_path: Path) -> None:
    cache = FileCache(tmp_path)
    different = [
        ClientCredentials(server.token_url, "client", "secret", cache=cache),
        ClientCredentials(server.token_url, "client|", "secret", cache=cache),
        ClientCredentials(server.token_url, "client", "secret", scope="a", cache=cache),
        ClientCredentials(server.token_url, "client", "secret", scope="a b", cache=cache),
        ClientCredentials(
            server.token_url, "client", "secret", resource=server.api_url, cache=cache
        ),
    ]
    tokens = {each.token().access_token.reveal() for each in different}
    assert len(tokens) == len(different)
    same = ClientCredentials(server.token_url, "client", "secret", scope=["b", "a"], cache=cache)
    assert same.token().access_token.reveal() in tokens


def test_memory_keeps_so_many_and_no_more() -> None:
    cache = MemoryCache(size=3)
    for key in "abcd":
        assert cache.swap(key, None, key.encode())
    assert [cache.load(key) for key in "abcd"] == [None, b"b", b"c", b"d"]


@pytest.fixture(params=["memory", "file", "redis"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> Cache:
    if request.param == "memory":
        return MemoryCache()
    if request.param == "file":
        return FileCache(tmp_path)
    return RedisCache(request.getfixturevalue("redis_database"))


def test_of_those_who_replace_the_same_one_wins(cache: Cache) -> None:
    assert cache.load("key") is None
    for round_ in range(10):
        old = cache.load("key")
        won: list[int] = []
        barrier = threading.Barrier(8)

        def replace(at: int, old: Any = old, round_: int = round_) -> None:
            barrier.wait()  # noqa: B023
            if cache.swap("key", old, f"{round_}-{at}".encode()):
                won.append(at)  # noqa: B023

        threads = [threading.Thread(target=replace, args=[at]) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert cache.load("key") == f"{round_}-{won[0]}".encode()


texts = st.text(max_size=20)
tokens = st.builds(
    StoredToken,
    access_token=st.text(min_size=1, max_size=20),
    token_type=texts,
    got=st.floats(0, 2**33, exclude_max=True),
    life=st.floats(0, 86400),
    scope=st.none() | texts,
    id_token=st.none() | texts,
)
records = st.builds(
    Record,
    fence=st.integers(0, 1000),
    token=st.none() | tokens,
    refresh_token=st.none() | texts,
    seed=st.none() | texts,
    refused=st.none() | st.builds(RefusedSecret, texts, texts, st.floats(0, 1e12)),
    not_before=st.floats(0, 1e12),
)


@given(records)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert Record.parse(record.render()) == record
    leased = record.leased("owner")
    assert Record.parse(leased.beaten().render()) == leased.beaten()
    assert leased.fence == record.fence + 1


@given(st.binary(max_size=200) | records.map(lambda record: record.render()[:-3]))
def test_what_is_no_record_counts_as_none(text: bytes) -> None:
    assert Record.parse(text) == Record()
