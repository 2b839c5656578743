"""A redirect URI or an origin means here what it means to a browser, or it is refused here.

They are made by a grammar of what RFC 3986 allows and what a browser repairs; Chromium's `new URL()` judges.
"""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from satsuma.domain.redirect_uris import (
    BadAddress,
    canonical_web_origin,
    check_redirect_uri,
    host_of,
)
from satsuma.domain.web_urls import BadUrl, parse_web_url
from satsuma.management.accounts import create_account
from satsuma.management.application_changes import change_application
from satsuma.management.applications import create_application, list_applications
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.management.edits import Edit
from satsuma_client.protocol.redirect_uri import matches
from tests.management.between import new_context
from tests.signin.browser import beside, running_chromium, visit

OWNER = "ann@example.org"
SEED, MANY = 20261128, 5_000

# fmt: off
SCHEMES = (
    "https", "https", "https", "https", "http", "com.example.app", "HTTPS", "Https", "x",
    "vbscript", "javascript", "data",
    "blob", "file", "ws", "ftp", "com.example+app",
)
ODD_SLASHES = (":///", ":/", ":", ":\\\\", "://\\", "")
HOSTS = (
    "app.example", "bank.test", "localhost", "127.0.0.1", "[::1]", "App.Example", "a-b.example", "a_b.example",
    "xn--bcher-kva.example",
)
ODD_HOSTS = (
    "", "bücher.example", "xn--a.example", "XN--BCHER-KVA.example", "faß.example", "xn--fa-hia.example", "☃.example",
    "127.1", "0x7f.1", "2130706433", "127.0.0.01", "127.0.0.256", "1.2.3.4.5", "a.1", "1.a", "0x",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]", "[::1%25eth0]", "[::1%eth0]", "[1::2::3]", "[not-an-ip]", "[::1", "::1", "[2001:DB8::A]",
    "a..example", "app.example.", "-a.example", "a-.example", "app%2eexample", "app.example%00",
    "a b.example", "*.example",
    "a\tb.example", "app。example", "ａpp.example", "аpp.example", "app.exa\u00admple",
    "a\u200db.example", "a,b.example",
    "a'b", "a$b", "<b>", "x" * 64 + ".example", ".".join(["label"] * 45), "app.example\x7f",
    "ab--cd.example", "[::]", "[]",
    "xn--.example", "xn--zz-.example", "[v1.a]", "xn--0.pt", "256", "a.0x1", "1e3", "app.٠", "[1:0:0:2:0:0:0:3]",
    "[2001:db8:0:0:1:0:0:1]", "[::1.2.3.4]", "[1:2:3:4:5:6:7::]", "xn--nxasmm1c.example",
    "xn--ls8h.example", "日本.example",
)
USERS = ("bank.test@", "bank.test\\@", "a:b@", "@", "bank.test%40", "bank.test/@", "bank.test?@", "bank.test#@", "a@b@")
PORTS = (":443", ":80", ":8443", ":5000", ":65535")
ODD_PORTS = (":0", ":00443", ":65536", ":", ":x", ":-1", ":8 0", ":8\t0", ":٨")
PATHS = (
    "", "", "", "", "/", "/cb", "/cb", "/cb/", "/a/b", "/cb%20x", "//cb", "/cb;v=1", "/~a",
    "/a:b@c", "/%7Ea", "///", "/cb//",
)
ODD_PATHS = (
    "/../cb", "/a/./b", "/%2e%2E/cb", "/.%2e/x", "/a\\b", "\\cb", "/ü", "/a b", "/cb\t",
    "/cb\r\nX: y", "/%zz", "/%2", "/<>",
    "/a|b", "/{a}", "/^", "/`", '/"', "/[a]", "/..", "/.", "/...", "/C:/..", "/cb ", "/\x00", "/a\u2028b",
)
QUERIES = ("?flag", "?x=a%20b", "?", "?a=b?c/d", "?a'b")
ODD_QUERIES = ("?a b", "?ü", "?a\\b", "#", "#x", "?#", "?<a>")
BAD = (
    "https://bank.test@attacker.test/cb",
    "https://bank.test\\@b.test/cb",
    "https:///cb",
    "https:",
    "x:",
    "vbscript:msgbox(1)",
    "http://[not-an-ip]/",
    "https://[::1",
    "https://app.example/cb\r\nSet-Cookie: a=b",
    "https://app.example:99999/cb",
    "https://app.example/a/../cb",
    "https://bücher.example/cb",
    " https://app.example/cb",
    "com.example.app:",
    "com.example.app:cb",
    "com.example.app://user@host/cb",
)
AROUND = (" ", "\t", "\n", "\r\n", "\x00", "\u200b", "\u00a0", "\x1f", "\ufeff")
# fmt: on


