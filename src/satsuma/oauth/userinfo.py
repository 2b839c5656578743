"""The userinfo endpoint: claims about the person behind an access token."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

import msgspec

from satsuma.domain.accounts import Account
from satsuma.domain.claims import asked_claims, person_claims
from satsuma.domain.errors import userinfo as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.grants.context import allowed_of, parse_context
from satsuma.domain.grants.grant import Grant
from satsuma.http.known import Known
from satsuma.http.messages import PRIVATE_JSON, Answer, Later, Request
from satsuma.keys.claims import AccessTokenClaims
from satsuma.oauth.issuer import IssuerContext
from satsuma.oauth.person_endpoint import Demands, PersonEndpoint
from satsuma.store.port import Reader

_json = msgspec.json.Encoder().encode
_KNOWN: Final = 8192
_DEMANDS: Final = Demands(
    "userinfo", (b"GET", b"POST", b"HEAD"), errors.METHOD_NOT_ALLOWED, errors.SCOPE_INSUFFICIENT
)


class UserinfoEndpoint(PersonEndpoint):
    """`GET` and `POST /userinfo` of one issuer.

    What was answered for a token is kept in memory until the account, the grant or the revocations change.

    Spec: OIDC Core §5.3.
    """

    def __init__(self, context: IssuerContext) -> None:
        super().__init__(context, _DEMANDS)
        self._known: Known[str, tuple[int, bytes]] = Known(_KNOWN)

    def __call__(self, request: Request) -> Answer | Later:
        """Answer from memory, or read the store."""
        return self.answer(request, "openid", self._claims)

    def _claims(self, claims: AccessTokenClaims) -> Answer | Coroutine[Any, Any, Answer]:
        known = self._known.get(claims.jti)
        if known is not None and known[0] == self._context.replica.people_version:
            return Answer(PRIVATE_JSON, known[1])
        return self._read(claims)

    async def _read(self, claims: AccessTokenClaims) -> Answer:
        version = self._context.replica.people_version
        grant_id = claims.grant_id or ""

        def find(reader: Reader) -> tuple[Grant | None, Account | None]:
            grant = reader.find_grant(grant_id)
            return grant, None if grant is None else reader.find_account(grant.account_id)

        grant, account = await self._context.store.read(find)
        if grant is None or account is None or grant.revoked_at is not None:
            raise Refused(Refusal(errors.TOKEN_REVOKED))
        asked = parse_context(grant.context).claims
        names = asked_claims(claims.scope, asked, "userinfo", allowed_of(grant))
        body: bytes = _json({"sub": claims.sub, **person_claims(account, names)})
        self._known.keep(claims.jti, (version, body))
        return Answer(PRIVATE_JSON, body)


class SandboxProfileEndpoint:
    """`GET` and `POST` of the three-legged sandbox: an invented profile for any person's token with `profile_sandbox`.

    Spec: OAuth U2M guide, step 5.
    """

    def __init__(self, userinfo: UserinfoEndpoint) -> None:
        """Prove tokens as `userinfo` does."""
        self._userinfo = userinfo

    def __call__(self, request: Request) -> Answer | Later:
        """Answer the invented profile."""
        return self._userinfo.answer(request, "profile_sandbox", _invented)


def _invented(claims: AccessTokenClaims) -> Answer:
    return Answer(PRIVATE_JSON, _json({"sub": claims.sub, **_INVENTED}))


_INVENTED: Final = {
    "name": "Camille Martin",
    "given_name": "Camille",
    "family_name": "Martin",
    "birthdate": "1990-01-31",
    "locale": "fr",
    "address": {"postal_code": "35000", "locality": "Rennes", "country": "FR"},
    "updated_at": 1714521600,
}
