"""Which client asks, proven how: the one client authentication of every endpoint."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NamedTuple

from satsuma.counters.port import LocalCounter
from satsuma.domain.apis import Api
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.keys.fingerprint import Fingerprint
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol.basic import BasicCredentials, form_decoded, is_basic, parse_basic
from satsuma_client.protocol.errors import Malformed

_PROVEN = 8192
_FAILURES = 20
_LOOK_UPS = 200
_WINDOW = 60.0
_STATES: dict[str, ErrorRow] = {
    "pending": errors.CLIENT_PENDING,
    "revoked": errors.CLIENT_REVOKED,
    "blocked": errors.CLIENT_BLOCKED,
}


Proof = BasicCredentials
"""What a caller presents, in the header or in the form: never printed, never logged."""


def read_proof(authorization: bytes | None, form: dict[str, str]) -> Proof:
    """Read the credentials from the header or from the form, never from both; raises Refused.

    A lone `client_id` in the form beside the header is accepted when it is the same.

    Spec: RFC 6749 §2.3.1; OAuth M2M guide, step 2.
    """
    if authorization is None:
        if "client_id" in form and "client_secret" in form:
            return Proof(form["client_id"], form["client_secret"].encode())
        raise Refused(Refusal(errors.CREDENTIALS_MISSING, {"client_id_sent": "client_id" in form}))
    if "client_secret" in form:
        raise Refused(Refusal(errors.DUPLICATE_CREDENTIALS))
    if not is_basic(authorization):
        raise Refused(Refusal(errors.SCHEME_UNSUPPORTED, {"because": _scheme_class(authorization)}))
    try:
        proof = parse_basic(authorization)
    except Malformed as problem:
        raise refusal_of(problem) from None
    if "client_id" in form and form["client_id"] != proof.client_id:
        raise Refused(Refusal(errors.DUPLICATE_CREDENTIALS))
    return proof


def _scheme_class(authorization: bytes) -> str:
    scheme = authorization.split(b" ", 1)[0].lower()
    if scheme in (b"bearer", b"digest"):
        return scheme.decode()
    return "no scheme" if b" " not in authorization else "another scheme"


class KnownCaller(NamedTuple):
    """Whom a header proved, with which secret, until when (epoch seconds)."""

    caller: ClientRecord | Api
    secret_id: str
    ends: float | None


class ClientAuthentication:
    """Checks a proof against the facts of a client.

    Failures are counted by client and source before a secret is looked at, so that a stranger cannot lock out a
    healthy application, nor guess on. A header that proved a client is known again by its fingerprint, for as long as
    the very facts that it was checked against stand.
    """

    def __init__(self, digest: Callable[[bytes], bytes], failures: LocalCounter) -> None:
        """Digest secrets by `digest`, count failures in `failures`."""
        self._digest = digest
        self._failures = failures
        self._fingerprint = Fingerprint()
        self._proven: dict[bytes, KnownCaller] = {}

    def wait(self, client_id: str, source: str, monotonic: float) -> float:
        """How many seconds a source must wait that failed too often with this client; 0.0 for any other."""
        return self._failures.wait(f"f:{client_id}@{source}", _FAILURES, _WINDOW, monotonic)

    def check_patience(self, client_id: str, source: str, monotonic: float) -> None:
        """Refuse a source that failed too often with this client."""
        _check_wait(self.wait(client_id, source, monotonic))

    def count_failure(self, client_id: str, source: str, monotonic: float) -> None:
        """Count a failed proof of `client_id` against its source."""
        self._failures.hit(f"f:{client_id}@{source}", _FAILURES, _WINDOW, monotonic)

    def check_unknown(self, source: str, monotonic: float) -> None:
        """Refuse a source that asked too often for clients that do not exist, counting nothing.

        The ones that exist cost it nothing: after a start every client is looked up once, a thousand perhaps from one
        address.
        """
        _check_wait(self._failures.wait(f"u:{source}", _LOOK_UPS, _WINDOW, monotonic))

    def check_look_up(self, source: str, monotonic: float) -> None:
        """Refuse a source that makes us look up unknown clients too often."""
        _check_wait(self._failures.hit(f"u:{source}", _LOOK_UPS, _WINDOW, monotonic))

    def check(
        self,
        record: ClientRecord | None,
        proof: Proof,
        source: str,
        now: int,
        monotonic: float,
        header: bytes | None = None,
    ) -> ClientRecord:
        """The client that the proof is of; raises Refused with the true cause, shown as one.

        `header` is the Authorization field that the proof was read from, None where the form held it.

        Spec: RFC 6749 §2.3.1, §3.2.1.
        """
        self.check_patience(proof.client_id, source, monotonic)
        try:
            secret_id, ends = self._match(record, proof, now)
        except Refused:
            self.count_failure(proof.client_id, source, monotonic)
            raise
        assert record is not None  # noqa: S101 - _match refused None
        record.used[secret_id] = (now, source)
        self.check_state(record)
        if header is not None:
            self.keep(header, KnownCaller(record, secret_id, ends))
        return record

    def keep(self, header: bytes, proven: KnownCaller) -> None:
        """Remember whom a header proved, by its fingerprint alone; the oldest goes first."""
        if len(self._proven) >= _PROVEN:
            del self._proven[next(iter(self._proven))]
        self._proven[self._fingerprint(header)] = proven

    def recall(self, header: bytes) -> KnownCaller | None:
        """Whom this very header proved before. Whether that still holds is the caller's to see."""
        return self._proven.get(self._fingerprint(header))

    def check_state(self, record: ClientRecord) -> None:
        """Refuse a client that is pending, revoked or blocked."""
        if record.state != "active":
            raise Refused(Refusal(_STATES[record.state]))

    def _match(
        self, record: ClientRecord | None, proof: Proof, now: int
    ) -> tuple[str, float | None]:
        """The id of the secret that was presented, and when it ends; raises Refused."""
        presented = self._digest(proof.client_secret)
        if record is None:
            hmac.compare_digest(presented, presented)
            raise Refused(
                Refusal(errors.CLIENT_UNKNOWN, {"client_id_length": len(proof.client_id)})
            )
        if record.public:
            raise Refused(Refusal(errors.CLIENT_PUBLIC))
        found, retired = _compare(record, presented, now)
        if found is None and (b"%" in proof.client_secret or b"+" in proof.client_secret):
            decoded = self._digest(form_decoded(proof.client_secret))
            found, earlier = _compare(record, decoded, now)
            retired = retired or earlier
        if found is not None:
            return found
        if retired:
            raise Refused(Refusal(errors.SECRET_RETIRED))
        because = self._class_of(record, proof.client_secret)
        raise Refused(Refusal(errors.SECRET_WRONG, {"because": because}, presented=presented))

    def _class_of(self, record: ClientRecord, secret: bytes) -> str:
        """Name what kind of wrong a secret is, keeping nothing of it."""
        if not secret:
            return "empty"
        if secret != secret.strip():
            stripped, _ = _compare(record, self._digest(secret.strip()), 0)
            return "white space around the right secret" if stripped else "white space around"
        twice = form_decoded(form_decoded(secret))
        if twice != secret and _compare(record, self._digest(twice), 0)[0]:
            return "encoded twice"
        if secret.decode("latin-1") == record.client_id:
            return "the client_id in place of the secret"
        return "another value"


def too_many(row: ErrorRow, wait: float) -> Refusal:
    """The refusal of what came too often, until the next whole second after `wait`."""
    seconds = int(wait) + 1
    return Refusal(row, {"retry_after": seconds}, retry_after=seconds)


def _check_wait(wait: float) -> None:
    if wait:
        raise Refused(too_many(errors.TOO_MANY_FAILURES, wait))


def _compare(
    record: ClientRecord, presented: bytes, now: int
) -> tuple[tuple[str, float | None] | None, bool]:
    """Compare with every secret, without an early end.

    Give the live one's id and end, and whether a retired one matched.
    """
    found: tuple[str, float | None] | None = None
    retired = False
    for digest, secret_id, ends in record.secrets:
        if hmac.compare_digest(digest, presented):
            if ends is None or ends > now:
                found = (secret_id, ends)
            else:
                retired = True
    return found, retired
