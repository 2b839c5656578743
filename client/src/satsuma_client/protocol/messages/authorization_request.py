"""What a server keeps of an authorization request that it has checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Prompt = Literal["none", "login", "consent", "select_account"]
ResponseMode = Literal["query", "form_post"]
PROMPTS: Final = ("none", "login", "consent", "select_account")
RESPONSE_MODES: Final = ("query", "form_post")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A checked authorization request of a known client to a registered redirect URI.

    The message as it is on the wire is `authorization.AuthorizationRequest`. `claims` is the JSON text as it was sent;
    `max_age` is seconds.

    Spec: RFC 6749 §4.1.1; OIDC Core §3.1.2.1.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    response_mode: ResponseMode
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[Prompt, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    login_hint: str | None = None
    id_token_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    claims: str | None = None
    code_challenge: str | None = None
    resource: str | None = None
