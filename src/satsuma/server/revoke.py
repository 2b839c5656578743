"""The revocation endpoint."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from satsuma.protocol.claims import AccessTokenClaims
from satsuma.protocol.errors import Refused
from satsuma.protocol.http import Answer, Block, Later, Request
from satsuma.rules.effects import Audit, Revoke
from satsuma.server import errors
from satsuma.server.callers import identify_client
from satsuma.server.client_authentication import Proof, read_proof
from satsuma.server.issuer import Shared
from satsuma.server.reading import read_form
from satsuma.store.port import Store, Unavailable

LEEWAY: Final = timedelta(seconds=30)
_DONE = Answer(
    Block(200, (b"cache-control", b"no-store"), (b"pragma", b"no-cache")),
    b"",
)


class RevocationEndpoint:
    """`POST /revoke` of one issuer: durable before it answers, refused on every process within a second.

    Spec: RFC 7009 §2.
    """

    def __init__(self, shared: Shared, store: Store) -> None:
        """Bind to an issuer and the store."""
        self._shared = shared
        self._store = store
        self._prefix = shared.issuer.policy.token_prefix.encode()

    def __call__(self, request: Request) -> Answer | Later:
        """Answer a refusal at once; anything else waits for the store."""
        try:
            form, authorization = read_form(request, self._shared.issuer.policy)
            proof = read_proof(authorization, form)
            token = form.get("token")
            if token is None:
                raise Refused(errors.TOKEN_MISSING)
        except Refused as refused:
            return self._shared.refusals.answer(request, "revoke", refused, None)
        return Later(self._revoke(request, proof, token))

    async def _revoke(self, request: Request, proof: Proof, token: str) -> Answer:
        shared = self._shared
        client_id = proof.client_id
        try:
            record = shared.picture.directory.find(client_id)
            if record is None:
                shared.authentication.check_look_up(request.source, shared.monotonic())
                record = await shared.look_up(client_id)
            client = identify_client(shared, record, proof, request.source)
            claims = self._known(token)
            if claims is None:
                return _DONE
            if claims.client_id != client.client_id:
                raise Refused(errors.TOKEN_OF_OTHER_CLIENT)
            await self._commit(claims, client_id)
            return _DONE
        except Unavailable:
            refused = Refused(errors.NOT_READY)
            return shared.refusals.answer(request, "revoke", refused, client_id)
        except Refused as refused:
            return shared.refusals.answer(request, "revoke", refused, client_id)

    def _known(self, token: str) -> AccessTokenClaims | None:
        shared = self._shared
        if not token.isascii():
            return None
        claims = shared.ring.verify(token.encode(), self._prefix, shared.issuer.api_url)
        if claims is None or claims.iss != shared.issuer.url or claims.exp <= shared.seconds():
            return None
        return claims

    async def _commit(self, claims: AccessTokenClaims, client_id: str) -> None:
        until = datetime.fromtimestamp(claims.exp, UTC) + LEEWAY
        now = datetime.fromtimestamp(self._shared.seconds(), UTC)
        await self._store.commit(
            Revoke("token", claims.jti, until),
            Audit(now, f"client:{client_id}", "token.revoke", f"token:{claims.jti}"),
        )
        self._shared.picture.revoked.add("token", claims.jti, until)
