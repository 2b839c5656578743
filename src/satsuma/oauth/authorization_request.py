"""Step 1 of the authorization endpoint: from parameters to a well-formed request, or the way it is refused."""

from __future__ import annotations

import re
from typing import Final, cast

from satsuma.domain.authorization import (
    ACR,
    PROMPTS,
    RESPONSE_MODES,
    CheckedRequest,
    Prompt,
    why_unprotected,
)
from satsuma.domain.built_in_client import person_scopes
from satsuma.domain.claims import demanded_acrs, parse_claims
from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.refusal import Refusal, Refused
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import IssuerPolicy
from satsuma.domain.redirect_uris import ReturnAddress
from satsuma.domain.resources import may_name
from satsuma.domain.scopes import default_scope, granted_scopes
from satsuma.oauth.issuer import IssuerContext
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol import pkce
from satsuma_client.protocol.redirect_uri import registered_match
from satsuma_client.protocol.scope import parse_scope

_TEXT_LIMIT: Final = 2048
_READ: Final = (
    *("state", "nonce", "scope", "prompt", "max_age", "acr_values", "login_hint", "id_token_hint"),
    *("ui_locales", "claims", "code_challenge", "code_challenge_method", "resource"),
)
"""What a good request may have of any text; what is not recognized is ignored, however long."""
_SECONDS: Final = re.compile(r"[0-9]{1,9}\Z")
_NOT_SUPPORTED: Final = {
    "request": errors.REQUEST_NOT_SUPPORTED,
    "request_uri": errors.REQUEST_URI_NOT_SUPPORTED,
    "registration": errors.REGISTRATION_NOT_SUPPORTED,
}


def parse_authorization_request(
    parameters: dict[str, str],
    client: ClientRecord,
    to: ReturnAddress,
    policy: IssuerPolicy,
    granted: tuple[str, ...],
) -> CheckedRequest:
    """The well-formed request; raises Refused, for the client to be told.

    `granted` are the scopes that this client may ask for here.

    Spec: RFC 6749 §4.1.1; OIDC Core §3.1.2.1, §6; RFC 7636 §4.3; RFC 9700 §2.1.1.
    """
    row = _unsupported(parameters, policy)
    if row is not None:
        raise Refused(Refusal(row))
    scope = _scope(parameters, client, policy, granted)
    return CheckedRequest(
        issuer=policy.name,
        client_id=client.client_id,
        redirect_uri=to.redirect_uri,
        scope=scope,
        response_mode=to.response_mode,
        state=to.state,
        nonce=parameters.get("nonce"),
        prompt=_prompt(parameters, policy),
        max_age=_max_age(parameters),
        acr_values=tuple(parameters.get("acr_values", "").split()),
        login_hint=parameters.get("login_hint"),
        id_token_hint=parameters.get("id_token_hint"),
        ui_locales=tuple(parameters.get("ui_locales", "").split()),
        claims=_claims(parameters),
        code_challenge=_challenge(parameters, client, policy, scope),
        resource=parameters.get("resource"),
    )


def why_withdrawn(
    asked: CheckedRequest, client: ClientRecord, context: IssuerContext
) -> ErrorRow | None:
    """Say what a request rests on that its client does not have now: its address, a scope or the resource.

    Asked when a request comes in and again whenever it is answered: a login may last, and what was taken from the
    client meanwhile is not given. Nothing goes to an address that is registered no more, so that comes first.

    Spec: RFC 6749 §3.1.2.4, §3.3; RFC 8707 §2; RFC 9700 §4.1.3.
    """
    application, replica = client.client.application, context.replica
    is_ours = asked.trial is not None  # sealed by a page of ours, to which it leads
    registered = application.redirect_uris
    if not is_ours and not registered_match(asked.redirect_uri, registered, application.public):
        return errors.REDIRECT_URI_UNREGISTERED
    policy = context.issuer.policy
    granted = granted_scopes(client.subscriptions, replica.apis_by_id, policy.name)
    if not {*granted, *person_scopes(policy, client.client_id)}.issuperset(asked.scope):
        return errors.SCOPE_REFUSED
    if asked.resource is None:
        return None
    root, apis = context.issuer.api_url, replica.apis.values()
    is_known = may_name(asked.resource, root, apis, client.subscriptions)
    return None if is_known else errors.RESOURCE_REFUSED


