"""Consent: what a resource owner allowed a client, and the pairwise subject by which the client knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from satsuma.domain.effects import Effect


@dataclass(frozen=True, slots=True)
class Consent:
    """Scopes that a person allowed an application at an issuer, to be asked again only for what is new."""

    account_id: str
    application_id: str
    issuer: str
    scope: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutSubject(Effect):
    """Keep the pairwise subject of an account at an application; conflicts `subject-exists` where there is one."""

    account_id: str
    application_id: str
    sub: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutConsent(Effect):
    """Remember consent; the scopes add to those remembered for the same account, application and issuer."""

    consent: Consent


@dataclass(frozen=True, slots=True)
class RelyOnConsent(Effect):
    """Hold the consent that is remembered; conflicts `consent-moved` unless it covers the scope at this moment."""

    account_id: str
    application_id: str
    issuer: str
    scope: str


@dataclass(frozen=True, slots=True)
class EndAccess(Effect):
    """Forget every consent of an account for an application, and end every grant that it has at this moment.

    The tokens made under them are revoked until `until`. Conflicts `account-unknown`.
    """

    account_id: str
    application_id: str
    at: datetime
    because: str
    until: datetime


@dataclass(frozen=True, slots=True)
class EndEveryAccess(Effect):
    """As `EndAccess`, for every application at once."""

    account_id: str
    at: datetime
    because: str
    until: datetime


def covers(remembered: str, asked: str) -> bool:
    """Say whether every asked scope is among the remembered ones."""
    return set(asked.split()) <= set(remembered.split())


def together(before: str, more: str) -> str:
    """The scopes of both, in the order in which they came, each once."""
    return " ".join(dict.fromkeys((*before.split(), *more.split())))
