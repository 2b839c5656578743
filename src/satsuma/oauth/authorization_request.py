"""Step 1 of the authorization endpoint: from parameters to a well-formed request, or the way it is refused."""

from __future__ import annotations

import json
from typing import Final, cast

from satsuma.domain.errors import authorization as errors
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.issuers import IssuerPolicy
from satsuma.domain.redirect_uris import ReturnAddress
from satsuma.replica.clients import ClientRecord
from satsuma_client.protocol import pkce
from satsuma_client.protocol.messages.authorization_request import (
    PROMPTS,
    RESPONSE_MODES,
    AuthorizationRequest,
    Prompt,
)
from satsuma_client.protocol.scope import parse_scope

_TEXT_LIMIT: Final = 2048
_NOT_SUPPORTED: Final = {
    "request": errors.REQUEST_NOT_SUPPORTED,
    "request_uri": errors.REQUEST_URI_NOT_SUPPORTED,
    "registration": errors.REGISTRATION_NOT_SUPPORTED,
}


class PageRefusal(Exception):
    """The request is refused on a page, because where to redirect is not certain."""

    def __init__(self, row: ErrorRow) -> None:
        """Refuse by `row`."""
        super().__init__(row.slug)
        self.row = row


class RedirectRefusal(Exception):
    """The request is refused to the client, at its redirect URI."""

    def __init__(self, row: ErrorRow, to: ReturnAddress) -> None:
        """Refuse by `row`, to `to`."""
        super().__init__(row.slug)
        self.row = row
        self.to = to


def parse_authorization_request(
    parameters: dict[str, str],
    client: ClientRecord,
    to: ReturnAddress,
    policy: IssuerPolicy,
    granted: tuple[str, ...],
) -> AuthorizationRequest:
    """The well-formed request; raises RedirectRefusal.

    `granted` are the scopes that this client may ask for here.

    Spec: RFC 6749 §4.1.1; OIDC Core §3.1.2.1, §6; RFC 7636 §4.3; RFC 9700 §2.1.1.
    """

    row = _unsupported(parameters, policy)
    if row is not None:
        raise RedirectRefusal(row, to)
    scope = _scope(parameters, policy, granted, to)
    return AuthorizationRequest(
        issuer=policy.name,
        client_id=client.client_id,
        redirect_uri=to.redirect_uri,
        scope=scope,
        response_mode=to.response_mode,
        state=to.state,
        nonce=parameters.get("nonce"),
        prompt=_prompt(parameters, policy, to),
        max_age=_max_age(parameters, to),
        acr_values=tuple(parameters.get("acr_values", "").split()),
        login_hint=parameters.get("login_hint"),
        id_token_hint=parameters.get("id_token_hint"),
        ui_locales=tuple(parameters.get("ui_locales", "").split()),
        claims=_claims(parameters, to),
        code_challenge=_challenge(parameters, client, policy, to),
        resource=parameters.get("resource"),
    )


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
    if any(len(value) > _TEXT_LIMIT for value in parameters.values()):
        return errors.PARAMETER_TOO_LONG
    return None


def _scope(
    parameters: dict[str, str],
    policy: IssuerPolicy,
    granted: tuple[str, ...],
    to: ReturnAddress,
) -> tuple[str, ...]:
    if "scope" not in parameters:
        raise RedirectRefusal(errors.SCOPE_MISSING, to)
    scope = parse_scope(parameters["scope"])
    if scope is None:
        raise RedirectRefusal(errors.SCOPE_MALFORMED, to)
    if policy.openid_required and "openid" not in scope:
        raise RedirectRefusal(errors.OPENID_MISSING, to)
    if not set(scope) <= {*granted, *policy.person_scopes}:
        raise RedirectRefusal(errors.SCOPE_REFUSED, to)
    return scope


def _prompt(
    parameters: dict[str, str], policy: IssuerPolicy, to: ReturnAddress
) -> tuple[Prompt, ...]:
    """Read `prompt`.

    Spec: OIDC Core §3.1.2.1.
    """
    prompts = tuple(dict.fromkeys(parameters.get("prompt", "").split()))
    if any(prompt not in PROMPTS for prompt in prompts):
        raise RedirectRefusal(errors.PROMPT_UNKNOWN, to)
    if "none" in prompts and len(prompts) > 1:
        raise RedirectRefusal(errors.PROMPT_NONE_WITH_OTHERS, to)
    if "select_account" in prompts and not policy.select_account:
        raise RedirectRefusal(errors.PROMPT_UNSUPPORTED, to)
    return cast("tuple[Prompt, ...]", prompts)


def _max_age(parameters: dict[str, str], to: ReturnAddress) -> int | None:
    text = parameters.get("max_age")
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise RedirectRefusal(errors.MAX_AGE_MALFORMED, to)
    return int(text)


def _claims(parameters: dict[str, str], to: ReturnAddress) -> str | None:
    """Check the `claims` parameter's form.

    Spec: OIDC Core §5.5.
    """
    text = parameters.get("claims")
    if text is None:
        return None
    try:
        asked = json.loads(text)
    except ValueError:
        raise RedirectRefusal(errors.CLAIMS_MALFORMED, to) from None
    if not isinstance(asked, dict) or not all(
        isinstance(asked.get(member, {}), dict) for member in ("userinfo", "id_token")
    ):
        raise RedirectRefusal(errors.CLAIMS_MALFORMED, to)
    return text


def _challenge(
    parameters: dict[str, str], client: ClientRecord, policy: IssuerPolicy, to: ReturnAddress
) -> str | None:
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None:
        if method is not None:
            raise RedirectRefusal(errors.PKCE_MALFORMED, to)
        if client.public or policy.pkce_required:
            raise RedirectRefusal(errors.PKCE_MISSING, to)
        return None
    if method != pkce.S256:
        raise RedirectRefusal(errors.PKCE_NOT_S256, to)
    if not pkce.is_challenge(challenge):
        raise RedirectRefusal(errors.PKCE_MALFORMED, to)
    return challenge
