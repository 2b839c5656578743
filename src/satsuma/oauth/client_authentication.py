"""Which client asks, or which API with its own credentials: proven anew, or known again by its header."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from satsuma.counters.port import LocalCounter
from satsuma.domain.apis import Api
from satsuma.domain.clock import Clock
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.parsing import refusal_of
from satsuma.domain.errors.refusal import Refusal, Refused, too_often
from satsuma.domain.errors.row import ErrorRow
from satsuma.http.known import Known
from satsuma.http.sources import network
from satsuma.keys.fingerprint import Fingerprint
from satsuma.keys.randomness import Draw
from satsuma.replica.clients import ClientRecord
from satsuma.replica.replica import Replica
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

Form = dict[str, str]
Caller = ClientRecord | Api
LookUp = Callable[[str], Coroutine[Any, Any, ClientRecord | None]]


def read_proof(form: Form, authorization: bytes | None) -> BasicCredentials:
    """Read the credentials from the header or from the form, never from both; raises Refused.

    A lone `client_id` in the form beside the header is accepted when it is the same.

    Spec: RFC 6749 §2.3.1; OAuth M2M guide, step 2.
    """
    if authorization is None:
        if "client_id" in form and "client_secret" in form:
            return BasicCredentials(form["client_id"], form["client_secret"].encode())
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


def read_any_proof(form: Form, authorization: bytes | None) -> BasicCredentials:
    """As `read_proof`; a public client sends its `client_id` alone.

    Spec: RFC 6749 §3.2.1.
    """
    if authorization is None and "client_id" in form and "client_secret" not in form:
        return BasicCredentials(form["client_id"], b"")
    return read_proof(form, authorization)


def _scheme_class(authorization: bytes) -> str:
    scheme = authorization.split(b" ", 1)[0].lower()
    if scheme in (b"bearer", b"digest"):
        return scheme.decode()
    return "no scheme" if b" " not in authorization else "another scheme"


class KnownCaller(NamedTuple):
    """Whom a header proved, with which secret, until when (epoch seconds)."""

    caller: Caller
    secret_id: str
    ends: float | None


class ClientAuthentication:
    """Checks a proof against the facts of a client.

    Failures are counted by client and source before a secret is looked at, so that a stranger cannot lock out a
    healthy application, nor guess on. A header that proved a client is known again by its fingerprint, for as long as
    the very facts that it was checked against stand.
    """

    def __init__(
        self,
        digest: Callable[[bytes], bytes],
        failures: LocalCounter,
        replica: Replica,
        look_up: LookUp,
        clock: Clock,
        draw: Draw,
    ) -> None:
        """Digest secrets by `digest`, count failures in `failures`; `look_up` finds whom `replica` does not hold."""
        self._digest = digest
        self._failures = failures
        self._replica = replica
        self._look_up = look_up
        self._seconds = clock.seconds
        self._monotonic = clock.monotonic
        self._fingerprint = Fingerprint(draw)
        self._proven: Known[bytes, KnownCaller] = Known(_PROVEN)

    def recall(self, authorization: bytes | None, source: str) -> Caller | None:
        """Whom this very header proved before, if every fact that it was checked against still stands.

        None wherever it must be checked anew, which then finds and tells the reason.
        """
        if authorization is None:
            return None
        proven = self._proven.get(self._fingerprint(authorization))
        if proven is None:
            return None
        caller, secret_id, ends = proven
        if isinstance(caller, Api):
            stands = self._replica.apis_by_resource.get(caller.resource_id) is caller
            return caller if stands and not self._wait(caller.resource_id, source) else None
        if self._replica.clients.find(caller.client_id) is not caller or caller.state != "active":
            return None
        now = int(self._seconds())
        if ends is not None and ends <= now:
            return None
        if self._wait(caller.client_id, source):
            return None
        caller.used[secret_id] = (now, source)
        return caller

    def recall_client(
        self, form: Form, authorization: bytes | None, source: str
    ) -> ClientRecord | None:
        """The client that this very header proved before, where the form names none; None where it must be checked."""
        if "client_id" in form or "client_secret" in form:
            return None
        caller = self.recall(authorization, source)
        return caller if isinstance(caller, ClientRecord) else None

    def identify_held(
        self, proof: BasicCredentials, source: str, authorization: bytes | None, public: bool
    ) -> ClientRecord | None:
        """The client of a proof, None where it must be looked up; raises Refused."""
        record = self._replica.clients.find(proof.client_id)
        if record is None:
            return None
        return self.identify(record, proof, source, authorization, public)

    def identify_any_held(
        self, proof: BasicCredentials, source: str, authorization: bytes | None, public: bool
    ) -> Caller | None:
        """As `identify_held`, or the API whose own credentials these are.

        Spec: RFC 7662 §2.1.
        """
        api = self._replica.apis_by_resource.get(proof.client_id)
        if api is None:
            return self.identify_held(proof, source, authorization, public)
        self.check_patience(proof.client_id, source)
        if not hmac.compare_digest(self._digest(proof.client_secret), api.resource_secret_digest):
            self.count_failure(proof.client_id, source)
            raise Refused(Refusal(errors.SECRET_WRONG, {"api": api.name}))
        if authorization is not None:
            self._keep(authorization, KnownCaller(api, api.resource_id, None))
        return api

    def identify(
        self,
        record: ClientRecord | None,
        proof: BasicCredentials,
        source: str,
        authorization: bytes | None = None,
        public: bool = False,
    ) -> ClientRecord:
        """The client that the proof is of; raises Refused with the true cause, shown as one.

        A proof read from `authorization` is known again when that header returns. Where `public` clients may ask,
        their id is enough.

        Spec: RFC 6749 §2.1, §2.3.1, §3.2.1.
        """
        if public and record is not None and record.public and not proof.client_secret:
            _check_state(record)
            return record
        self.check_patience(proof.client_id, source)
        now = int(self._seconds())
        try:
            secret_id, ends = self._match(record, proof, now)
        except Refused:
            self.count_failure(proof.client_id, source)
            raise
        assert record is not None  # noqa: S101 - _match refused None
        record.used[secret_id] = (now, source)
        _check_state(record)
        if authorization is not None:
            self._keep(authorization, KnownCaller(record, secret_id, ends))
        return record

    async def look_up(self, client_id: str, source: str) -> ClientRecord | None:
        """Look a client up in the store, for a source that did not ask too often for what does not exist.

        The ones that exist cost it nothing: after a start every client is looked up once, a thousand perhaps from one
        address. Raises Refused, and Unavailable.
        """
        key = f"u:{network(source)}"
        _check_wait(self._failures.wait(key, _LOOK_UPS, _WINDOW, self._monotonic()))
        record = await self._look_up(client_id)
        if record is None:
            _check_wait(self._failures.hit(key, _LOOK_UPS, _WINDOW, self._monotonic()))
        return record

    def _wait(self, client_id: str, source: str) -> float:
        """How many seconds a source must wait that failed too often with this client; 0.0 for any other."""
        key = f"f:{client_id}@{network(source)}"
        return self._failures.wait(key, _FAILURES, _WINDOW, self._monotonic())

    def check_patience(self, client_id: str, source: str) -> None:
        """Refuse a source that failed too often with a client; raises Refused."""
        _check_wait(self._wait(client_id, source))

    def count_failure(self, client_id: str, source: str) -> None:
        """Count that a source showed nothing that this client, or a person at it, was given."""
        key = f"f:{client_id}@{network(source)}"
        self._failures.hit(key, _FAILURES, _WINDOW, self._monotonic())

    def _keep(self, authorization: bytes, proven: KnownCaller) -> None:
        """Remember whom a header proved, by its fingerprint alone."""
        self._proven.keep(self._fingerprint(authorization), proven)

    def _match(
        self, record: ClientRecord | None, proof: BasicCredentials, now: int
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


def _check_state(record: ClientRecord) -> None:
    """Refuse a client that is pending, revoked or blocked."""
    if record.state != "active":
        raise Refused(Refusal(_STATES[record.state]))


def _check_wait(wait: float) -> None:
    if wait:
        raise Refused(too_often(errors.TOO_MANY_FAILURES, wait))


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
