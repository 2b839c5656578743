"""What an operator says of an issuer: a preset, and what is changed of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from satsuma.domain.issuers import LONGEST_TOKEN_LIFE, PRESETS, IssuerPolicy
from satsuma.domain.web_urls import BadUrl, check_rest


class BadSettings(Exception):
    """The settings do not hold together; each line of the text says which one and how to mend it."""


class IssuerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator changes of an issuer; every field left out keeps its preset's value."""

    preset: Annotated[str | None, Meta(description="The preset to start from.")] = None
    enabled: Annotated[bool, Meta(description="Whether the issuer is served.")] = True
    path: Annotated[str | None, Meta(description="The path prefix on the API surface.")] = None
    token_format: Annotated[
        Literal["sealed", "jwt"] | None, Meta(description="Opaque sealed tokens, or JWTs.")
    ] = None
    signing_alg: Annotated[
        Literal["EdDSA", "ES256", "ES384", "RS256"] | None,
        Meta(description="The algorithm of JWTs."),
    ] = None
    jwt_profile: Annotated[
        Literal["rfc9068", "orange"] | None, Meta(description="Which claims a JWT has.")
    ] = None
    token_life: Annotated[
        Annotated[int, Meta(ge=60, le=int(LONGEST_TOKEN_LIFE.total_seconds()))] | None,
        Meta(description="Seconds an access token lives."),
    ] = None
    token_limit: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Token requests per application in any token_window."),
    ] = None
    token_window: Annotated[
        Annotated[int, Meta(ge=1, le=3600)] | None,
        Meta(description="Seconds of the sliding window."),
    ] = None


def policy_of(name: str, settings: IssuerSettings) -> IssuerPolicy:
    """The policy of an issuer; raises BadSettings."""
    preset = PRESETS.get(settings.preset or name)
    if preset is None:
        raise BadSettings(f"issuers.{name}: preset is one of {', '.join(PRESETS)}")
    path = preset.path if settings.path is None else settings.path
    if path and (not path.startswith("/") or path.endswith("/") or "//" in path):
        raise BadSettings(f"issuers.{name}: path starts with / and does not end with it")
    try:
        check_rest(path, "")
    except BadUrl as problem:
        raise BadSettings(f"issuers.{name}: path {path!r} {problem}") from None
    profile = settings.jwt_profile or preset.jwt_profile
    if preset.has_people and profile == "orange":
        raise BadSettings(
            f'issuers.{name}: jwt_profile = "orange" says nothing of a person or a grant, so that nothing could be '
            'revoked: an issuer at which people log in takes "rfc9068"'
        )
    return replace(
        preset,
        name=name,
        path=path,
        token_format=settings.token_format or preset.token_format,
        signing_alg=settings.signing_alg or preset.signing_alg,
        jwt_profile=profile,
        token_limit=settings.token_limit or preset.token_limit,
        token_life=_seconds(settings.token_life, preset.token_life),
        token_window=_seconds(settings.token_window, preset.token_window),
    )


def _seconds(given: int | None, preset: timedelta) -> timedelta:
    return preset if given is None else timedelta(seconds=given)
