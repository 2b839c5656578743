"""Proof Key for Code Exchange, S256 alone."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

from satsuma_client.protocol.base64url import b64

S256: Final = "S256"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}\Z")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def is_challenge(text: str) -> bool:
    """Say whether a text is an S256 challenge: 43 characters of base64url.

    Spec: RFC 7636 §4.2.
    """
    return bool(_CHALLENGE.match(text))


def challenge_of(code_verifier: str) -> str:
    """The S256 challenge of a verifier.

    Spec: RFC 7636 §4.2.
    """
    return b64(hashlib.sha256(code_verifier.encode("ascii")).digest()).decode()


def verifier_matches(code_verifier: str | None, code_challenge: str | None) -> bool:
    """Say whether a verifier proves a challenge; both absent is a match, one absent never is.

    Spec: RFC 7636 §4.6; RFC 9700 §4.8.2.
    """
    if code_challenge is None or code_verifier is None:
        return code_challenge is None and code_verifier is None
    if not _VERIFIER.match(code_verifier):
        return False
    return hmac.compare_digest(challenge_of(code_verifier), code_challenge)