def _unsupported(parameters: dict[str, str], policy: IssuerPolicy) -> ErrorRow | None:
    """Find what this endpoint does not do, or what is missing.

    Spec: RFC 6749 §3.1.1; OIDC Core §3.1.2.6.
    """
    if "response_type" not in parameters:
        return errors.RESPONSE_TYPE_MISSING
    if parameters["response_type"] != "code":
        return errors.RESPONSE_TYPE_UNSUPPORTED
    if parameters.get("response_mode", "query") not in RESPONSE_MODES:
        return errors.RESPONSE_MODE_UNSUPPORTED
    for name, row in _NOT_SUPPORTED.items():
        if name in parameters:
            return row
    if policy.state_required and not parameters.get("state"):
        return errors.STATE_MISSING
    if any(len(parameters.get(name, "")) > _TEXT_LIMIT for name in _READ):
        return errors.PARAMETER_TOO_LONG
    return None


def _scope(
    parameters: dict[str, str],
    client: ClientRecord,
    policy: IssuerPolicy,
    granted: tuple[str, ...],
) -> tuple[str, ...]:
    """The scope that is asked for, or the client's default where none is.

    Spec: RFC 6749 §3.3.
    """
    may_ask = {*granted, *person_scopes(policy, client.client_id)}
    scope: tuple[str, ...] | None
    if "scope" in parameters:
        scope = parse_scope(parameters["scope"])
    elif client.default_scopes:
        scope = default_scope(client.default_scopes, may_ask)
        if not scope:
            raise Refused(Refusal(errors.SCOPE_DEFAULT_EMPTY))
    else:
        raise Refused(Refusal(errors.SCOPE_MISSING))
    if scope is None:
        raise Refused(Refusal(errors.SCOPE_MALFORMED))
    if policy.openid_required and "openid" not in scope:
        raise Refused(Refusal(errors.OPENID_MISSING))
    if not may_ask.issuperset(scope):
        raise Refused(Refusal(errors.SCOPE_REFUSED))
    return scope


def _prompt(parameters: dict[str, str], policy: IssuerPolicy) -> tuple[Prompt, ...]:
    """Read `prompt`.

    Spec: OIDC Core §3.1.2.1.
    """
    prompts = tuple(dict.fromkeys(parameters.get("prompt", "").split()))
    if any(prompt not in PROMPTS for prompt in prompts):
        raise Refused(Refusal(errors.PROMPT_UNKNOWN))
    if "none" in prompts and len(prompts) > 1:
        raise Refused(Refusal(errors.PROMPT_NONE_WITH_OTHERS))
    if "select_account" in prompts and not policy.select_account:
        raise Refused(Refusal(errors.PROMPT_UNSUPPORTED))
    return cast("tuple[Prompt, ...]", prompts)


def _max_age(parameters: dict[str, str]) -> int | None:
    text = parameters.get("max_age")
    if text is None:
        return None
    if not _SECONDS.match(text):
        raise Refused(Refusal(errors.MAX_AGE_MALFORMED))
    return int(text)


def _claims(parameters: dict[str, str]) -> str | None:
    """The claims that are named, in a form of our own: nothing else of the text goes further; its nesting is bounded.

    An essential `acr` that no login here has is a login that fails, told before anybody logs in.

    Spec: OIDC Core §5.5, §5.5.1.1; RFC 8259 §9.
    """
    text = parameters.get("claims")
    if text is None:
        return None
    claims = parse_claims(text)
    if claims is None:
        raise Refused(Refusal(errors.CLAIMS_MALFORMED))
    acrs = demanded_acrs(text)
    if acrs is not None and ACR not in acrs:
        raise Refused(Refusal(errors.ACR_UNMET))
    return claims


def _challenge(
    parameters: dict[str, str],
    client: ClientRecord,
    policy: IssuerPolicy,
    scope: tuple[str, ...],
) -> str | None:
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise Refused(Refusal(errors.PKCE_MALFORMED))
        demand = client.client.application.pkce
        nonced = "openid" in scope and bool(parameters.get("nonce"))
        row = why_unprotected(client.public, demand, policy.pkce_required, nonced)
        if row is not None:
            raise Refused(Refusal(row))
        return None
    if method != pkce.S256:
        raise Refused(Refusal(errors.PKCE_NOT_S256))
    if not pkce.is_challenge(challenge):
        raise Refused(Refusal(errors.PKCE_MALFORMED))
    return challenge