def uris(seed: int, many: int) -> list[str]:
    draw = random.Random(seed)

    def odd() -> float:
        return draw.random()

    def one() -> str:
        scheme = draw.choice(SCHEMES)
        slashes = draw.choice(ODD_SLASHES) if odd() < 0.06 else "://"
        user = draw.choice(USERS) if odd() < 0.06 else ""
        host = draw.choice(ODD_HOSTS if odd() < 0.3 else HOSTS)
        port = draw.choice(ODD_PORTS if odd() < 0.1 else PORTS) if odd() < 0.3 else ""
        path = draw.choice(ODD_PATHS if odd() < 0.15 else PATHS)
        query = draw.choice(ODD_QUERIES if odd() < 0.3 else QUERIES) if odd() < 0.25 else ""
        text = scheme + slashes + user + host + port + path + query
        if odd() < 0.06:
            at = draw.choice((0, len(text), draw.randrange(len(text) + 1)))
            text = text[:at] + draw.choice(AROUND) + text[at:]
        if odd() < 0.03:
            text = text.swapcase()
        return text

    found: dict[str, None] = {}
    while len(found) < many:
        found[one()] = None
    return list(found)


READ = """(all) => all.map(text => {
    try {
        const url = new URL(text);
        return [url.protocol, url.hostname, url.port, url.pathname, url.origin, url.username + url.password];
    } catch { return null; }
})"""


def judged(texts: list[str]) -> list[Any]:
    """What Chromium reads in each: protocol, hostname, port, pathname, origin, user; None where it reads nothing."""

    def ask() -> list[Any]:
        with running_chromium() as chromium, visit(chromium) as page:
            found: list[Any] = page.evaluate(READ, texts)
            return found

    answers: list[Any] = beside(ask)
    return answers


@pytest.fixture(scope="module")
def readings() -> dict[str, Any]:
    texts = uris(SEED, MANY)
    return dict(zip(texts, judged(texts), strict=True))


def is_taken(uri: str) -> bool:
    try:
        check_redirect_uri(uri)
    except BadAddress as refused:
        assert str(refused).isprintable()
        return False
    return True


@pytest.mark.spec("RFC 6749 §3.1.2")
@pytest.mark.spec("URL Standard")
def test_a_registered_redirect_uri_is_read_by_a_browser_as_here(readings: dict[str, Any]) -> None:
    taken = [uri for uri in readings if is_taken(uri)]
    assert len(taken) > 700
    for uri in taken:
        assert readings[uri] is not None, uri
        protocol, host, port, path, _, user = readings[uri]
        assert user == ""
        if protocol in ("https:", "http:"):
            url = parse_web_url(uri)
            assert [f"{url.scheme}:", url.host, str(url.port or ""), url.path] == [
                protocol,
                host,
                port,
                path,
            ], uri
            assert host_of(uri) == host
        else:
            assert host_of(uri) is None
            assert "." in protocol
            assert (port, uri.partition(":")[2].partition("?")[0]) == (
                "",
                f"//{host}{path}" if "://" in uri else path,
            ), uri


@pytest.mark.spec("RFC 6454 §4")
@pytest.mark.spec("RFC 6454 §6.2")
def test_an_origin_is_kept_as_a_browser_sends_it(readings: dict[str, Any]) -> None:
    count = 0
    for text, reading in readings.items():
        try:
            origin = canonical_web_origin(text)
        except BadAddress:
            continue
        count += 1
        assert reading is not None, text
        assert origin == reading[4], text
        assert canonical_web_origin(origin) == origin
    assert count > 80


@pytest.mark.spec("RFC 8252 §7.1")
@pytest.mark.spec("RFC 8252 §8.4")
@pytest.mark.parametrize("uri", BAD)
def test_what_a_browser_reads_otherwise_is_refused_with_a_reason(uri: str) -> None:
    with pytest.raises(BadAddress) as refused:
        check_redirect_uri(uri)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) > len(uri)


