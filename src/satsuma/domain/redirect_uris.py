"""Redirect URIs and web origins: which may be registered, and where an answer may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from satsuma.domain.applications import Application
from satsuma.domain.authorization import RESPONSE_MODES, ResponseMode
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma_client.protocol import loopback
from satsuma_client.protocol.redirect_uri import registered_match


class BadAddress(Exception):
    """An address cannot be registered; `slug` is stable, the text is for a person to read."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


def check_redirect_uri(uri: str) -> None:
    """Refuse a redirect URI that is not absolute, has a fragment, or is plain http off loopback.

    Spec: RFC 6749 §3.1.2; RFC 8252 §7.
    """
    parts = urlsplit(uri)
    if not parts.scheme or "#" in uri or "*" in uri or len(uri) > 2000:
        raise BadAddress(
            "redirect-uri-malformed", f"{uri!r} is not an absolute URI without fragment"
        )
    if parts.scheme == "http" and parts.hostname not in loopback.NAMES:
        raise BadAddress("redirect-uri-insecure", f"{uri!r} must use https")
    if parts.scheme in ("javascript", "data", "file"):
        raise BadAddress("redirect-uri-insecure", f"{uri!r} has a scheme that browsers run")


def check_web_origin(origin: str) -> None:
    """Refuse what is not a serialised origin."""
    parts = urlsplit(origin)
    bare = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in ("http", "https") or origin != bare or "*" in origin or "@" in origin:
        raise BadAddress("web-origin-malformed", f"{origin!r} is not an origin like https://host")


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where an answer may go: a registered redirect URI of a known client."""

    redirect_uri: str
    response_mode: ResponseMode
    state: str | None


def find_return_address(
    parameters: Mapping[str, str], application: Application | None
) -> ReturnAddress | Refusal:
    """Say where answers to an authorization request may go: nowhere that its active client did not register.

    A `response_mode` that there is none of is answered in the query.

    Spec: RFC 6749 §3.1.2.4, §4.1.2.1; RFC 9700 §4.1.3.
    """
    if application is None:
        return Refusal(errors.CLIENT_UNKNOWN)
    if application.state != "active":
        return Refusal(errors.CLIENT_NOT_ACTIVE)
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        return Refusal(errors.REDIRECT_URI_MISSING)
    if not registered_match(redirect_uri, application.redirect_uris, native=application.public):
        return Refusal(errors.REDIRECT_URI_UNREGISTERED)
    mode = parameters.get("response_mode")
    sent_mode = cast("ResponseMode", mode) if mode in RESPONSE_MODES else "query"
    return ReturnAddress(redirect_uri, sent_mode, parameters.get("state"))


def may_remember(public: bool, redirect_uri: str) -> bool:
    """Say whether consent may be remembered: not where another program could pose as this client.

    Spec: RFC 8252 §8.6; RFC 9700 §4.15.
    """
    return not public or redirect_uri.startswith("https://")
