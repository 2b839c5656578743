"""Requests whose body breaks off: nothing of them is carried out, whatever their path and however they came."""

import contextlib
import socket
import socketserver
import threading
import urllib.parse
from collections.abc import Callable, Iterator

import pytest

from tests.app.test_status import counted
from tests.front.edge import said_since
from tests.oauth.agent import Agent
from tests.oauth.flow import REDIRECT, get_code, is_active, new_client, new_person, redeem
from tests.wire.raw import connect, read_reply
from tests.wire.server import FORM, Made, Server, wait_until

Framing = Callable[[bytes], tuple[bytes, bytes]]
Way = Callable[[Server, bytes, bytes], bytes]


def short_of_its_length(body: bytes) -> tuple[bytes, bytes]:
    """Announce a byte more than comes."""
    return b"Content-Length: %d" % (len(body) + 1), body


def without_last_chunk(body: bytes) -> tuple[bytes, bytes]:
    """Send the body whole, but not that it is."""
    return b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(body), body)


def alone(server: Server, head: bytes, part: bytes) -> bytes:
    """Send the request and nothing else."""
    return part_sent(server, head + b"\r\n" + part)


def expecting(server: Server, head: bytes, part: bytes) -> bytes:
    """Ask first whether to send the body."""
    with connect(server) as connection:
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(part)
        return rest_of(connection)


def behind(server: Server, head: bytes, part: bytes) -> bytes:
    """Send it with a request before it that a page answers."""
    page = b"GET /login HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % server.port
    with connect(server) as connection:
        connection.sendall(page + head + b"\r\n" + part)
        read_reply(connection)
        return rest_of(connection)


def part_sent(server: Server, data: bytes) -> bytes:
    """Send bytes, say that no more come, and give what the server sends until it closes."""
    with connect(server) as connection:
        connection.sendall(data)
        return rest_of(connection)


def rest_of(connection: socket.socket) -> bytes:
    connection.shutdown(socket.SHUT_WR)
    return b"".join(iter(lambda: connection.recv(65536), b""))


def head_of(host: str, path: str, *fields: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path.encode(), b"Host: " + host.encode(), *fields]
    accept = b"Accept: application/json"
    return b"\r\n".join([*lines, accept, b"Content-Type: " + FORM.encode(), b""])


FRAMINGS = [short_of_its_length, without_last_chunk]
WAYS = [alone, expecting, behind]


@contextlib.contextmanager
def nothing_logged(server: Server) -> Iterator[None]:
    before = server.log.stat().st_size
    yield
    assert said_since(server, before) == []


def break_off(
    server: Server, made: Made, path: str, way: Way, framing: Framing, **form: str
) -> None:
    field, part = framing(urllib.parse.urlencode(form).encode())
    authorization = b"Authorization: " + made.authorization.encode()
    head = head_of(f"127.0.0.1:{server.port}", path, authorization, field)
    with nothing_logged(server):
        assert way(server, head, part) == b""


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.spec("RFC 9112 §8")
def test_a_code_is_not_spent(server: Server, way: Way, framing: Framing) -> None:
    made, person = new_client(server), new_person(server)
    code, _ = get_code(server, made, person)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    break_off(server, made, "/openidconnect/fr/v1/token", way, framing, **form)
    reply = redeem(server, made, code)
    assert reply.status == 200, reply.body


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("way", WAYS)
def test_a_token_is_not_revoked(server: Server, way: Way, framing: Framing) -> None:
    made = server.new_application()
    token, later = (server.token(made).json["access_token"] for _ in range(2))
    break_off(server, made, "/oauth/v3/revoke", way, framing, token=token)
    assert server.form("/oauth/v3/revoke", made, f"token={later}").status == 200
    wait_until(lambda: not is_active(server, made, later, "/oauth/v3"), 5)
    assert is_active(server, made, token, "/oauth/v3")


@pytest.mark.parametrize("framing", FRAMINGS)
def test_an_upstream_sees_that_a_call_breaks_off(server: Server, framing: Framing) -> None:
    server.counter += 1
    name = f"broken-{server.counter}"
    with recording() as (address, seen):
        server.new_api(name, address)
        token = server.token(server.new_application(name)).json["access_token"]
        wait_until(lambda: server.call(f"/{name}/v1/x", token).status == 200, 2)
        wait_until(lambda: seen, 5)
        seen.clear()
        field, part = framing(b"delete=all")
        bearer = b"Authorization: Bearer " + token.encode()
        head = head_of(f"127.0.0.1:{server.port}", f"/{name}/v1/x", bearer, field)
        with nothing_logged(server):
            assert part_sent(server, head + b"\r\n" + part) == b""
            wait_until(lambda: counted(server, f"gateway/{name}/v1", 499) == 1, 5)
        wait_until(lambda: seen, 5)
        assert [is_broken_off(each) for each in seen] == [True]
    assert counted(server, f"gateway/{name}/v1", 500) == 0


@contextlib.contextmanager
def recording() -> Iterator[tuple[str, list[bytes]]]:
    """An upstream that answers a GET, reads a POST to its end; gives its address and what each connection sent."""
    seen: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            data = b""
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                data += line
            if data.startswith(b"GET"):
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
                )
            seen.append(data + b"\r\n" + self.rfile.read())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as upstream:
        upstream.daemon_threads = True
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{upstream.server_address[1]}", seen
        upstream.shutdown()


def is_broken_off(request: bytes) -> bool:
    """Say whether the end of a request is missing."""
    head, _, body = request.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head:
        return not body.endswith(b"0\r\n\r\n")
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return len(body) < length


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_page_takes_no_half_form_and_says_nothing_of_it(server: Server, framing: Framing) -> None:
    agent = Agent(server)
    form = agent.open(f"{server.pages_url}/login").form()
    field, part = framing(urllib.parse.urlencode(form.fields | {"email": "a"}).encode())
    cookies = "; ".join(f"{name}={value}" for name, value in agent.cookies.items())
    head = head_of(f"localhost:{server.port}", "/login", b"Cookie: " + cookies.encode(), field)
    before = counted_pages(server)
    with nothing_logged(server):
        assert part_sent(server, head + b"\r\n" + part) == b""
        wait_until(lambda: counted_pages(server) != before, 5)
    assert counted_pages(server) == (before[0] + 1, before[1])


def counted_pages(server: Server) -> tuple[float, float]:
    """Count the pages that nobody waited for, and those that failed."""
    return counted(server, "pages", 499), counted(server, "pages", 500)
