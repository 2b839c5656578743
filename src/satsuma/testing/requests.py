"""What a server saw: each request of a caller, as a test asserts on it. A secret is a `Secret`, whatever prints it."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, overload
from urllib.parse import parse_qsl

from satsuma_client.protocol.secret import Secret

KEPT: Final = 10_000
"""How many requests a server remembers; the oldest go first."""
LONGEST_FORM: Final = 64 * 1024
_HIDDEN: Final = re.compile(
    r"secret|token|password|assertion|verifier|authori[sz]ation|cookie|credential|api.?key"
    r"|(^|_)code$|_hint$|^r$|referer|dpop|identity"
)
_LINK: Final = re.compile(r"[A-Za-z0-9_~.-]{16,}")
_SHOWN: Final = frozenset({"token_type_hint", "requested_token_type", "subject_token_type"})
Shown = str | Secret


@dataclass(slots=True)
class SeenRequest:
    """One request: `endpoint` is `token`, `authorize`, `userinfo`..., `api` for a call, `pages` for a page.

    `form` and `query` hold the parameters by name, `headers` the fields by lower-case name; those that grant something
    are a `Secret`, which compares and has `reveal()`. `status` is None while the answer is under way, `fault` what the
    test had put in the way, `at` the server's time.
    """

    method: str
    path: str
    endpoint: str
    at: datetime
    headers: Mapping[str, Shown] = field(repr=False)
    query: Mapping[str, Shown]
    form: Mapping[str, Shown] = field(default_factory=dict)
    status: int | None = None
    fault: str = ""


class Requests(Sequence[SeenRequest]):
    """The requests that a server saw, oldest first; at most 10,000."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[SeenRequest] = deque(maxlen=KEPT)

    def add(self, seen: SeenRequest) -> None:
        """Remember one more."""
        with self._lock:
            self._seen.append(seen)

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._seen.clear()

    def at(self, endpoint: str) -> list[SeenRequest]:
        """Those that went to one endpoint, such as `token`."""
        return [each for each in self._all() if each.endpoint == endpoint]

    def _all(self) -> list[SeenRequest]:
        with self._lock:
            return list(self._seen)

    def __len__(self) -> int:
        with self._lock:
            return len(self._seen)

    def __iter__(self) -> Iterator[SeenRequest]:
        return iter(self._all())

    @overload
    def __getitem__(self, index: int) -> SeenRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[SeenRequest]: ...
    def __getitem__(self, index: int | slice) -> SeenRequest | list[SeenRequest]:
        """One of them by its place, or several."""
        return self._all()[index]

    def __repr__(self) -> str:
        return f"Requests({self._all()!r})"


def begin(scope: Mapping[str, Any], endpoint: str, at: datetime) -> SeenRequest:
    """What is seen of a request before its body."""
    headers = [
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    ]
    return SeenRequest(
        method=scope["method"],
        path=_path(scope.get("path", "")[:2000], endpoint),
        endpoint=endpoint,
        at=at,
        headers=hidden(headers),
        query=parameters(scope.get("query_string", b"")),
    )


def _path(path: str, endpoint: str) -> str:
    """The path; on the pages one segment may be a letter's link, which is worth a password."""
    return _LINK.sub("(hidden)", path) if endpoint == "pages" else path


def parameters(text: bytes) -> dict[str, Shown]:
    """The parameters of a form or a query, as far as they can be read; the last of a repeated name stands."""
    try:
        pairs = parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return {}
    return hidden(pairs)


def hidden(pairs: Iterable[tuple[str, str]]) -> dict[str, Shown]:
    """The pairs as a dictionary, in which what grants something is a Secret."""
    return {
        name: Secret(value) if name not in _SHOWN and _HIDDEN.search(name.lower()) else value
        for name, value in pairs
    }
