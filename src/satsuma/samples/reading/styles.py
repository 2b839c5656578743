"""How OpenAPI writes the value of a parameter: its styles, exploded or not.

Spec: RFC 6570 §3.2.
"""

from __future__ import annotations

import json
import urllib.parse
from typing import Any


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _encoded(value: Any, safe: str = "") -> str:
    return urllib.parse.quote(_text(value), safe=safe + "~")


def _flat(value: dict[str, Any]) -> list[str]:
    return [each for name, one in value.items() for each in (_encoded(name), _encoded(one))]


def path_part(name: str, value: Any, style: str | None, explode: bool | None) -> str:
    """A part of the path: simple, label or matrix."""
    begin, between = {"label": (".", "."), "matrix": (";", ";")}.get(style or "", ("", ","))
    if isinstance(value, list):
        texts = [_encoded(one) for one in value]
        if style == "matrix":
            each = [f"{name}={text}" for text in texts]
            return ";" + (";".join(each) if explode else f"{name}={','.join(texts)}")
        return begin + (between if explode else ",").join(texts)
    if isinstance(value, dict):
        if explode:
            pairs = [f"{_encoded(key)}={_encoded(one)}" for key, one in value.items()]
            return begin + between.join(pairs)
        text = ",".join(_flat(value))
        return f";{name}={text}" if style == "matrix" else begin + text
    return f";{name}={_encoded(value)}" if style == "matrix" else begin + _encoded(value)


def query_pairs(
    name: str, value: Any, style: str | None, explode: bool | None, reserved: bool = False
) -> list[str]:
    """The pairs of the query: form, spaceDelimited, pipeDelimited or deepObject."""
    safe = ":/?@!$'()*,;" if reserved else ""
    key = urllib.parse.quote(name, safe="[]")
    explode = style in (None, "form") if explode is None else explode
    if isinstance(value, list):
        texts = [_encoded(one, safe) for one in value]
        if explode:
            return [f"{key}={text}" for text in texts]
        between = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(style or "", ",")
        return [f"{key}={between.join(texts)}"]
    if isinstance(value, dict):
        if style == "deepObject":
            return [f"{key}[{_encoded(k)}]={_encoded(one, safe)}" for k, one in value.items()]
        if explode:
            return [f"{_encoded(k)}={_encoded(one, safe)}" for k, one in value.items()]
        return [f"{key}={','.join(_flat(value))}"]
    return [f"{key}={_encoded(value, safe)}"]


def header_value(value: Any, explode: bool | None) -> str:
    """The value of a header: simple."""
    if isinstance(value, list):
        return ",".join(_text(one) for one in value)
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{name}{between}{_text(one)}" for name, one in value.items())
    return _text(value)


def cookie_pair(name: str, value: Any) -> str:
    """A cookie: form, not exploded."""
    if isinstance(value, list):
        return f"{name}={','.join(_text(one) for one in value)}"
    if isinstance(value, dict):
        return f"{name}={','.join(f'{key},{_text(one)}' for key, one in value.items())}"
    return f"{name}={_encoded(value)}"
