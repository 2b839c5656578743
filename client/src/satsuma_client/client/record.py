"""What a cache keeps for one key: the token, whose turn it is to get the next one, and what the server refused.

Every change is a new record that replaces the one it was made from, and only that one: whoever was slower reads again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from satsuma_client.http.clock import nonce

VERSION: Final = 1
MAX_LIFE: Final = 24 * 3600.0
"""Seconds that a token is believed to live at most, whatever the server says."""
EARLY: Final = 60.0
"""Seconds before a token's end from which on a new one may be got."""
REFUSED_FOR: Final = 60.0
"""Seconds for which a refused secret is not tried again."""


@dataclass(frozen=True, repr=False)
class StoredToken:
    """A token as it is kept: texts, and its times in epoch seconds of the server's clock."""

    access_token: str
    token_type: str
    got: float
    life: float
    scope: str | None = None
    id_token: str | None = None
    here: float | None = None
    """When it was got by the clock of the machine that got it, which others of that machine share."""

    @property
    def ends(self) -> float:
        return self.got + self.life

    @property
    def fingerprint(self) -> str:
        """What tells two tokens apart and reveals neither."""
        import hashlib

        return hashlib.sha256(self.access_token.encode()).hexdigest()[:16]

    def left(self, server_now: float) -> float:
        """Seconds that are left of its life; never more than the whole, for a clock may be behind."""
        return min(self.ends - server_now, self.life)

    def left_here(self, now: float) -> float:
        """The same by this machine's clock alone, for whoever has not heard the server's yet."""
        return self.left(now) if self.here is None else min(self.here + self.life - now, self.life)


@dataclass(frozen=True)
class Lease:
    """Whose turn it is; `beat` changes while its holder lives."""

    owner: str
    beat: int = 0


@dataclass(frozen=True, repr=False)
class RefusedSecret:
    """That the server refused a secret, known again by a salted digest; `until` in epoch seconds of this machine."""

    salt: str
    digest: str
    until: float

    @classmethod
    def of(cls, client_id: str, secret: str, until: float) -> RefusedSecret:
        """Remember a secret, or several as one text, until then."""
        salt = nonce()
        return cls(salt, _digest(salt, client_id, secret), until)

    def is_of(self, client_id: str, secret: str, now: float) -> bool:
        """Say whether this secret was refused just now; a time too far ahead is another clock's."""
        if not now < self.until <= now + REFUSED_FOR:
            return False
        import hmac

        return hmac.compare_digest(self.digest, _digest(self.salt, client_id, secret))


@dataclass(frozen=True, repr=False)
class Record:
    """All that is kept for one key; `fence` grows with every lease."""

    fence: int = 0
    lease: Lease | None = None
    token: StoredToken | None = None
    refresh_token: str | None = None
    seed: str | None = None
    refused: RefusedSecret | None = None
    not_before: float = 0.0

    @classmethod
    def parse(cls, text: bytes | None) -> Record:
        """Read a record; what cannot be read, or is of another version, counts as none."""
        if text is None:
            return cls()
        import json

        try:
            members = json.loads(text)
            if members.pop("v") != VERSION:
                return cls()
            return _typed(cls(**members))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return cls()

    def render(self) -> bytes:
        """Write it."""
        import json

        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":")).encode()

    def leased(self, owner: str) -> Record:
        """The turn given to `owner`."""
        return replace(self, fence=self.fence + 1, lease=Lease(owner))

    def beaten(self) -> Record:
        """The holder lives."""
        lease = self.lease
        return replace(self, lease=lease and replace(lease, beat=lease.beat + 1))

    def is_held_by(self, owner: str, fence: int) -> bool:
        return self.lease is not None and self.lease.owner == owner and self.fence == fence

    def without(self, fingerprint: str) -> Record:
        """Without the token that a server refused, if it is still that one."""
        if self.token is None or self.token.fingerprint != fingerprint:
            return self
        return replace(self, token=None)


def seed_of(refresh_token: str) -> str:
    """By what the first refresh token of a chain is known again."""
    import hashlib

    return hashlib.sha256(refresh_token.encode()).hexdigest()[:32]


def _digest(salt: str, client_id: str, secret: str) -> str:
    import hashlib
    import hmac

    message = f"{client_id}\0{secret}".encode()
    return hmac.new(salt.encode(), message, hashlib.sha256).hexdigest()


def _typed(record: Record) -> Record:
    """The inner values as their types, each checked; raises TypeError, ValueError."""
    read: dict[str, Any] = {}
    for name, kind in (("lease", Lease), ("token", StoredToken), ("refused", RefusedSecret)):
        value = getattr(record, name)
        read[name] = None if value is None else kind(**value)
    token, refused = read["token"], read["refused"]
    texts = [record.refresh_token, record.seed]
    numbers: list[object] = [record.fence, record.not_before]
    if token is not None:
        texts += [token.scope, token.id_token]
        numbers += [token.got, token.life, token.here or 0.0]
        if not 0 <= token.life <= MAX_LIFE or not 0 <= token.got < 2**33:
            raise ValueError
        texts += [token.access_token, token.token_type]
    if refused is not None:
        numbers.append(refused.until)
        texts += [refused.salt, refused.digest]
    if not all(each is None or isinstance(each, str) for each in texts):
        raise TypeError
    if token is not None and not token.access_token:
        raise ValueError
    if not all(_is_number(each) for each in numbers):
        raise TypeError
    return replace(record, **read)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and -1e15 < value < 1e15
