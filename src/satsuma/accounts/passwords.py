"""Passwords: taken as typed, 12 to 128 characters, kept as Argon2id."""

from __future__ import annotations

from satsuma_client.protocol.secret import Secret

SHORTEST = 12
LONGEST = 128
STRONG = 3
_NAME = 4
_JUDGED = 60


class BadPassword(Exception):
    """The password cannot be used; the text says why and holds nothing of it. `slug` and `hints` say it to pages."""

    def __init__(self, says: str, slug: str, hints: tuple[str, ...] = ()) -> None:
        super().__init__(says)
        self.slug = slug
        self.hints = hints


def check_password(password: Secret) -> None:
    """Refuse a password by its length alone: every character counts, none is demanded.

    Spec: NIST SP 800-63B.
    """
    length = len(password.reveal())
    if length < SHORTEST:
        says = f"A password has at least {SHORTEST} characters; this one has {length}"
        raise BadPassword(says, "password-short")
    if length > LONGEST:
        raise BadPassword(f"A password has at most {LONGEST} characters", "password-long")


def check_new_password(password: Secret, email: str) -> None:
    """Refuse also what is easy to guess, or holds the person's own address. Takes milliseconds.

    Spec: NIST SP 800-63B.
    """
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]

    check_password(password)
    text, name = password.reveal().casefold(), email.partition("@")[0]
    if email in text or (len(name) >= _NAME and name in text):
        raise BadPassword("The password contains the e-mail address", "password-has-email")
    # Guessing grows with length, so what begins strong is strong; the estimate is slow on long texts.
    judged = zxcvbn(password.reveal()[:_JUDGED], user_inputs=[email, name, "satsuma"])
    if judged["score"] < STRONG:
        found = judged["feedback"]
        hints = (found["warning"], *found["suggestions"])
        says = "The password is easy to guess"
        raise BadPassword(says, "password-weak", tuple(hint for hint in hints if hint))


def hash_password(password: Secret) -> str:
    """The Argon2id hash; takes tens of milliseconds on purpose. Raises BadPassword.

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
