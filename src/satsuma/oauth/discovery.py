"""The public documents of an issuer: metadata and JWKS."""

from __future__ import annotations

from typing import Final

import msgspec

from satsuma.domain.authorization import PROMPTS
from satsuma.domain.built_in_client import CLIENT_ID
from satsuma.domain.errors import token as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.issuers import STANDARD
from satsuma.http.messages import Answer, Block, Later, Request
from satsuma.oauth.issuer import IssuerContext
from satsuma_client.protocol.metadata import COMMAND_LINE_CLIENT, Described, metadata_of
from satsuma_client.protocol.revocation_feed import FEED

JWKS_MAX_AGE: Final = 600
_json = msgspec.json.Encoder().encode
_PUBLIC = (
    (b"content-type", b"application/json"),
    (b"access-control-allow-origin", b"*"),
)
_METADATA = Block(200, *_PUBLIC, (b"cache-control", b"public, max-age=3600"))
_JWKS = Block(200, *_PUBLIC, (b"cache-control", b"public, max-age=%d" % JWKS_MAX_AGE))


_PREFLIGHT = Answer(
    Block(
        204,
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
    ),
    b"",
)


def is_preflight(request: Request) -> bool:
    """Say whether a browser asks beforehand, as it does for any page that sends a field of its own.

    Spec: Fetch Standard.
    """
    return request.method == b"OPTIONS" and b"access-control-request-method" in request.fields


class MetadataEndpoint:
    """`GET` of an issuer's metadata.

    Spec: RFC 8414 §3.
    """

    def __init__(self, context: IssuerContext, documentation: str, built_in: bool = False) -> None:
        """Describe an issuer; `built_in` says that it has a client for our own command line."""
        self._context = context
        self._documentation = documentation
        self._more = {COMMAND_LINE_CLIENT: CLIENT_ID} if built_in else {}
        if context.issuer.policy.name == STANDARD.name:
            self._more[FEED] = context.issuer.url + "/feed"
        self._apis: object = None
        self._answer = _PREFLIGHT

    def __call__(self, request: Request) -> Answer | Later:
        """Answer with the metadata as the APIs stand now."""
        context = self._context
        if is_preflight(request):
            return _PREFLIGHT
        if request.method not in (b"GET", b"HEAD"):
            refusal = Refusal(errors.METHOD_NOT_ALLOWED_HERE)
            return context.refusals.answer(request, "metadata", refusal, None)
        apis = context.replica.apis
        if apis is not self._apis:  # a change of the APIs makes another table of them
            self._answer = Answer(_METADATA, metadata_of(self._described()).render())
            self._apis = apis
        return self._answer

    def _described(self) -> Described:
        context = self._context
        policy = context.issuer.policy
        scopes = dict.fromkeys(policy.person_scopes)
        for api in context.replica.apis.values():
            if policy.name in api.issuers and api.life_cycle != "retired":
                scopes.update((rule.scope, None) for rule in api.scopes)
        prompts = [p for p in PROMPTS if p != "select_account" or policy.select_account]
        return Described(
            issuer=context.issuer.url,
            grants=policy.grants,
            scopes=tuple(scopes),
            documentation=self._documentation,
            prompts=tuple(prompts) if policy.has_people else (),
            ui_locales=("en", "fr"),
            more=self._more,
        )


class JwksEndpoint:
    """`GET` of the public keys; a key is listed before it signs and until its last token has expired.

    Spec: RFC 7517 §5.
    """

    def __init__(self, context: IssuerContext) -> None:
        self._context = context

    def __call__(self, request: Request) -> Answer | Later:
        """Answer with the keys as they stand now."""
        context = self._context
        if is_preflight(request):
            return _PREFLIGHT
        if request.method not in (b"GET", b"HEAD"):
            refusal = Refusal(errors.METHOD_NOT_ALLOWED_HERE)
            return context.refusals.answer(request, "jwks", refusal, None)
        return Answer(_JWKS, _json(context.ring.jwks(context.clock.now())))
