"""Redirect URIs and web origins: which may be registered, and where an answer may go."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import unquote_plus

from satsuma.domain.applications import Application
from satsuma.domain.authorization import RESPONSE_MODES, ResponseMode
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Detail, Refusal
from satsuma.domain.web_urls import BadUrl, WebUrl, canonical_origin, check_rest, parse_web_url
from satsuma_client.protocol import loopback
from satsuma_client.protocol.redirect_uri import registered_match

_LONGEST: Final = 2000
_LONGEST_SHOWN: Final = 300
_ANSWERED: Final = frozenset(
    {
        *("code", "state", "iss", "error", "error_description", "error_uri"),
        *("id_token", "session_state"),
    }
)
"""What an answer to an authorization request may have in its query.

Spec: RFC 6749 §4.1.2; RFC 9207 §2.
"""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_PRIVATE_HOST: Final = re.compile(r"[A-Za-z0-9._-]*\Z")


class BadAddress(Exception):
    """An address cannot be registered; `slug` is stable, the text is for a person to read."""

    def __init__(self, slug: str, says: str) -> None:
        super().__init__(says)
        self.slug = slug


def check_redirect_uri(uri: str) -> None:
    """Refuse a redirect URI that cannot be gone to safely, or that has a parameter of our answer in its query already.

    Spec: RFC 6749 §3.1, §3.1.2.
    """
    _check_address(uri)
    _check_answered(uri, _ANSWERED)


def check_logout_uri(uri: str) -> None:
    """Refuse an address to go to after a logout as a redirect URI is; it brings `state` back and nothing else.

    Spec: OIDC RP-Initiated Logout §3.
    """
    _check_address(uri)
    _check_answered(uri, frozenset({"state"}))


def _check_address(uri: str) -> None:
    """Refuse an address that is not absolute, that a browser reads otherwise than we do, or that others may hear.

    Web addresses are https, or http on this machine; a private scheme is a domain name in reverse.

    Spec: RFC 6749 §3.1.2; RFC 8252 §7, §8.4; URL Standard.
    """
    scheme, colon, rest = uri.partition(":")
    if len(uri) > _LONGEST or not uri.isascii() or not uri.isprintable() or " " in uri:
        raise BadAddress(
            "redirect-uri-malformed",
            f"{uri!r} is longer than {_LONGEST} characters, or has one that must be percent-encoded",
        )
    if not colon or not _SCHEME.match(scheme):
        raise BadAddress("redirect-uri-malformed", f"{uri!r} is not an absolute URI")
    if "*" in uri:
        raise BadAddress("redirect-uri-malformed", f"{uri!r} has a *: each URI is named as a whole")
    try:
        if scheme.lower() in ("http", "https"):
            insecure = _is_heard(parse_web_url(uri))
        else:
            insecure = _fault_of_private(scheme, rest)
    except BadUrl as problem:
        raise BadAddress("redirect-uri-malformed", f"{uri!r} {problem}") from None
    if insecure:
        raise BadAddress("redirect-uri-insecure", f"{uri!r} {insecure}")


def _check_answered(uri: str, answered: frozenset[str]) -> None:
    """Refuse a query that has a name of our answer, however it is written: a client would read either of two."""
    parts = uri.partition("?")[2].split("&")
    names = dict.fromkeys(unquote_plus(part.partition("=")[0]) for part in parts)
    taken = ", ".join(name for name in names if name in answered)
    if taken:
        says = f"{uri!r} has {taken} in its query, which our answer brings: take another name"
        raise BadAddress("redirect-uri-malformed", says)


def _is_heard(url: WebUrl) -> str:
    """Say what makes a web address one that others may hear; empty where none may."""
    is_public = url.scheme == "http" and url.name not in loopback.NAMES
    return "must use https" if is_public else ""


def _fault_of_private(scheme: str, rest: str) -> str:
    """Say what makes a private scheme unfit; raises BadUrl where what follows it is malformed.

    Spec: RFC 8252 §7.1, §8.4.
    """
    if "." not in scheme:
        return "has a scheme that is not one application's: take your domain in reverse, as in com.example.app:/cb"
    path, mark, query = rest.partition("?")
    if path.startswith("//"):
        authority, slash, path = path.removeprefix("//").partition("/")
        path = slash + path
        if not _PRIVATE_HOST.match(authority):
            raise BadUrl("has a user, a port or a sign before its path")
    elif not path.startswith("/"):
        raise BadUrl("has no / after its scheme")
    check_rest(path, mark + query)
    return ""


def host_of(redirect_uri: str) -> str | None:
    """The host that a browser will go to, in A-labels; None where it is an application on the user's machine.

    Spec: URL Standard; RFC 5890 §2.3.2.1.
    """
    try:
        return parse_web_url(redirect_uri).host
    except BadUrl:
        return None


def canonical_web_origin(origin: str) -> str:
    """The form in which browsers send an origin; raises BadAddress.

    Spec: RFC 6454 §4, §6.2.
    """
    try:
        return canonical_origin(origin)
    except BadUrl as problem:
        says = f"{origin!r} is not an origin like https://host: it {problem}"
        raise BadAddress("web-origin-malformed", says) from None


def check_web_origin(origin: str) -> None:
    """Refuse what has no form in which browsers send an origin."""
    canonical_web_origin(origin)


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
        compared = compared_address(redirect_uri, application.redirect_uris)
        return Refusal(errors.REDIRECT_URI_UNREGISTERED, compared)
    mode = parameters.get("response_mode")
    sent_mode = cast("ResponseMode", mode) if mode in RESPONSE_MODES else "query"
    return ReturnAddress(redirect_uri, sent_mode, parameters.get("state"))


def compared_address(sent: str, registered: Sequence[str]) -> Detail:
    """What was sent, the registered address that is most like it, and at which character, from 1, they part.

    Of what was sent a query is left out, since it may hold anything; where it is cut so, it ends with `…`.
    """
    plain = sent.partition("?")[0].partition("#")[0][:_LONGEST_SHOWN]
    if not plain.isascii() or not plain.isprintable():
        return {"registered": "; ".join(registered)[:_LONGEST_SHOWN]}
    shown = plain if plain == sent else f"{plain}…"
    if not registered:
        return {"redirect_uri": shown}
    nearest = max(registered, key=lambda each: _alike(sent, each))
    at = _alike(sent, nearest) + 1
    return {"redirect_uri": shown, "registered": nearest[:_LONGEST_SHOWN], "character": at}


def _alike(sent: str, registered: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(sent, registered, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(sent), len(registered)))


def may_remember(public: bool, redirect_uri: str) -> bool:
    """Say whether consent may be remembered: not where another program could pose as this client.

    Spec: RFC 8252 §8.6; RFC 9700 §4.15.
    """
    return not public or redirect_uri.startswith("https://")
