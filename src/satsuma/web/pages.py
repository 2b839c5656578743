"""Pages and the way between them: one environment, one set of security headers, static files named by content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import satsuma
from satsuma.accounts.emails import shown_email
from satsuma.web.languages import in_words, language_of, spoken, translate

_HERE: Final = Path(__file__).parent
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".js": "text/javascript",
}

# No inline script or style stands in any template, so nothing is allowed inline.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
NO_STORE: Final[Mapping[str, str]] = {"cache-control": "no-store"}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static_path, version=satsuma.__version__)
    environment.filters["unbroken"] = unbroken
    environment.filters["address"] = shown_email
    environment.filters["apart"] = apart
    environment.filters["site"] = site
    return environment


def unbroken(text: str) -> str:
    """Keep a word with a hyphen on one line of a narrow heading."""
    return text.replace("-", "\N{NON-BREAKING HYPHEN}")


def site(url: str) -> str:
    """The host of an address, as a person knows a site."""
    return urlsplit(url).hostname or url


def apart(name: str) -> Markup:
    """A name that others gave, isolated: whichever way it is written, the sentence around it keeps its order.

    Spec: HTML Standard.
    """
    return Markup("<bdi>{}</bdi>").format(name)


@cache
def static_path(name: str) -> str:
    """The path of a static file, with its content's digest so that it can be kept for a year."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


def render(template: str, language: str, **values: Any) -> str:
    """Render a template in a language; `_` translates within it."""

    def translated(text: str, **fields: Any) -> str:
        if not any(isinstance(each, Markup) for each in fields.values()):
            return translate(language, text, fields)
        return escape(translate(language, text)) % fields

    def day(at: datetime) -> str:
        return in_words(at, language, with_time=False)

    def instant(at: datetime) -> str:
        return in_words(at, language, with_time=True)

    fixed = {
        "lang": language,
        "_": translated,
        "day": day,
        "instant": instant,
        "base": "",
        "account": None,
        "here": "",
        "at": "",
        "drawn": template.removesuffix(".html"),
    }
    return _environment().get_template(template).render(fixed | values)


def page(
    template: str, status_code: int = 200, request: Request | None = None, **values: Any
) -> Response:
    """Render a page with the security headers, in the language of its request."""
    language = spoken() if request is None else language_of(request)
    if request is not None:
        values["at"] = _address(request)
    body = render(template, language, **values)
    return HTMLResponse(body, status_code, {**SECURITY_HEADERS, **NO_STORE})


def _address(request: Request) -> str:
    """The path and query of a page, to come back to it in another language."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def with_own_scripts(response: Response) -> Response:
    """Let a page of the portal load scripts of this origin, none inline.

    Spec: CSP Level 3.
    """
    response.headers["content-security-policy"] = f"{CONTENT_SECURITY_POLICY}; script-src 'self'"
    return response


def see(path: str) -> Response:
    """Go on to a page by GET."""
    return RedirectResponse(path, 303, NO_STORE)


def with_form_to_anywhere(response: Response) -> Response:
    """Let the one form of this page go to a client and wherever that leads on to, and load the script that sends it.

    A `form-action` that named the client alone would also hold for the client's own redirects.

    Spec: CSP Level 3.
    """
    policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", "form-action *")
    response.headers["content-security-policy"] = f"{policy}; script-src 'self'"
    return response


def static_file(digest: str, name: str) -> Response | None:
    """A static file by its digest and name; None for any other."""
    path = _HERE / "static" / name
    if "/" in name or path.suffix not in _KINDS or not path.is_file():
        return None
    if static_path(name) != f"/static/{digest}/{name}":
        return None
    # The page of a refused request stands on the API surface and is styled from here.
    headers = {
        **SECURITY_HEADERS,
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "cross-origin",
    }
    return Response(path.read_bytes(), 200, headers, _KINDS[path.suffix])
