"""A request as a command that anyone may read: what is secret in it is left to the environment."""

from __future__ import annotations

import shlex
from typing import Final
from urllib.parse import parse_qsl, quote_plus

from satsuma_client.http.transport import HttpRequest

_SECRET_FIELDS: Final = {"authorization", "proxy-authorization", "cookie", "dpop"}
_SECRET_PARAMETERS: Final = {
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "id_token_hint",
    "password",
    "refresh_token",
    "token",
}
_FORM: Final = "application/x-www-form-urlencoded"


def as_curl(request: HttpRequest) -> str:
    """The command; `AUTHORIZATION`, `CLIENT_SECRET`, `CODE` and so on are to be set where they stand."""
    parts = ["curl -sS -i", f"-X {request.method}", shlex.quote(_without_secrets(request.url))]
    kind = ""
    for name, value in request.headers:
        if name.lower() == "content-type":
            kind = value
        if name.lower() in ("content-length", "host"):
            continue
        if name.lower() in _SECRET_FIELDS:
            parts.append(f'-H "{name}: ${_variable(name)}"')
        else:
            parts.append("-H " + shlex.quote(f"{name}: {value}"))
    if request.body and kind.partition(";")[0].strip().lower() == _FORM:
        parts += _form(request.body)
    elif request.body:
        parts.append("--data-binary @BODY")
    return " \\\n  ".join(parts)


def secrets_in(request: HttpRequest) -> list[str]:
    """What of a request must not be shown, as it was sent and as it was meant; the longest first."""
    found = [value for name, value in request.headers if name.lower() in _SECRET_FIELDS]
    found += [word for value in found for word in value.split(" ") if len(word) > 8]
    pairs = parse_qsl((request.body or b"").decode("utf-8", "replace"), keep_blank_values=True)
    found += [value for name, value in pairs if name in _SECRET_PARAMETERS and len(value) > 3]
    found += [quote_plus(value) for value in found]
    return sorted(set(found), key=len, reverse=True)


def _form(body: bytes) -> list[str]:
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return [
        f'--data-urlencode "{name}=${_variable(name)}"'
        if name in _SECRET_PARAMETERS
        else "--data-urlencode " + shlex.quote(f"{name}={value}")
        for name, value in pairs
    ]


def _without_secrets(url: str) -> str:
    """The URL without its query: what stands there may be anybody's."""
    base, mark, _ = url.partition("?")
    return f"{base}?..." if mark else base


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
