"""Emails."""

from __future__ import annotations

import re
import unicodedata


class BadEmail(Exception):
    """A text is no e-mail address; it says so, for a person to read."""


_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f.]+(?:\.[^\s@\x00-\x1f.]+)*\Z")


def canonical_email(text: str) -> str:
    """The one form of an e-mail address by which accounts are told apart; raises BadEmail."""
    email = unicodedata.normalize("NFKC", text).strip().lower()
    if len(email) > 254 or not _EMAIL.match(email):
        raise BadEmail(f"{text[:80]!r} is not an e-mail address")
    return email
