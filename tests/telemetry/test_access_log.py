"""The access log tells each request once, never holds an answer up, and never grows past its bounds."""

import json
import threading
import time
from typing import Any

import pytest

from satsuma.http.messages import Request
from satsuma.telemetry import access_log
from satsuma.telemetry.access_log import AccessLog, as_text


class Written:
    """What was written, and by which thread; `open` lets the writer go on."""

    def __init__(self, held: bool = False) -> None:
        self.text = b""
        self.chunks: list[int] = []
        self.threads: set[int] = set()
        self.open = threading.Event()
        self.waiting = threading.Event()
        if not held:
            self.open.set()

    def __call__(self, lines: bytes) -> None:
        self.waiting.set()
        self.open.wait(20)
        self.threads.add(threading.get_ident())
        self.chunks.append(len(lines))
        self.text += lines

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def told(self, event: str = "request") -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


def request(n: int = 0, source: str = "192.0.2.1", method: bytes = b"GET") -> Request:
    secret = b"/poi/v1/x?token=secret"
    return Request(method, secret, b"token=secret", [], b"secret", source, f"{n:024x}")


def log_to(written: Written, every: bool = True, **options: Any) -> AccessLog:
    log = AccessLog(every, time.time, lambda: 7, write=written, **options)
    log.start()
    return log


def test_each_request_is_one_line_in_order_by_another_thread() -> None:
    written = Written()
    log = log_to(written)
    for n in range(100):
        log.note(request(n), "gateway/poi/v1", 200, 0.0015)
    log.stop()
    told = written.told()
    assert [line["request_id"] for line in told] == [f"{n:024x}" for n in range(100)]
    assert told[0] | {"timestamp": ""} == {
        "event": "request",
        "timestamp": "",
        "method": "GET",
        "endpoint": "gateway/poi/v1",
        "status": 200,
        "ms": 1.5,
        "request_id": "0" * 24,
        "source": "192.0.2.1",
    }
    assert written.told("requests")[0]["answered"] == 7
    assert b"secret" not in written.text
    assert threading.get_ident() not in written.threads
    assert max(written.chunks) <= 4096


def test_a_writer_that_hangs_holds_nobody_up_and_what_has_no_room_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(access_log, "PENDING", 50)
    written = Written(held=True)
    log = log_to(written)
    log.note(request(0), "x", 200, 0.0)
    assert written.waiting.wait(10), "the writer has the first line and hangs"
    for n in range(1, 61):
        log.note(request(n), "x", 200, 0.0)
    assert log.dropped == 10
    written.open.set()
    log.stop()
    assert len(written.told()) == 51
    assert sum(line["dropped"] for line in written.told("requests")) == 10


def test_without_every_only_refusals_are_told_within_the_budget() -> None:
    written = Written()
    log = log_to(written, every=False)
    for n in range(50):
        log.note(request(n, source="198.51.100.1"), "x/token", 401, 0.0)
    for n in range(500):
        other = request(n, source="198.51.100.2")
        other.slug = f"cause-{n % 40}"
        log.note(other, "x/token", 400, 0.0)
    log.stop()
    by_source = [line["source"] for line in written.told()]
    at_most = 2 if time.time() % 60 > 58 else 1
    assert 20 <= by_source.count("198.51.100.1") <= 20 * at_most
    assert 200 <= by_source.count("198.51.100.2") <= 200 * at_most


def test_at_a_level_above_info_only_failures_are_told() -> None:
    written = Written()
    log = log_to(written, only_failures=True)
    for status in (200, 401, 500, 503):
        log.note(request(), "x", status, 0.0)
    log.stop()
    assert [(line["status"], line["level"]) for line in written.told()] == [
        (500, "error"),
        (503, "error"),
    ]
    assert written.told("requests") == []


def test_a_method_that_is_none_is_not_told() -> None:
    written = Written()
    log = log_to(written)
    log.note(request(method=b'X"\n{forged}'), "x", 400, 0.0)
    log.stop()
    assert written.told()[0]["method"] == "-"


def test_a_person_reads_words_and_values() -> None:
    written = Written()
    log = log_to(written, render=as_text)
    log.note(request(), "x/token", 200, 0.001)
    log.stop()
    line = written.text.decode().splitlines()[0]
    assert "event=request" in line
    assert "endpoint=x/token status=200" in line


def test_the_addresses_of_an_ipv6_customer_share_a_budget() -> None:
    written = Written()
    log = log_to(written, every=False)
    for n in range(50):
        log.note(request(n, f"2001:db8:0:1::{n:x}"), "pages", 404, 0.001)
    log.note(request(50, "2001:db8:0:2::1"), "pages", 404, 0.001)
    log.stop()
    told = [line["source"] for line in written.told()]
    assert told == [*(f"2001:db8:0:1::{n:x}" for n in range(20)), "2001:db8:0:2::1"]
