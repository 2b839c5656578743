"""The clients that a process holds: facts prepared for one look per request, bounded, and never older than the feed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime

from satsuma.domain.applications import ApplicationState, Client
from satsuma.domain.subscriptions import SubscriptionState

_CHANGES_REMEMBERED = 10_000
_USES_WAITING = 100_000

Uses = dict[str, tuple[int, str]]


class ClientRecord:
    """A client as the hot endpoints need it.

    `secrets` are (digest, secret id, end as epoch seconds or None) of all that may still be presented, also retired
    ones, so that an earlier secret is told apart. `subscriptions` and `plans` are by `api_id`. `used` maps a secret id
    to (epoch seconds, source) since last noted; all records share one, which outlives them. `access_tokens` is the form
    and the algorithm that it chose for them, None where both are its issuers'.
    """

    __slots__ = (
        "access_tokens",
        "application_id",
        "client",
        "client_id",
        "default_scopes",
        "generation",
        "id_token_signed_response_alg",
        "name",
        "plans",
        "public",
        "secrets",
        "state",
        "subscriptions",
        "used",
    )

    def __init__(self, client: Client, used: Uses | None = None) -> None:
        """Prepare the record; `used` is where its uses are noted."""
        application = client.application
        self.client = client
        self.client_id: str = application.client_id
        self.application_id: str = application.application_id
        self.name: str = application.name
        self.state: ApplicationState = application.state
        self.generation: int = application.generation
        self.public: bool = application.public
        self.id_token_signed_response_alg: str = application.id_token_signed_response_alg
        self.default_scopes: tuple[str, ...] = application.default_scopes
        chosen = application.access_token_format, application.access_token_signing_alg
        self.access_tokens = None if chosen == ("issuer", "issuer") else chosen
        self.secrets: tuple[tuple[bytes, str, float | None], ...] = tuple(
            (s.digest, s.secret_id, None if s.expires_at is None else s.expires_at.timestamp())
            for s in client.secrets
        )
        self.subscriptions: dict[str, SubscriptionState] = {
            s.api_id: s.state for s in client.subscriptions
        }
        self.plans: dict[str, str] = {
            s.api_id: s.plan_id for s in client.subscriptions if s.plan_id is not None
        }
        self.used: Uses = {} if used is None else used


class HeldClients:
    """Clients by `client_id`, least recently loaded first out; a change drops its client at once."""

    def __init__(self, capacity: int = 50_000, waiting: int = _USES_WAITING) -> None:
        """Hold at most `capacity` clients, and put back at most `waiting` uses."""
        self._capacity = capacity
        self._waiting = waiting
        self._used: Uses = {}
        self._records: OrderedDict[str, ClientRecord] = OrderedDict()
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._floor = 0
        self.find = self._records.get

    def keep(self, client: Client, seq: int) -> ClientRecord:
        """Keep a client read from a view whose newest change was `seq`; a view overtaken by the feed is not kept."""
        record = ClientRecord(client, self._used)
        client_id = record.client_id
        if self._changed.get(client_id, self._floor) > seq:
            return record
        self._records.pop(client_id, None)
        while len(self._records) >= self._capacity:
            self._records.popitem(last=False)
        self._records[client_id] = record
        return record

    def drop(self, client_id: str, seq: int) -> None:
        """Forget a client that changed at `seq`."""
        self._records.pop(client_id, None)
        self._changed.pop(client_id, None)
        self._changed[client_id] = seq
        while len(self._changed) > _CHANGES_REMEMBERED:
            _, oldest = self._changed.popitem(last=False)
            self._floor = max(self._floor, oldest)

    def clear(self, seq: int) -> None:
        """Forget every client, as of `seq`."""
        self._records.clear()
        self._changed.clear()
        self._floor = max(self._floor, seq)

    def take_uses(self) -> list[tuple[str, datetime, str]]:
        """Hand over and reset which secrets were used, when, and from where."""
        taken = [(sid, _instant(at), source) for sid, (at, source) in self._used.items()]
        self._used.clear()
        return taken

    def put_back(self, taken: Iterable[tuple[str, datetime, str]]) -> None:
        """Let uses that could not be written wait on, each unless a later one came; too many, and the earliest go."""
        used = self._used
        for secret_id, at, source in taken:
            seconds = int(at.timestamp())
            if secret_id not in used or used[secret_id][0] < seconds:
                used[secret_id] = (seconds, source)
        if len(used) > self._waiting:
            for secret_id in sorted(used, key=lambda each: used[each][0])[: -self._waiting]:
                del used[secret_id]

    def __len__(self) -> int:
        return len(self._records)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
