"""The feed of what is revoked, as an API is told it: numbers, and digests that mean nothing to who has no such token.

No standard has it; a member of our own in the issuer's metadata names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from satsuma_client.protocol.base64url import b64
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object, render_object

FEED: Final = "satsuma_revocation_feed"
"""The member of the metadata that names the feed's address."""
NUMBER: Final = "satsuma-feed"
"""The field of an answer of introspection that says up to which number it knows what is revoked."""
LONGEST_WAIT: Final = 25


def digest_of(kind: str, named: str) -> str:
    """The digest of something that may be revoked: a `token` by its jti, a `client`, or a `subject`."""
    return b64(hashlib.sha256(f"{kind}:{named}".encode()).digest()[:16]).decode()


def digests_of(claims: Mapping[str, Any]) -> frozenset[str]:
    """By what an answer of introspection is forgotten."""
    names = {"token": "jti", "client": "client_id", "subject": "sub"}
    found = {kind: claims.get(name) for kind, name in names.items()}
    return frozenset(
        digest_of(kind, value) for kind, value in found.items() if isinstance(value, str)
    )


@dataclass(frozen=True, slots=True)
class FeedPage:
    """What was revoked behind a number, up to `next`; `reset` says that anything may have been."""

    next: int
    reset: bool
    revoked: tuple[str, ...]

    @classmethod
    def parse(cls, body: bytes) -> FeedPage:
        """Read a page; raises Malformed."""
        members = parse_object(body)
        number, reset, revoked = (members.get(name) for name in ("next", "reset", "revoked"))
        if not isinstance(number, int) or isinstance(number, bool) or not isinstance(reset, bool):
            raise Malformed("member-malformed")
        if not isinstance(revoked, list) or not all(isinstance(each, str) for each in revoked):
            raise Malformed("member-malformed")
        return cls(number, reset, tuple(revoked))

    def render(self) -> bytes:
        """The page's JSON."""
        return render_object(
            {"next": self.next, "reset": self.reset, "revoked": list(self.revoked)}
        )