@pytest.mark.spec("RFC 3986 §3.2.2")
@pytest.mark.spec("RFC 3986 §6.2.2")
@pytest.mark.spec("RFC 5952 §4")
@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://App.Example", "https://app.example"),
        ("HTTPS://app.example:443", "https://app.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://[2001:DB8:0:0:0:0:0:A]:8443", "https://[2001:db8::a]:8443"),
    ],
)
def test_an_origin_has_one_form(text: str, origin: str) -> None:
    assert canonical_web_origin(text) == origin


Door = Callable[[ManagementContext, str, str], Awaitable[object]]
DOORS: dict[str, Door] = {
    "apps create": lambda c, named, uri: create_application(c, "Another", OWNER, (), [uri]),
    "apps change --add-redirect-uri": lambda c, named, uri: change_application(
        c, named, {"redirect_uris": Edit(add=(uri,))}
    ),
    "apps change --redirect-uri": lambda c, named, uri: change_application(
        c, named, {"redirect_uris": Edit((uri,))}
    ),
    "apps create --logout-uri": lambda c, named, uri: create_application(
        c, "Another", OWNER, post_logout_redirect_uris=[uri]
    ),
    "apps change --add-logout-uri": lambda c, named, uri: change_application(
        c, named, {"post_logout_redirect_uris": Edit(add=(uri,))}
    ),
    "apps change --logout-uri": lambda c, named, uri: change_application(
        c, named, {"post_logout_redirect_uris": Edit((uri,))}
    ),
}


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_takes_what_a_browser_reads_otherwise(door: str) -> None:
    context = await new_context()
    await create_account(context, OWNER)
    made = await create_application(context, "Shops", OWNER, (), ["https://app.example/cb"])
    named = made.application.application_id
    for uri in BAD:
        with pytest.raises(NotPossible) as refused:
            await DOORS[door](context, named, uri)
        assert refused.value.slug in ("redirect-uri-malformed", "redirect-uri-insecure")
    await DOORS[door](context, named, "https://app.example/other?flag&x=a%20b")
    kept = [
        (*each.redirect_uris, *each.post_logout_redirect_uris)
        for each in await list_applications(context)
    ]
    assert any("https://app.example/other?flag&x=a%20b" in each for each in kept)


LOOPBACK = "http://127.0.0.1/cb"


@pytest.mark.spec("RFC 8252 §7.3")
def test_of_a_loopback_address_only_the_port_may_differ() -> None:
    others = (
        "HTTP://127.0.0.1:5/cb", " http://127.0.0.1:5/cb", "http://127.0.0.1:5/cb\t", "http://127.0.0.1:5/cb#",
        "http://127.0.0.1:5/cb?", "http://127.0.0.1:5/cb/", "http://127.0.0.1:5/CB", "http://127.0.0.1:5/c%62",
        "http://127.0.0.1:5\\cb", "http://127.0.0.1:/cb", "http://127.0.0.1:05/cb", "http://127.0.0.1:0/cb",
        "http://127.1:5/cb", "http://u@127.0.0.1:5/cb", "http://127.0.0.1:5/cb\n", "http:/127.0.0.1:5/cb",
    )  # fmt: skip
    assert [uri for uri in others if matches(uri, LOOPBACK, native=True)] == []
    assert matches("http://127.0.0.1:5/cb", LOOPBACK, native=True)
    draw = random.Random(SEED)
    for uri in uris(SEED + 1, MANY):
        given = uri.replace("app.example", draw.choice(("127.0.0.1", "127.0.0.1:5", "[::1]:7")))
        for registered in (LOOPBACK, "http://[::1]:9/cb?flag"):
            if matches(given, registered, native=True):
                ours, known = parse_web_url(given), parse_web_url(registered)
                assert (ours.host, ours.path, ours.query) == (known.host, known.path, known.query)
                assert given.startswith(f"http://{known.host}")


def test_a_reading_never_fails_but_by_its_own_word() -> None:
    for uri in [*uris(SEED + 2, MANY), json.dumps("\ud800")]:
        try:
            parse_web_url(uri)
        except BadUrl as refused:
            assert str(refused)
