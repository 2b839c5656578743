"""What is often wrong with a token request or an authorization request, and the same request without it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from satsuma_client.http.transport import HttpRequest

FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the request: the server's token endpoint, and the redirect URI as it is registered."""

    token_endpoint: str | None = None
    redirect_uri: str | None = None


class Mend(NamedTuple):
    """One fault: its name, what is said of it, and what makes the request without it; None where it is not there."""

    name: str
    says: str
    mended: Callable[[HttpRequest, Known], HttpRequest | None]


def header(request: HttpRequest, name: str) -> str | None:
    """The first field of a name."""
    return next((value for each, value in request.headers if each.lower() == name.lower()), None)


def with_header(request: HttpRequest, name: str, value: str | None) -> HttpRequest:
    """The request with a field in the place of those of its name, or without any."""
    kept = [each for each in request.headers if each[0].lower() != name.lower()]
    return replace(request, headers=(*kept, *([(name, value)] if value is not None else [])))


def form_of(request: HttpRequest) -> dict[str, str]:
    """The parameters of a form, as far as it is one."""
    if (header(request, "content-type") or "").partition(";")[0].strip().lower() != FORM:
        return {}
    return dict(parse_qsl((request.body or b"").decode("utf-8", "replace"), keep_blank_values=True))


def with_form(request: HttpRequest, form: dict[str, str]) -> HttpRequest:
    """The request with another form."""
    return replace(with_header(request, "Content-Type", FORM), body=urlencode(form).encode())


def _pair(encoded: str) -> str | None:
    """What base64 holds, if that is text with a colon in it."""
    try:
        text = base64.b64decode(encoded.encode(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text if ":" in text else None


def _encoded(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode()


def _host(request: HttpRequest, known: Known) -> HttpRequest | None:
    if known.token_endpoint is None or request.url == known.token_endpoint or _is_asking(request):
        return None
    return replace(request, url=known.token_endpoint)


def _is_asking(request: HttpRequest) -> bool:
    return "response_type" in dict(parse_qsl(urlsplit(request.url).query))


def _json_body(request: HttpRequest, known: Known) -> HttpRequest | None:
    try:
        members = json.loads(request.body or b"")
    except ValueError:
        return None
    if not isinstance(members, dict):
        return None
    return with_form(request, {name: str(value) for name, value in members.items()})


def _accept(request: HttpRequest, known: Known) -> HttpRequest | None:
    if request.method != "POST" or "json" in (header(request, "accept") or ""):
        return None
    return with_header(request, "Accept", "application/json")


def _twice(request: HttpRequest, known: Known) -> HttpRequest | None:
    form = form_of(request)
    if header(request, "authorization") is None or "client_secret" not in form:
        return None
    kept = {name: form[name] for name in form if name not in ("client_id", "client_secret")}
    return with_form(request, kept)


def _basic_missing(request: HttpRequest, known: Known) -> HttpRequest | None:
    value = (header(request, "authorization") or "").strip()
    if " " in value or _pair(value) is None:
        return None
    return with_header(request, "Authorization", f"Basic {value}")


def _wrong_string(request: HttpRequest, known: Known) -> HttpRequest | None:
    """Credentials that were not encoded, were encoded twice, or have the scheme's name twice."""
    scheme, _, value = (header(request, "authorization") or "").strip().partition(" ")
    if scheme.lower() != "basic":
        if ":" not in scheme:
            return None
        return with_header(request, "Authorization", f"Basic {_encoded(scheme)}")
    if value.lower().startswith("basic ") and _pair(value[6:].strip()):
        return with_header(request, "Authorization", f"Basic {value[6:].strip()}")
    if ":" in value:
        return with_header(request, "Authorization", f"Basic {_encoded(value)}")
    if _pair(value) is not None:
        return None
    try:
        inner = base64.b64decode(value.encode(), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        return None
    inner = inner[6:].strip() if inner[:6].lower() == "basic " else inner
    return None if _pair(inner) is None else with_header(request, "Authorization", f"Basic {inner}")


def _white_space(request: HttpRequest, known: Known) -> HttpRequest | None:
    """A line end that came along with the secret, in the header or in the form."""
    scheme, _, value = (header(request, "authorization") or "").strip().partition(" ")
    pair = _pair(value) if scheme.lower() == "basic" else _pair(scheme) if not value else None
    if pair is not None:
        user, _, secret = pair.partition(":")
        stripped = f"{user.strip()}:{secret.strip()}"
        before = f"{scheme} " if value else ""
        return (
            None
            if stripped == pair
            else with_header(request, "Authorization", before + _encoded(stripped))
        )
    form = form_of(request)
    bare = {name: form[name].strip() if name.startswith("client_") else form[name] for name in form}
    return None if bare == form else with_form(request, bare)


def differs_at(sent: str, registered: str) -> int | None:
    """At which character, counted from 1, a text first differs from another; None where it does not."""
    if sent == registered:
        return None
    pairs = zip(sent, registered, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(sent), len(registered)))
    return same + 1


def _redirect_uri(request: HttpRequest, known: Known) -> HttpRequest | None:
    query = dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    form = form_of(request)
    for sent in (query, form):
        if known.redirect_uri is None or sent.get("redirect_uri") in (None, known.redirect_uri):
            continue
        sent["redirect_uri"] = known.redirect_uri
        if sent is form:
            return with_form(request, form)
        return replace(request, url=urlsplit(request.url)._replace(query=urlencode(query)).geturl())
    return None


MENDS: Final = (
    Mend(
        "token-host", "The request goes to another address than the server's token endpoint.", _host
    ),
    Mend("json-body", "The body is JSON; a token request is a form.", _json_body),
    Mend(
        "accept-missing",
        "There is no Accept field, so the server does not know that JSON is wanted.",
        _accept,
    ),
    Mend(
        "credentials-twice", "Credentials stand in the Authorization field and in the form.", _twice
    ),
    Mend(
        "basic-missing",
        "The Authorization field has the credentials without `Basic ` before them.",
        _basic_missing,
    ),
    Mend(
        "header-wrong",
        "The Authorization field holds another string than base64 of id:secret.",
        _wrong_string,
    ),
    Mend(
        "white-space",
        "White space, such as a line end, stands around the id or the secret.",
        _white_space,
    ),
    Mend(
        "redirect-uri",
        "The redirect_uri is not the registered one, character for character.",
        _redirect_uri,
    ),
)
"""In the order in which a server meets them, each on the request without those before it."""
