"""Passwords: 12 to 128 characters, one form for one text, kept as Argon2id.

NFC, as the standard's profile of passwords has it and not NFKC: what looks alike on two keyboards becomes one, and no
character is taken for another, so nothing that was typed is lost.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from satsuma_client.protocol.secret import Secret

SHORTEST = 12
LONGEST = 128
STRONG = 3
_NAME = 4
_JUDGED = 60


_SALT: Final = 16
_DIGEST: Final = 32


@dataclass(frozen=True, slots=True, order=True)
class PasswordCost:
    """What one hash takes: KiB of memory, passes over it, lanes. The default is what OWASP recommends first.

    Spec: RFC 9106 §4.
    """

    memory: int = 19_456
    passes: int = 2
    lanes: int = 1


RECOMMENDED: Final = PasswordCost()


_ENOUGH: Final = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""The pairs of memory and passes that OWASP holds for equal."""


def is_enough(cost: PasswordCost) -> bool:
    """Say whether a hash takes at least what one of the recommended ones does."""
    return any(cost.memory >= memory and cost.passes >= passes for memory, passes in _ENOUGH)


class BadPassword(Exception):
    """The password cannot be used; the text says why and holds nothing of it. `slug` and `hints` say it to pages."""

    def __init__(self, says: str, slug: str, hints: tuple[str, ...] = ()) -> None:
        super().__init__(says)
        self.slug = slug
        self.hints = hints


def normalised(password: Secret) -> Secret:
    """The one form of a password: composed characters, and one kind of space.

    Spec: RFC 8265 §4.2.2.
    """
    text = password.reveal()
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in text)
    return Secret(unicodedata.normalize("NFC", spaced))


def spellings(password: Secret) -> tuple[Secret, ...]:
    """The forms to try: the one form, then the text as typed, for hashes that are older than the rule."""
    one = normalised(password)
    return (one,) if one.reveal() == password.reveal() else (one, password)


def check_password(password: Secret) -> None:
    """Refuse a password by its length alone: every character counts, none is demanded.

    Spec: NIST SP 800-63B.
    """
    length = len(normalised(password).reveal())
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


def hash_password(password: Secret, cost: PasswordCost = RECOMMENDED) -> str:
    """The Argon2id hash of the one form; takes tens of milliseconds on purpose. Raises BadPassword.

    Spec: RFC 9106 §4; RFC 8265 §4.2.2.
    """
    from argon2 import PasswordHasher

    check_password(password)
    hasher = PasswordHasher(cost.passes, cost.memory, cost.lanes, _DIGEST, _SALT)
    return hasher.hash(normalised(password).reveal())


def cost_of(password_hash: str) -> PasswordCost | None:
    """What a hash took, by itself or by its beginning; None for what is no Argon2id hash.

    Spec: RFC 9106 §4.
    """
    parts = password_hash.split("$")
    if len(parts) < 4 or parts[1] != "argon2id":
        return None
    found = dict(each.partition("=")[::2] for each in parts[3].split(","))
    try:
        return PasswordCost(int(found["m"]), int(found["t"]), int(found["p"]))
    except (KeyError, ValueError):
        return None


def matches(password: Secret, password_hash: str) -> bool:
    """Say whether a text, as it is, is the one that was hashed."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(password_hash, password.reveal())
    except (VerificationError, InvalidHashError):
        return False
