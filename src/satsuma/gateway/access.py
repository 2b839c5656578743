"""May this call pass? One pure decision, in one fixed order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from satsuma.domain.apis import Api, ScopeRule
from satsuma.domain.errors import gateway as errors
from satsuma.domain.errors.refusal import Refusal
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.limits import Limits
from satsuma.keys.claims import AccessTokenClaims
from satsuma.replica.clients import ClientRecord

_REVOKED: Final = {
    "token": errors.TOKEN_REVOKED,
    "grant": errors.GRANT_REVOKED,
    "client": errors.CREDENTIALS_RENEWED,
    "subject": errors.SUBJECT_REVOKED,
}
_SUBSCRIPTION: Final = {
    None: errors.NOT_SUBSCRIBED,
    "pending": errors.SUBSCRIPTION_PENDING,
    "revoked": errors.SUBSCRIPTION_REVOKED,
    "refused": errors.SUBSCRIPTION_REFUSED,
}
_APPLICATION: Final = {
    "pending": errors.APPLICATION_PENDING,
    "revoked": errors.APPLICATION_REVOKED,
    "blocked": errors.APPLICATION_BLOCKED,
}


class Call(NamedTuple):
    """What is asked. `method` and `path` are None where nobody says them: then every scope of the API is demanded."""

    method: str | None
    path: str | None
    origin: str | None = None


class AccessFacts(NamedTuple):
    """What is known about a call.

    `token` is the row that refused the Authorization header, None where there is a token; `issuer` is the name of the
    issuer in `claims`; `looked_up` says that an absent `client` was asked for in the store; `audiences` are the
    addresses that stand for this API; `plans` maps the id of each plan to its limits.
    """

    api: Api | None
    other_version: bool
    token: ErrorRow | None
    claims: AccessTokenClaims | None
    issuer: str | None
    revoked: str | None
    client: ClientRecord | None
    looked_up: bool
    user_blocked: bool
    audiences: frozenset[str]
    fresh: bool
    plans: Mapping[str, Limits]


class Pass(NamedTuple):
    """The call may pass: for which API, with which token, for which client, and by which limits."""

    api: Api
    claims: AccessTokenClaims
    client: ClientRecord
    limits: Limits


class LookUp(NamedTuple):
    """The decision waits for a client that is not in the replica."""

    client_id: str


def parse_bearer(fields: list[bytes]) -> bytes | ErrorRow:
    """The token of the one Authorization field; anything but `Bearer` and a token is no credentials at all.

    Spec: RFC 6750 §2.1; RFC 9110 §11.1.
    """
    if not fields:
        return errors.CREDENTIALS_MISSING
    if len(fields) > 1:
        return errors.AUTHORIZATION_REPEATED
    scheme, _, token = fields[0].strip(b" \t").partition(b" ")
    if scheme == b"Bearer" or scheme.lower() == b"bearer":
        return token.lstrip(b" ") or errors.CREDENTIALS_MISSING
    return errors.BEARER_PREFIX_MISSING if scheme else errors.CREDENTIALS_MISSING


def decide(call: Call, facts: AccessFacts, now: float) -> Pass | Refusal | LookUp:
    """Say whether a call may pass.

    The order is part of the rule: what the path says, then the token by itself, then its client, then what this client
    may do here; nothing about a client is told to one who holds no token of it. The clock is the one that made the
    token, so expiry has no leeway.

    Spec: RFC 6750 §3.1; RFC 9068 §4.
    """
    api = facts.api
    if api is None:
        return Refusal(errors.VERSION_UNKNOWN if facts.other_version else errors.API_UNKNOWN)
    if api.life_cycle == "retired":
        return Refusal(errors.API_RETIRED)
    if facts.token is not None:
        return Refusal(facts.token)
    claims = facts.claims
    if claims is None:
        return Refusal(errors.TOKEN_FORGED)
    refused = _refuse_token(claims, facts, api, now)
    if refused is not None:
        return Refusal(refused, client_id=claims.client_id)
    if facts.client is None:
        if facts.looked_up:
            return Refusal(errors.APPLICATION_UNKNOWN, client_id=claims.client_id)
        return LookUp(claims.client_id)
    return _decide_for(facts.client, call, facts, api, claims)


def _refuse_token(
    claims: AccessTokenClaims, facts: AccessFacts, api: Api, now: float
) -> ErrorRow | None:
    if facts.issuer is None or facts.issuer not in api.issuers:
        return errors.TOKEN_OF_OTHER_ISSUER
    if claims.exp <= now:
        return errors.TOKEN_EXPIRED
    if facts.revoked is not None:
        return _REVOKED[facts.revoked]
    return None


def _decide_for(
    client: ClientRecord, call: Call, facts: AccessFacts, api: Api, claims: AccessTokenClaims
) -> Pass | Refusal:
    row: ErrorRow | None = None
    if client.state != "active":
        row = _APPLICATION[client.state]
    elif facts.audiences.isdisjoint(claims.aud):
        row = errors.TOKEN_OF_OTHER_AUDIENCE
    elif facts.user_blocked:
        row = errors.USER_BLOCKED
    elif (state := client.subscriptions.get(api.api_id)) != "approved":
        row = _SUBSCRIPTION[state]
    elif call.origin is not None and call.origin not in client.client.application.web_origins:
        row = errors.ORIGIN_REFUSED
    if row is not None:
        return Refusal(row, client_id=client.client_id)
    if api.scopes and not claims.is_for_all:
        missing = missing_scopes(api.scopes, call, claims.scope)
        if missing or (claims.sub is not None and not _is_named(api.scopes, call)):
            return Refusal(errors.SCOPE_MISSING, scope=missing, client_id=client.client_id)
    if not facts.fresh:
        return Refusal(errors.REPLICA_STALE, client_id=client.client_id)
    limits = limits_of(client, api, facts.plans)
    if limits is None:
        return Refusal(errors.REPLICA_STALE, client_id=client.client_id)
    return Pass(api, claims, client, limits)


def limits_of(client: ClientRecord, api: Api, plans: Mapping[str, Limits]) -> Limits | None:
    """The limits of a client's calls at an API: its plan's, or the API's own; None where the plan is not known yet."""
    plan_id = client.plans.get(api.api_id)
    return api.limits if plan_id is None else plans.get(plan_id)


def missing_scopes(rules: tuple[ScopeRule, ...], call: Call, granted: str) -> str:
    """The scopes that a call needs and the token lacks, space separated.

    Every rule that covers the call must be met. Letter case is ignored, since some upstreams ignore it.

    Spec: RFC 6750 §3.1.
    """
    held = granted.split(" ")
    path = None if call.path is None else call.path.lower()
    needed = (rule.scope for rule in rules if _covers(rule, call.method, path))
    return " ".join(dict.fromkeys(scope for scope in needed if scope not in held))


def _is_named(rules: tuple[ScopeRule, ...], call: Call) -> bool:
    """Say whether any rule covers a call: for a person, what no scope of the API stands for was allowed to nobody."""
    path = None if call.path is None else call.path.lower()
    return any(_covers(rule, call.method, path) for rule in rules)


def _covers(rule: ScopeRule, method: str | None, path: str | None) -> bool:
    if path is not None and not path.startswith(rule.path_prefix.lower()):
        return False
    if method is None or not rule.methods or method in rule.methods:
        return True
    return method == "HEAD" and "GET" in rule.methods
