"""What many logins do to others, and whether the time of an answer tells who is registered.

Both are asked of a server that believes `X-Forwarded-For`, so that each try comes from a source of its own, as people's
tries do: from one source they would be held off.
"""

from __future__ import annotations

import http.client
import itertools
import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode

from bench.document import table
from bench.figures import Verdict
from bench.measuring import Results
from bench.processes import LOAD_CORE, on_core
from bench.satsuma import FORM, GRANT, TOKEN, Satsuma, manage, serving, token_headers
from satsuma.accounts.passwords import RECOMMENDED, PasswordCost, hash_password
from satsuma.management.accounts import create_account
from satsuma.management.context import ManagementContext
from satsuma_client.protocol.secret import Secret

PASSWORD = "correct horse battery staple"
WRONG = "correct horse bakery staple"
OLD_COST = PasswordCost(65_536, 3, 4)
"""What a hash took before the recommended cost: argon2-cffi's own default."""
AT_ONCE = 200
TRIES = 200
_BELIEVES = 'trusted_proxies = ["127.0.0.1/32"]'
_PATIENCE = 60.0
_KINDS = ("an address that nobody has", "a wrong password", "a wrong password, old hash")


@dataclass
class Browser:
    """A login page that was read: its cookie, and the token of its form."""

    host: str
    cookie: str = field(repr=False)
    form_token: str = field(repr=False)

    @classmethod
    def of(cls, satsuma: Satsuma) -> Browser:
        """Read the page once; each try may send it again."""
        host = f"localhost:{satsuma.running.port}"
        status, body, cookie = _page(satsuma.running.port, host)
        found = re.search(r'name="form_token" value="([^"]+)"', body)
        if found is None:
            raise RuntimeError(f"no form: {status} {body[:200]}")
        return cls(host, cookie, found[1])

    def login(self, email: str, password: str, source: str) -> tuple[dict[str, str], str]:
        """The fields and the form of a login from a source."""
        body = urlencode({"email": email, "password": password, "form_token": self.form_token})
        fields = {"Host": self.host, "Content-Type": FORM, "Accept": "text/html"}
        fields |= {"Cookie": self.cookie, "Origin": f"http://{self.host}"}
        return fields | {"X-Forwarded-For": source}, body


