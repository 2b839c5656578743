"""Access tokens that are JWTs: verified here, by the issuer's keys.

Spec: RFC 9068 §4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Final

from satsuma_client.http.clock import Clock
from satsuma_client.jose.issuer_keys import KeysUnavailable
from satsuma_client.jose.signed import ALGORITHMS, Keys, NotSigned, verify
from satsuma_client.protocol.scope import parse_scope
from satsuma_client.resource.verified import VerifiedToken, invalid, unavailable

LEEWAY: Final = 5.0
"""Seconds by which the issuer's clock may be ahead of ours."""
_TYPES: Final = ("at+jwt", "application/at+jwt")


class JwtVerifier:
    """Verifies the JWT access tokens of one issuer for one audience."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        keys: Keys,
        clock: Clock,
        algorithms: Collection[str] = ALGORITHMS,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._algorithms = algorithms

    def __call__(self, token: str) -> VerifiedToken:
        """Verify; raises Refused.

        Spec: RFC 9068 §4; RFC 8725 §3.8, §3.9, §3.11.
        """
        try:
            signed = verify(token, self._keys, self._algorithms)
        except NotSigned as why:
            raise invalid(why.why) from None
        except KeysUnavailable:
            raise unavailable() from None
        kind = signed.header.get("typ")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise invalid("it is no access token")
        claims = signed.claims
        if claims.get("iss") != self._issuer:
            raise invalid("it is another issuer's")
        check_audience(claims, self._audience)
        check_not_bound(claims)
        ends = self._check_times(claims)
        return verified(claims, ends)

    def _check_times(self, claims: Mapping[str, Any]) -> float:
        now = self._clock().wall
        ends = number(claims, "exp")
        if ends is None or ends <= now:
            raise invalid("its time is over")
        for name in ("nbf", "iat"):
            begins = number(claims, name)
            if begins is not None and begins > now + LEEWAY:
                raise invalid("its time has not begun")
        return ends


def check_audience(claims: Mapping[str, Any], audience: str) -> None:
    """Refuse a token that is not for us; raises Refused.

    Spec: RFC 9068 §4; RFC 8707 §2.
    """
    named = claims.get("aud")
    listed = [named] if isinstance(named, str) else named
    if not isinstance(listed, list) or audience not in listed:
        raise invalid("it is for another API")


def check_not_bound(claims: Mapping[str, Any]) -> None:
    """Refuse a token that is bound to a key of its holder, which a bearer does not prove; raises Refused.

    Spec: RFC 7800 §3.1.
    """
    if claims.get("cnf") is not None:
        raise invalid("it is bound to a key, and none was proven")


def verified(claims: Mapping[str, Any], ends: float | None) -> VerifiedToken:
    """What a token's claims say of the call; raises Refused for what is no text."""
    texts = {name: claims.get(name) for name in ("sub", "client_id", "scope")}
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise invalid("its claims cannot be read")
    scope = parse_scope(texts["scope"] or "") or ()
    return VerifiedToken(texts["sub"], texts["client_id"], scope, ends, frozen(claims))


def frozen(value: Any) -> Any:
    """The same, in which nobody changes anything: a call does not change what the next one is told."""
    if isinstance(value, Mapping):
        return MappingProxyType({name: frozen(each) for name, each in value.items()})
    return tuple(frozen(each) for each in value) if isinstance(value, list) else value


def number(claims: Mapping[str, Any], name: str) -> float | None:
    """A time of a token, None where it is absent; raises Refused for what is none."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"its {name} is no time")
    try:
        return float(value)
    except OverflowError:
        raise invalid(f"its {name} is no time") from None
