"""Which redirect URIs and web origins a client may register, and for which of them consent may be remembered."""

from __future__ import annotations

from urllib.parse import urlsplit

from satsuma_client.protocol import loopback


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


def may_remember(public: bool, redirect_uri: str) -> bool:
    """Say whether consent may be remembered: not where another program could pose as this client.

    Spec: RFC 8252 §8.6; RFC 9700 §4.15.
    """
    return not public or redirect_uri.startswith("https://")
