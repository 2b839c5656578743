"""What is drawn anew at each run, written as its kind."""

import base64
import json
import re
from typing import Any, Final

_KINDS: Final = [
    (re.compile(r"(127\.0\.0\.1|localhost)(:|%3A)\d{4,5}"), r"\1\2<port>"),
    (re.compile(r"\b(OFR-|sat_)[A-Za-z0-9_.~-]{40,}"), r"<\1token>"),
    (re.compile(r"\bsrt_[A-Za-z0-9_.~-]{20,}"), "<refresh token>"),
    (re.compile(r"\bsts_[A-Za-z0-9_.~-]{20,}"), "<secret>"),
    (re.compile(r"\b[lr]1_[A-Za-z0-9_.~-]{20,}"), "<sealed request>"),
    (re.compile(r"\bBasic [A-Za-z0-9+/=]{20,}"), "Basic <credentials>"),
    (re.compile(r"\bstc_[A-Za-z0-9_.~-]{20,}"), "<code>"),
    (re.compile(r"\bkey:[A-Za-z0-9_-]{8,16}(?![A-Za-z0-9_-])"), "key:<key id>"),
    (re.compile(r"\bcode=[A-Za-z0-9_.~-]{20,}"), "code=<code>"),
    (re.compile(r'(name="form_token" value=")[^"]+'), r"\1<form token>"),
    (re.compile(r"\b(app|acc|spc|api|sec|grt|ses|mail|key|pln)_[A-Za-z0-9]{20}\b"), r"<\1 id>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?"), "<instant>"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "<day>"),
    (re.compile(r"\b\d{1,2} (November|novembre) 2026( (at|à) \d\d:\d\d( UTC)?)?"), "<day>"),
    (re.compile(r"\b17[89]\d{7}\b"), "<instant>"),
    (re.compile(r"/static/[0-9a-f]{12}/"), "/static/<digest>/"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "<request id>"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "<key id>"),
    (re.compile(r"\b(?=[0-9A-Za-z]*[a-z])(?=[0-9A-Za-z]*[A-Z])[0-9A-Za-z]{32}\b"), "<client id>"),
]
_JWT = re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
_BY_NAME: Final = {
    "sub", "jti", "sid", "at_hash", "kid", "code", "x", "y", "n", "grant_id", "request_id",
    "request", "head", "mac", "digest", "file", "hostname", "new", "old",
}  # fmt: skip
_FIELDS: Final = {
    "date",
    "content-length",
    "x-oapi-request-id",
    "x-satsuma-request-id",
    "etag",
    "retry-after",
    "satsuma-feed",
    "ratelimit",
}


def in_kinds(text: str) -> str:
    """Replace what is drawn anew."""
    text = _JWT.sub(_opened, text)
    for pattern, kind in _KINDS:
        text = pattern.sub(kind, text)
    return text


def fields_in_kinds(fields: list[tuple[str, str]]) -> list[str]:
    """Give header fields as lines, sorted: the fronts put them in their own order."""
    lines = []
    for name, value in fields:
        if name.lower() in _FIELDS:
            value = f"<{name.lower()}>"
        elif name.lower() == "set-cookie":
            value = re.sub(r"^([^=]+)=[^;]{8,}", r"\1=<value>", value)
            value = re.sub(r"expires=[^;]+", "expires=<instant>", value)
        lines.append(f"{name}: {in_kinds(value)}")
    return sorted(lines)


def body_in_kinds(body: str) -> Any:
    """Give a body: JSON as a value, anything else as text."""
    try:
        return _value(json.loads(body))
    except ValueError:
        return in_kinds(body).splitlines()


def _value(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _value(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_value(each, name) for each in value]
    if name in _BY_NAME and isinstance(value, str) and len(value) >= 8:
        return f"<{name}>"
    return in_kinds(value) if isinstance(value, str) else _number(value)


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return "<seconds>"
    is_instant = isinstance(value, int) and 1_780_000_000 < value < 1_800_000_000
    return "<instant>" if is_instant else value


def _opened(match: re.Match[str]) -> str:
    header, claims, _ = match[0].split(".")
    shown = [json.dumps(_value(json.loads(_decoded(each)))) for each in (header, claims)]
    return f"<jwt {' '.join(shown)}>"


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