def _page(port: int, host: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/login", headers={"Host": host, "Accept": "text/html"})
        answer = connection.getresponse()
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        return answer.status, answer.read().decode(), cookie
    finally:
        connection.close()


def measure(
    folder: Path, results: Results, quick: bool, at_once: int = AT_ONCE, tries: int = TRIES
) -> None:
    """Add both to the results: the server on one core, who asks on the other."""
    rounds, tries = (1, min(tries, 40)) if quick else (3, tries)
    with serving("crowded", folder, more=_BELIEVES) as satsuma, on_core(LOAD_CORE):
        results.verdicts.append(beside_logins(satsuma, rounds, at_once))
    with serving("old-hashes", folder, more=_BELIEVES) as satsuma, on_core(LOAD_CORE):
        _answer_times(satsuma, tries, results)


def beside_logins(satsuma: Satsuma, rounds: int, at_once: int) -> Verdict:
    """Ask for tokens, one after the other, while many people log in at once; judge the 99th percentile."""
    emails = [f"crowd{at}@people.example" for at in range(at_once)]
    _register(satsuma, emails, RECOMMENDED)
    browser, waits, answers = Browser.of(satsuma), [], []
    for at in range(rounds):
        found = _crowd(satsuma, browser, emails, at)
        waits += found.waits
        answers += found.statuses
    if not set(answers) <= {200, 303, 503}:
        raise RuntimeError(f"logins were answered {sorted(set(answers))}")
    served = sum(status != 503 for status in answers)
    what = f"p99 of others' token requests while {at_once} people log in at once"
    aside = f"{served} of {len(answers)} logins served, {len(waits):,} tokens"
    return Verdict(what, 1000 * _p99(waits), 50, 20, unit="ms", less=True, aside=aside)


@dataclass
class _Crowded:
    """What one crowd came to: how long each token took, and how each login was answered."""

    waits: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def _crowd(satsuma: Satsuma, browser: Browser, emails: Sequence[str], at: int) -> _Crowded:
    found, port = _Crowded(), satsuma.running.port
    token = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    headers = token_headers(satsuma.authorization)
    with selectors.DefaultSelector() as waiting:
        sockets = [socket.create_connection(("127.0.0.1", port)) for _ in emails]
        try:
            for each, email, source in zip(sockets, emails, _sources(at), strict=False):
                each.sendall(_request(*browser.login(email, PASSWORD, source)))
                waiting.register(each, selectors.EVENT_READ)
            until = time.monotonic() + _PATIENCE
            while waiting.get_map() and time.monotonic() < until:
                found.waits.append(_token(token, headers))
                for key, _ in waiting.select(0):
                    waiting.unregister(key.fileobj)
                    assert isinstance(key.fileobj, socket.socket)
                    found.statuses.append(int(key.fileobj.recv(65_536).split(b" ", 2)[1]))
        finally:
            token.close()
            for each in sockets:
                each.close()
    if len(found.statuses) != len(emails):
        raise RuntimeError(f"{len(found.statuses)} of {len(emails)} logins were answered")
    return found


def _request(fields: dict[str, str], body: str) -> bytes:
    fields = fields | {"Content-Length": str(len(body)), "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /login HTTP/1.1\r\n{head}\r\n{body}".encode()


def _token(connection: http.client.HTTPConnection, headers: dict[str, str]) -> float:
    began = time.monotonic()
    connection.request("POST", TOKEN, GRANT, headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"no token beside the logins: {answer.status}")
    return time.monotonic() - began


def _answer_times(satsuma: Satsuma, tries: int, results: Results) -> None:
    """Try to log in where nothing must show: medians that differ would tell who is registered."""
    known = [f"known{at}@people.example" for at in range(tries)]
    old = [f"old{at}@people.example" for at in range(tries)]
    nobody = [f"nobody{at}@people.example" for at in range(tries)]
    _register(satsuma, known, RECOMMENDED)
    _register(satsuma, old, OLD_COST)
    browser, sources = Browser.of(satsuma), _sources(100)
    taken: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    for at, emails in enumerate(zip(nobody, known, old, strict=True)):
        turn = list(zip(_KINDS, emails, strict=True))
        for kind, email in turn[at % 3 :] + turn[: at % 3]:
            taken[kind].append(_try(satsuma, browser, email, next(sources)))
    medians = {kind: 1000 * median(each) for kind, each in taken.items()}
    apart = max(medians.values()) - min(medians.values())
    what = f"between the medians of {tries} refused logins each: nobody's address, a known one, an old hash"
    aside = f"{1000 * apart_by_turns(list(taken.values())):.2f} ms by turns"
    results.verdicts.append(Verdict(what, apart, 5, 2, unit="ms", less=True, aside=aside))
    rows = [(kind, f"{medians[kind]:.1f}", f"{1000 * _p99(taken[kind]):.1f}") for kind in _KINDS]
    title = "### A refused login while a hash of an older cost is stored, ms"
    results.notes.append(f"{title}\n\n" + table(("login with", "median", "p99"), rows))


def apart_by_turns(taken: Sequence[Sequence[float]]) -> float:
    """The same as the median of what differs within a turn, whose tries share the machine's mood."""
    pairs = itertools.combinations(taken, 2)
    return max(abs(median(a - b for a, b in zip(one, other, strict=True))) for one, other in pairs)


def _try(satsuma: Satsuma, browser: Browser, email: str, source: str) -> float:
    fields, body = browser.login(email, WRONG, source)
    connection = http.client.HTTPConnection("127.0.0.1", satsuma.running.port, timeout=20)
    try:
        connection.connect()
        began = time.monotonic()
        connection.request("POST", "/login", body, fields)
        answer = connection.getresponse()
        answer.read()
        taken = time.monotonic() - began
    finally:
        connection.close()
    if answer.status not in (400, 401):
        raise RuntimeError(f"a wrong password was answered {answer.status}")
    return taken


def _register(satsuma: Satsuma, emails: Sequence[str], cost: PasswordCost) -> None:
    hashed = hash_password(Secret(PASSWORD), cost)

    async def make(context: ManagementContext) -> None:
        for email in emails:
            await create_account(context, email, "user", hashed)

    manage(satsuma.database, satsuma.environment, make)


def _sources(at: int) -> Iterator[str]:
    """Addresses that differ, of a part of a private network."""
    return (f"10.{at}.{high}.{low}" for high in range(256) for low in range(1, 255))


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]
