"""The directory of clients: facts prepared for one look per request, bounded, and never older than the feed."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime

from satsuma.rules.facts import ApplicationState, Client, SubscriptionState

_CHANGES_REMEMBERED = 10_000


class ClientRecord:
    """A client as the hot endpoints need it.

    `secrets` are (digest, secret id, end as epoch seconds or None) of all that may still be presented, also retired
    ones, so that an earlier secret is told apart. `used` maps a secret id to (epoch seconds, source) since last noted.
    """

    __slots__ = (
        "application_id",
        "client",
        "client_id",
        "generation",
        "id_token_signed_response_alg",
        "name",
        "public",
        "secrets",
        "state",
        "subscriptions",
        "used",
    )

    def __init__(self, client: Client) -> None:
        """Prepare the record."""
        application = client.application
        self.client = client
        self.client_id: str = application.client_id
        self.application_id: str = application.application_id
        self.name: str = application.name
        self.state: ApplicationState = application.state
        self.generation: int = application.generation
        self.public: bool = application.public
        self.id_token_signed_response_alg: str = application.id_token_signed_response_alg
        self.secrets: tuple[tuple[bytes, str, float | None], ...] = tuple(
            (s.digest, s.secret_id, None if s.expires_at is None else s.expires_at.timestamp())
            for s in client.secrets
        )
        self.subscriptions: dict[str, SubscriptionState] = {
            s.api_id: s.state for s in client.subscriptions
        }
        self.used: dict[str, tuple[int, str]] = {}


class Directory:
    """Clients by `client_id`, least recently loaded first out; a change drops its client at once."""

    def __init__(self, capacity: int = 50_000) -> None:
        """Hold at most `capacity` clients."""
        self._capacity = capacity
        self._records: OrderedDict[str, ClientRecord] = OrderedDict()
        self._changed: OrderedDict[str, int] = OrderedDict()
        self._floor = 0
        self.find = self._records.get

    def keep(self, client: Client, seq: int) -> ClientRecord:
        """Keep a client read from a view whose newest change was `seq`; a view overtaken by the feed is not kept."""
        record = ClientRecord(client)
        client_id = record.client_id
        if self._changed.get(client_id, self._floor) > seq:
            return record
        old = self._records.pop(client_id, None)
        if old is not None:
            record.used = old.used
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
        """Give and reset which secrets were used, when, and from where."""
        taken: list[tuple[str, datetime, str]] = []
        for record in self._records.values():
            if record.used:
                used, record.used = record.used, {}
                taken.extend((sid, _instant(at), source) for sid, (at, source) in used.items())
        return taken

    def __len__(self) -> int:
        return len(self._records)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
