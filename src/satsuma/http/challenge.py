"""The WWW-Authenticate field of an answer, from the challenge that it carries."""

from __future__ import annotations

from satsuma.domain.errors.row import ErrorRow
from satsuma.http.messages import Field
from satsuma_client.protocol.messages import challenge
from satsuma_client.protocol.messages.challenge import Challenge


def challenge_field(asked: Challenge) -> Field:
    """One challenge, in Latin-1: more a field does not hold.

    Spec: RFC 9110 §11.6.1.
    """
    return b"www-authenticate", asked.render().encode("latin-1")


def bearer_challenge(realm: str, told: ErrorRow | None = None, scope: str = "") -> Field:
    """The field in `realm`; without an error where `told` is None or names none, as where no token was sent.

    Spec: RFC 6750 §3, §3.1.
    """
    error, says = ("", "") if told is None or not told.error else (told.error, told.says)
    return challenge_field(challenge.bearer_challenge(realm, error, says, scope))
