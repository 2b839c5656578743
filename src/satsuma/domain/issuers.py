"""An issuer: a path on the API surface and what holds there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

Style = Literal["orange", "standard"]
TokenFormat = Literal["sealed", "jwt"]
JwtProfile = Literal["rfc9068", "orange"]


LONGEST_TOKEN_LIFE: Final = timedelta(hours=24)
"""No issuer's access tokens live longer: what ends tokens is remembered that long, and a key verifies that long."""
LEEWAY: Final = timedelta(seconds=30)
"""As far as the clocks of two machines may be apart."""
TOKEN_MEMORY: Final = LONGEST_TOKEN_LIFE + LEEWAY
"""How long a revocation of all of a client's or a grant's tokens is remembered."""


@dataclass(frozen=True, slots=True)
class IssuerPolicy:
    """What one issuer demands and gives; a preset, then the operator's own words.

    `path` is empty for the issuer at the root. `style` chooses the texts and headers of refusals. `accept_required`
    makes a missing Accept 406. `token_limit` requests count in any `token_window`, per application. `person_scopes` are
    those of the person alone, beside the APIs'. `refresh_by` says when a refresh token is given.

    Deviation: ADR-0010.
    """

    name: str
    path: str
    style: Style
    grants: tuple[str, ...]
    accept_required: bool
    form_required: bool
    token_format: TokenFormat
    token_prefix: str
    signing_alg: str
    jwt_profile: JwtProfile
    token_life: timedelta
    token_limit: int
    token_window: timedelta
    shows_scope: bool
    person_scopes: tuple[str, ...] = ()
    state_required: bool = False
    openid_required: bool = False
    pkce_required: bool = True
    select_account: bool = False
    rotates_confidential: bool = True
    refresh_by: Literal["always", "offline_access"] = "offline_access"

    @property
    def has_people(self) -> bool:
        """Whether resource owners log in at this issuer."""
        return "authorization_code" in self.grants


ORANGE_M2M = IssuerPolicy(
    name="orange-m2m",
    path="/oauth/v3",
    style="orange",
    grants=("client_credentials",),
    accept_required=True,
    form_required=False,
    token_format="sealed",
    token_prefix="sat_",
    signing_alg="ES384",
    jwt_profile="orange",
    token_life=timedelta(minutes=60),
    token_limit=50,
    token_window=timedelta(seconds=60),
    shows_scope=False,
)
STANDARD = IssuerPolicy(
    name="standard",
    path="",
    style="standard",
    grants=("client_credentials", "authorization_code", "refresh_token"),
    accept_required=False,
    form_required=True,
    token_format="sealed",
    token_prefix="sat_",
    signing_alg="EdDSA",
    jwt_profile="rfc9068",
    token_life=timedelta(minutes=60),
    token_limit=50,
    token_window=timedelta(seconds=60),
    shows_scope=True,
    person_scopes=("openid", "profile", "email", "offline_access"),
    select_account=True,
)
ORANGE_U2M = IssuerPolicy(
    name="orange-u2m",
    path="/openidconnect/fr/v1",
    style="orange",
    grants=("authorization_code", "refresh_token"),
    accept_required=False,
    form_required=True,
    token_format="sealed",
    token_prefix="OFR-",
    signing_alg="RS256",
    jwt_profile="rfc9068",
    token_life=timedelta(minutes=60),
    token_limit=50,
    token_window=timedelta(seconds=60),
    shows_scope=False,
    person_scopes=("openid", "profile", "email", "offline_access", "profile_sandbox"),
    state_required=True,
    openid_required=True,
    pkce_required=False,
    rotates_confidential=False,
    refresh_by="always",
)
PRESETS = {policy.name: policy for policy in (ORANGE_M2M, ORANGE_U2M, STANDARD)}
PERSON_SCOPES: Final = frozenset(
    scope for policy in PRESETS.values() for scope in policy.person_scopes
)
"""The scopes of a person at any issuer: what a person allows by one of these names is no API's."""
