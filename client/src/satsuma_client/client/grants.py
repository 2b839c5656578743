"""How tokens are got: for the client itself, or with a refresh token that may change at each use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import sleep
from typing import TYPE_CHECKING, Final

from satsuma_client.client.record import (
    REFUSED_FOR,
    Record,
    RefusedSecret,
    StoredToken,
    seed_of,
)
from satsuma_client.client.renewal import Obtained
from satsuma_client.http.clock import Clock, between
from satsuma_client.http.errors import (
    InvalidClient,
    InvalidGrant,
    OAuthError,
    ServerError,
    TooManyRequests,
)
from satsuma_client.protocol.secret import Secret

if TYPE_CHECKING:
    from satsuma_client.client.token_endpoint import TokenEndpoint
    from satsuma_client.client.token_request import Asked

_LONGEST: Final = 3600.0
"""Seconds for which a server's wish to be left alone is obeyed at most."""
_AGAIN: Final = frozenset({502, 503, 504})


class Grants:
    """What every grant shares: which kept token is good, and what is remembered of a refusal."""

    def __init__(
        self,
        endpoint: TokenEndpoint,
        scope: tuple[str, ...] | None,
        resource: tuple[str, ...],
        clock: Clock,
        tell: Callable[..., None],
    ) -> None:
        self.endpoint = endpoint
        self.scope = scope
        self.resource = resource
        self.skew, self.heard = 0.0, False
        self._clock = clock
        self._tell = tell

    def left(self, token: StoredToken) -> float:
        """Seconds that are left of a token, by the server's clock as far as we know it."""
        now = self._clock().wall
        if self.heard:
            return token.left(now + self.skew)
        return max(token.left(now), token.left_here(now))

    def age(self, token: StoredToken) -> float:
        """Seconds since the server gave a token."""
        return self._clock().wall + self.skew - token.got

    def usable(self, record: Record, unlike: str | None) -> StoredToken | None:
        """The record's token, if it is good and another; raises InvalidClient, TooManyRequests as remembered."""
        token = record.token
        if token is not None and token.fingerprint != unlike and self.left(token) > 0:
            return token
        now = self._clock().wall
        client = self.endpoint.client
        if record.refused is not None and record.refused.is_of(client.client_id, self._all(), now):
            raise InvalidClient(
                description="refused a moment ago; it is not sent again for a minute",
                retry_after=record.refused.until - now,
            )
        if now < record.not_before <= now + _LONGEST:
            raise TooManyRequests(
                description="the server asked to be left alone for a while",
                retry_after=record.not_before - now,
            )
        return None

    def obtain(self, record: Record) -> Obtained:
        """Ask the server; raises OAuthError."""
        raise NotImplementedError

    def revocable(self, record: Record) -> str | None:
        """With what all that a record has is ended: its refresh token, else its token."""
        return record.refresh_token or (record.token.access_token if record.token else None)

    def forgotten(self, record: Record) -> Record:
        """The record without what it had."""
        return replace(record, token=None, refresh_token=None)

    def refused(self, record: Record, error: Exception) -> Record:
        """Remember a refused secret, and a server that wants to be left alone."""
        now = self._clock().wall
        if isinstance(error, OAuthError):
            self._tell("token_refused", error=error.error, status=error.status)
        if isinstance(error, InvalidClient):
            client_id = self.endpoint.client.client_id
            return replace(
                record, refused=RefusedSecret.of(client_id, self._all(), now + REFUSED_FOR)
            )
        if isinstance(error, TooManyRequests):
            wait = between(1, 3) if error.retry_after is None else error.retry_after
            return replace(record, not_before=now + min(wait, _LONGEST))
        return record

    def given(self, record: Record, obtained: Obtained) -> Record:
        """Keep what the server gave."""
        token = obtained.token if obtained.kept else None
        if token is not None and token.id_token is None and record.token is not None:
            token = replace(token, id_token=record.token.id_token)
        return replace(record, token=token, refused=None, not_before=0.0)

    def obtained(self, asked: Asked) -> Obtained:
        """What an answer gave; learns by how much the server's clock is ahead."""
        self.skew, self.heard = asked.skew, True
        response, life = asked.answer.response, asked.answer.life
        token = StoredToken(
            access_token=response.access_token.reveal(),
            token_type=response.token_type,
            got=asked.at + asked.skew,
            here=asked.at,
            life=life or 0.0,
            scope=None if response.scope is None else " ".join(response.scope),
            id_token=None if response.id_token is None else response.id_token.reveal(),
        )
        refresh = response.refresh_token
        return Obtained(token, life is not None, None if refresh is None else refresh.reveal())

    def _all(self) -> str:
        """Every secret as one text: another list is another client, and tried at once."""
        return "\0".join(secret for secret, _ in self.endpoint.client.each())


class ClientCredentialsSource(Grants):
    """The client asks for itself; an answer that something between here and the server spoiled is asked for again once.

    Spec: RFC 6749 §4.4.
    """

    def obtain(self, record: Record) -> Obtained:
        """Ask the server; raises OAuthError."""
        from satsuma_client.protocol.messages.access_token_request import ClientCredentialsGrant

        grant = ClientCredentialsGrant()
        try:
            asked = self.endpoint.ask(grant, self.scope, self.resource)
        except ServerError as error:
            if error.status not in _AGAIN or (error.retry_after or 0) > 1:
                raise
            sleep(between(0.2, 0.6))
            asked = self.endpoint.ask(grant, self.scope, self.resource)
        return self.obtained(asked)


class RefreshTokenSource(Grants):
    """A refresh token, and those that came in its place.

    Spec: RFC 6749 §6.
    """

    first: Secret
    """The refresh token that this was made with: a record that another began is not ours."""

    def obtain(self, record: Record) -> Obtained:
        """Ask the server; raises OAuthError."""
        from satsuma_client.protocol.messages.access_token_request import RefreshTokenGrant

        grant = RefreshTokenGrant(Secret(self._current(record)))
        return self.obtained(self.endpoint.ask(grant, self.scope, self.resource))

    def usable(self, record: Record, unlike: str | None) -> StoredToken | None:
        """As every grant, unless another login began the record; raises InvalidGrant where the chain is over."""
        if record.seed is not None and record.seed != seed_of(self.first.reveal()):
            return super().usable(replace(record, token=None), unlike)
        token = super().usable(record, unlike)
        if token is None and record.seed is not None and record.refresh_token is None:
            raise InvalidGrant(description="the refresh token was refused before")
        return token

    def given(self, record: Record, obtained: Obtained) -> Record:
        """Keep the new refresh token, or the old one where none came."""
        kept = obtained.refresh_token or self._current(record)
        seed = seed_of(self.first.reveal())
        return replace(super().given(record, obtained), refresh_token=kept, seed=seed)

    def refused(self, record: Record, error: Exception) -> Record:
        """Remember also that the chain is over."""
        new = super().refused(record, error)
        if isinstance(error, InvalidGrant):
            seed = seed_of(self.first.reveal())
            return replace(new, token=None, refresh_token=None, seed=seed)
        return new

    def revocable(self, record: Record) -> str | None:
        """The refresh token, also before its first use."""
        over = record.seed == seed_of(self.first.reveal()) and record.refresh_token is None
        return None if over else self._current(record)

    def forgotten(self, record: Record) -> Record:
        """The record of a chain that is over."""
        return replace(super().forgotten(record), seed=seed_of(self.first.reveal()))

    def _current(self, record: Record) -> str:
        first = self.first.reveal()
        if record.refresh_token is not None and record.seed == seed_of(first):
            return record.refresh_token
        return first
