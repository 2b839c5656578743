"""What an upstream says in its head, by each character and coding that is none, and each field that is for an origin.

What is no answer gets 502 and a row of ours, as one that h11 cannot read; never half an answer, and no traceback.
"""

import contextlib
import secrets
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from satsuma.domain.limits import Limits
from satsuma.gateway.headers import OF_AN_ORIGIN
from tests.front.edge import Edge, edge, said_since
from tests.front.judge import Answer, exchanged
from tests.wire.server import wait_until

__all__ = ["edge"]
CONTROLS = [bytes([number]) for number in (*range(0x20), 0x7F) if number != 0x09]
CODINGS = [b"gzip", b"gzip, chunked", b"chunked, chunked", b"identity", b"deflate", b"x", b""]
# What a proxy in front of the platform obeys, what is for the origin, and what we alone say.
FOR_A_PROXY = b"""
    X-Accel-Redirect X-Accel-Buffering X-Accel-Expires X-Accel-Limit-Rate X-Sendfile X-Sendfile-Temporary X-Sendfile2
    X-Lighttpd-Send-File X-Lighttpd-Send-Tempfile X-Satsuma-Client-Id X-Satsuma-Request-Id X.Accel.Redirect
    Use-As-Dictionary Sec-Session-Registration Sec-Session-Challenge Speculation-Rules Observe-Browsing-Topics
""".split()  # fmt: skip


@dataclass
class Upstream:
    """An API behind the edge whose next answer is `says`."""

    edge: Edge
    name: str
    token: str
    says: bytes = b""

    def ask(self, *fields: bytes, body: bytes = b"ok", method: bytes = b"GET") -> Answer:
        """Let the upstream answer with these fields, and give what the caller gets."""
        framing = any(each.startswith((b"Transfer-Encoding", b"Content-Length")) for each in fields)
        length = [] if framing else [b"Content-Length: %d" % len(body)]
        lines = [b"HTTP/1.1 200 OK", *length, *fields, b"", body]
        self.says = b"\r\n".join(lines)
        path = b"/%b/v1/x" % self.name.encode()
        head = self.edge.call(b"Connection: close", method=method, path=path)
        request = head.replace(self.edge.token.encode(), self.token.encode()) + b"\r\n"
        (answer,) = exchanged(self.edge.port, request, method).answers
        return answer


@pytest.fixture(scope="module")
def upstream(edge: Edge) -> Iterator[Upstream]:
    made = Upstream(edge, f"says{secrets.token_hex(4)}", "")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                self.wfile.write(made.says)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        server = edge.server
        address = f"http://127.0.0.1:{listening.server_address[1]}"
        server.new_api(made.name, address, scopes=(), limits=Limits(spike_per_second=1_000_000))
        application = server.new_application(made.name, name=made.name)
        made.token = server.token(application).json["access_token"]
        check = f"/auth/check?api={made.name}&version=1"
        wait_until(lambda: server.call(check, made.token).status == 204, 5)
        yield made
        listening.shutdown()


def is_ours(answer: Answer) -> bool:
    return (answer.status, answer.whole) == (502, True) and answer.field(
        b"x-oapi-request-id"
    ) is not None


@pytest.mark.spec("RFC 9110 §5.5")
def test_a_control_character_in_a_field_is_no_answer(upstream: Upstream) -> None:
    start = upstream.edge.server.log.stat().st_size
    wrong = {}
    for control in CONTROLS:
        for value in (b"a%bb", b"%b", b"a%b"):
            field = b"X-Said: " + value % control
            answer = upstream.ask(field)
            if control == b"\n":  # a line of its own, as h11 and our reader have it
                continue
            if not is_ours(answer) and control in (answer.field(b"x-said") or control):
                wrong[field] = answer
    assert wrong == {}
    assert said_since(upstream.edge.server, start) == []


@pytest.mark.spec("RFC 9112 §6.1")
@pytest.mark.parametrize("coding", CODINGS)
def test_a_coding_that_we_do_not_read_is_no_answer(upstream: Upstream, coding: bytes) -> None:
    body = b"2\r\nok\r\n0\r\n\r\n"
    assert is_ours(upstream.ask(b"Transfer-Encoding: " + coding, body=body))
    good = upstream.ask(b"Transfer-Encoding: Chunked ", body=body)
    assert (good.status, good.body, good.whole) == (200, b"ok", True)


@pytest.mark.parametrize("cut", ["a length", "chunks"])
def test_an_answer_that_breaks_off_is_told_once_and_by_no_log_line(
    upstream: Upstream, cut: str
) -> None:
    start = upstream.edge.server.log.stat().st_size
    if cut == "chunks":
        answer = upstream.ask(b"Transfer-Encoding: chunked", body=b"2\r\nok\r\n")
    else:
        answer = upstream.ask(b"Content-Length: 10")
    assert (answer.status in (200, 502), answer.whole and answer.status == 200) == (True, False)
    assert said_since(upstream.edge.server, start) == []


def test_no_upstream_says_what_holds_for_the_whole_origin(upstream: Upstream) -> None:
    said = [name.title() + b": x" for name in sorted(OF_AN_ORIGIN)]
    said += [name + b": x" for name in FOR_A_PROXY]
    assert len(said) > 25
    answer = upstream.ask(*said, b"X-Other: x", b"Cache-Control: max-age=1")
    names = {name for name, _ in answer.fields}
    assert (answer.status, names & OF_AN_ORIGIN) == (200, set())
    assert names & {name.lower() for name in FOR_A_PROXY} == set()
    assert {b"x-other", b"cache-control"} <= names
