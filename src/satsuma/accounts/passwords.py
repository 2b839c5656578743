"""Passwords: taken as typed, 12 to 128 characters, kept as Argon2id."""

from __future__ import annotations

from satsuma.protocol.secret import Secret

SHORTEST = 12
LONGEST = 128


class BadPassword(Exception):
    """The password cannot be used; the text says why and holds nothing of it."""


def check_password(password: Secret) -> None:
    """Refuse a password by its length alone: every character counts, none is demanded.

    Spec: NIST SP 800-63B.
    """
    length = len(password.reveal())
    if length < SHORTEST:
        raise BadPassword(f"A password has at least {SHORTEST} characters; this one has {length}")
    if length > LONGEST:
        raise BadPassword(f"A password has at most {LONGEST} characters")


def hash_password(password: Secret) -> str:
    """Give the Argon2id hash; takes tens of milliseconds on purpose. Raises BadPassword.

    Spec: RFC 9106 §4.
    """
    from argon2 import PasswordHasher

    check_password(password)
    return PasswordHasher().hash(password.reveal())


def matches(password: Secret, password_hash: str) -> bool:
    """Say whether a password is the one that was hashed."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(password_hash, password.reveal())
    except (VerificationError, InvalidHashError):
        return False
