"""Every page by every way to write what no page of ours writes into its address: no answer fails, and none is split."""

import http.client
import re
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.front.edge import said_since
from tests.wire.server import FORM, Server, running_server

VALUES: Final = (
    "", "%00", "%ff", "%", "%E6%97%A5%E6%9C%AC", "%C3%A9", "%E2%80%AE", "%F0%9F%98%80", "%ED%A0%80",
    "%0D%0AX-Split:%20y", "%3B%20Path=/x", "%22", "%2C", "%20", "%5C", "%3Cscript%3E", "a" * 3500, "r1_AAAA", "%7F",
)  # fmt: skip
PATHS: Final = (
    "/", "/login", "/logout", "/sign-up", "/reset", "/confirm/{}", "/reset/{}", "/account", "/account/password",
    "/account/email", "/account/email/{}", "/account/undo/{}", "/account/data", "/account/delete", "/account/language",
    "/account/sessions", "/account/sessions/end", "/account/applications", "/language", "/interaction", "/end-session",
    "/dev/mail", "/dev/mail/{}", "/errors/", "/errors/{}", "/static/{}/{}",
)  # fmt: skip
PARAMETERS: Final = ("r", "to", "again", "done", "lang", "after")
FIELDS: Final = ("email", "password", "r", "sid", "decision", "language", "form_token")
FORM_TOKEN: Final = re.compile(rb'name="form_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("pages")
    with running_server(folder, config='mode = "test"\n') as running:
        yield running


def asked() -> Iterator[tuple[str, str, str]]:
    """Each method, address and form."""
    for path in PATHS:
        for value in VALUES:
            for name in PARAMETERS:
                address = f"{path.format('x', 'y')}?{name}={value}"
                yield "GET", address, ""
                yield "POST", address, "email=somebody@people.example&password=x"
            for name in FIELDS:
                yield "POST", path.format("x", "y"), f"{name}={value}"
            if "{}" in path:
                yield "GET", path.format(value, value), ""


@pytest.mark.spec("RFC 6265 §4.1.1; RFC 6265 §6.1")
def test_no_page_fails_whatever_stands_in_its_address_or_form(server: Server) -> None:
    host = f"localhost:{server.port}"
    page = server.request("GET", "/login", host=host)
    found = FORM_TOKEN.search(page.body)
    assert found is not None
    token = found[1].decode()
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    fields = {"Host": host, "Cookie": cookie, "Content-Type": FORM}
    start = server.log.stat().st_size

    def ask(part: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
        wrong = []
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for method, address, form in part:
            body = form
            if form and not form.startswith("form_token"):
                body = f"{form}&form_token={urllib.parse.quote(token)}"
            connection.request(method, address, body or None, fields)
            reply = connection.getresponse()
            reply.read()
            if reply.status >= 500 or reply.getheader("X-Split"):
                wrong.append((method, address, form))
        connection.close()
        return wrong

    every = list(asked())
    with ThreadPoolExecutor(4) as pool:
        wrong = [
            each for found in pool.map(ask, [every[at::4] for at in range(4)]) for each in found
        ]
    assert wrong == []
    # Letters are told by other lines.
    assert [line for line in said_since(server, start) if line.startswith(b"{")] == []
