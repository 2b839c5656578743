"""Emails."""

from __future__ import annotations

import re
import unicodedata

from satsuma.management.context import NotPossible

_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f.]+(?:\.[^\s@\x00-\x1f.]+)*\Z")


def canonical_email(text: str) -> str:
    """Give the one form of an e-mail address by which accounts are told apart; raises NotPossible."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > 254 or not _EMAIL.match(email):
        raise NotPossible("email-malformed", f"{text[:80]!r} is not an e-mail address")
    return email
