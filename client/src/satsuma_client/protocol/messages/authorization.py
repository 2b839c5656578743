"""The authorization request as a URL's query carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from satsuma_client.protocol import pkce
from satsuma_client.protocol.errors import Malformed
from satsuma_client.protocol.json_object import parse_object
from satsuma_client.protocol.parameters import (
    parse_with_resources,
    render_parameters,
    required,
    scope_of,
    scope_text,
)
from satsuma_client.protocol.redirect_uri import with_parameters

_MAX_AGE_DIGITS: Final = 9
_OBJECTS: Final = ("request", "request_uri")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks of an authorization endpoint, for a code.

    `claims` is the JSON text as it is sent; `max_age` is seconds; `code_challenge` is by S256.

    Spec: RFC 6749 §4.1.1; OIDC Core §3.1.2.1; RFC 7636 §4.3; RFC 8707 §2.1.
    """

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...] | None = None
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    response_mode: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    acr_values: tuple[str, ...] = ()
    ui_locales: tuple[str, ...] = ()
    login_hint: str | None = None
    id_token_hint: str | None = None
    claims: str | None = None
    resource: tuple[str, ...] = ()

    @classmethod
    def parse(cls, query: bytes) -> AuthorizationRequest:
        """Read a request from a query or a form; raises Malformed.

        Parameters that are not known are ignored, those that would change the known ones are refused.

        Spec: RFC 6749 §3.1, §3.1.1, §4.1.1; OIDC Core §6.
        """
        sent, resource = parse_with_resources(query)
        if any(name in sent for name in _OBJECTS):
            raise Malformed("parameter-unsupported", parameter="request")
        if required(sent, "response_type") != "code":
            raise Malformed("parameter-unsupported", parameter="response_type")
        return cls(
            client_id=required(sent, "client_id"),
            redirect_uri=required(sent, "redirect_uri"),
            scope=scope_of(sent),
            state=sent.get("state"),
            nonce=sent.get("nonce"),
            code_challenge=_challenge(sent),
            response_mode=sent.get("response_mode"),
            prompt=_words(sent, "prompt"),
            max_age=_max_age(sent),
            acr_values=_words(sent, "acr_values"),
            ui_locales=_words(sent, "ui_locales"),
            login_hint=sent.get("login_hint"),
            id_token_hint=sent.get("id_token_hint"),
            claims=_claims(sent),
            resource=resource,
        )

    def render(self) -> bytes:
        """The query, or the form of a POST.

        Spec: RFC 6749 §4.1.1.
        """
        return render_parameters(self.parameters())

    def url(self, authorization_endpoint: str) -> str:
        """The address to send the user agent to; a query that the endpoint has is kept.

        Spec: RFC 6749 §3.1.
        """
        return with_parameters(authorization_endpoint, self.parameters())

    def parameters(self) -> list[tuple[str, str]]:
        """Each parameter that is sent, in order.

        Spec: RFC 6749 §4.1.1; RFC 7636 §4.3.
        """
        sent = [
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("scope", scope_text(self.scope)),
            ("state", self.state),
            ("nonce", self.nonce),
            ("code_challenge", self.code_challenge),
            ("code_challenge_method", pkce.S256 if self.code_challenge is not None else None),
            ("response_mode", self.response_mode),
            ("prompt", " ".join(self.prompt) or None),
            ("max_age", None if self.max_age is None else str(self.max_age)),
            ("acr_values", " ".join(self.acr_values) or None),
            ("ui_locales", " ".join(self.ui_locales) or None),
            ("login_hint", self.login_hint),
            ("id_token_hint", self.id_token_hint),
            ("claims", self.claims),
            *(("resource", each) for each in self.resource),
        ]
        return [(name, value) for name, value in sent if value is not None]


def _words(sent: dict[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for word in sent.get(name, "").split(" ") if word)


def _max_age(sent: dict[str, str]) -> int | None:
    text = sent.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _MAX_AGE_DIGITS:
        raise Malformed("parameter-malformed", parameter="max_age")
    return int(text)


def _claims(sent: dict[str, str]) -> str | None:
    """The `claims` parameter, which must be a JSON object.

    Spec: OIDC Core §5.5.
    """
    text = sent.get("claims")
    if text is not None:
        parse_object(text.encode())
    return text


def _challenge(sent: dict[str, str]) -> str | None:
    """The code challenge, by S256 alone.

    Spec: RFC 7636 §4.2, §4.3.
    """
    challenge, method = sent.get("code_challenge"), sent.get("code_challenge_method")
    if challenge is None and method is None:
        return None
    if method != pkce.S256:
        raise Malformed("parameter-unsupported", parameter="code_challenge_method")
    if challenge is None or not pkce.is_challenge(challenge):
        raise Malformed("parameter-malformed", parameter="code_challenge")
    return challenge
