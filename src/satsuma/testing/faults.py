"""The switchboard of faults: what goes wrong at the next request, once, several times, or until it is cleared."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from satsuma.testing.requests import LONGEST_FORM

ENDPOINTS: Final = (
    "token",
    "authorize",
    "userinfo",
    "introspect",
    "revoke",
    "jwks",
    "metadata",
    "logout",
    "api",
    "pages",
    "other",
    "any",
)
_MOST: Final = 1000
_LONGEST_WAIT: Final = 3600.0
_BAD_GATEWAY: Final = (
    "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n"
    "<center><h1>502 Bad Gateway</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n"
)
_ERRORS: Final = {
    400: "invalid_request",
    401: "invalid_client",
    403: "access_denied",
    429: "temporarily_unavailable",
    503: "temporarily_unavailable",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: an answer in the platform's place, an answer held back, or one cut off."""

    name: str
    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    hold: float = 0.0
    cut: bool = False


@dataclass(slots=True)
class _Set:
    fault: Fault
    at: str
    left: int | None


class Faults:
    """What goes wrong at one server, and at no other.

    `at` names an endpoint (`token`, `userinfo`, `jwks`, `api`, `any`...), `times` how many requests meet the fault;
    None is every one until `clear()`. Faults of one endpoint are met in the order in which they were set.
    """

    def __init__(self, skew: Callable[[float], None]) -> None:
        """Begin with none; `skew` sets the server's clock askew."""
        self._lock = threading.Lock()
        self._set: list[_Set] = []
        self._skew = skew

    def __repr__(self) -> str:
        with self._lock:
            waiting = ", ".join(f"{each.fault.name} at {each.at}" for each in self._set)
        return f"Faults({waiting})"

    def next_token(
        self,
        status: int = 429,
        *,
        retry_after: int | str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
    ) -> None:
        """Answer the next token request in the platform's place; see `answer`."""
        self.answer(
            status, retry_after=retry_after, body=body, headers=headers, at="token", times=times
        )

    def answer(
        self,
        status: int,
        *,
        retry_after: int | str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        at: str = "token",
        times: int | None = 1,
    ) -> None:
        """Answer in the platform's place, which does not see the request.

        `body` is text or bytes as they are, or what becomes JSON; without one it is an error of RFC 6749. `headers` may
        say another `content-type`. Raises ValueError for what could not be sent.
        """
        if not 200 <= status <= 599:
            raise ValueError("a final answer has a status from 200 to 599")
        sent, content_type = _body(status, body)
        fields = {"content-type": content_type, "cache-control": "no-store"}
        if retry_after is not None:
            fields["retry-after"] = str(retry_after)
        fields |= {name.lower(): value for name, value in (headers or {}).items()}
        self._add(Fault(f"answer {status}", status, sent, _fields(fields)), at, times)

    def html_502(self, *, at: str = "token", times: int | None = 1) -> None:
        """Answer as a proxy does whose upstream is away: 502 and a page of HTML."""
        fields = _fields({"content-type": "text/html"})
        self._add(Fault("html 502", 502, _BAD_GATEWAY.encode(), fields), at, times)

    def slow(self, seconds: float, *, at: str = "token", times: int | None = 1) -> None:
        """Do the work at once and hold the answer back for so many real seconds."""
        if not 0 <= seconds <= _LONGEST_WAIT:
            raise ValueError("an answer is held back for up to an hour")
        self._add(Fault(f"slow {seconds:g} s", hold=float(seconds)), at, times)

    def cut(self, *, at: str = "token", times: int | None = 1) -> None:
        """Do the work, and break the connection off in the middle of the answer."""
        self._add(Fault("cut", cut=True), at, times)

    def skew(self, seconds: float) -> None:
        """Set the server's clock ahead of its callers' (behind, below 0): `Date`, `iat`, `exp`, all it judges by."""
        self._skew(seconds)

    def clear(self) -> None:
        """Let nothing go wrong any more, and no clock be askew."""
        with self._lock:
            self._set.clear()
        self._skew(0)

    def take(self, endpoint: str) -> Fault | None:
        """The fault that this request meets; None where it meets none."""
        with self._lock:
            for each in self._set:
                if each.at in (endpoint, "any"):
                    if each.left is not None:
                        each.left -= 1
                        if each.left <= 0:
                            self._set.remove(each)
                    return each.fault
        return None

    def _add(self, fault: Fault, at: str, times: int | None) -> None:
        if at not in ENDPOINTS:
            raise ValueError(f"at is one of {', '.join(ENDPOINTS)}, not {at!r}")
        if times is not None and not 1 <= times <= 1_000_000:
            raise ValueError("times is 1 or more, or None for every request until clear()")
        with self._lock:
            if len(self._set) >= _MOST:
                raise ValueError(f"{_MOST} faults wait already: clear() first")
            self._set.append(_Set(fault, at, times))


def _body(status: int, body: Any) -> tuple[bytes, str]:
    if body is None:
        error = _ERRORS.get(status, "server_error" if status >= 500 else "invalid_request")
        told = {"error": error, "error_description": "Set by the test"}
        body = told if status >= 400 else {}
    content_type = "application/json"
    if isinstance(body, str):
        sent, content_type = body.encode(), "text/plain; charset=utf-8"
    elif isinstance(body, bytes):
        sent, content_type = body, "application/octet-stream"
    else:
        sent = json.dumps(body).encode()
    if len(sent) > 16 * LONGEST_FORM:
        raise ValueError("a fault's body has up to a megabyte")
    return sent, content_type


def _fields(fields: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """The fields as bytes; raises ValueError for what would end the head."""
    for name, value in fields.items():
        if any(each in name + value for each in "\r\n\x00") or not name:
            raise ValueError(f"{name!r} is no header field that can be sent")
    return tuple(
        (name.encode("latin-1"), value.encode("latin-1")) for name, value in fields.items()
    )
