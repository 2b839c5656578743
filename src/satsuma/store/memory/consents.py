"""Consents and pairwise subjects in memory: what writes and finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from satsuma.domain.consents import (
    Consent,
    EndAccess,
    EndEveryAccess,
    PutConsent,
    PutSubject,
    RelyOnConsent,
    covers,
    together,
)
from satsuma.store.memory.accounts import account_of, keep_account
from satsuma.store.memory.changes import Changes, require
from satsuma.store.memory.query import Query
from satsuma.store.memory.revocations import end_grants
from satsuma.store.memory.tables import Tables
from satsuma.store.memory.writer import Writers


def _put_subject(t: Tables, effect: PutSubject, changes: Changes) -> None:
    account_of(t, effect.account_id)
    require(effect.application_id in t.application, "application-unknown")
    pair = (effect.account_id, effect.application_id)
    taken = pair in t.subject or effect.sub in t.by_sub or effect.sub in t.tomb
    require(not taken, "subject-exists")
    t.put(t.subject, pair, effect.sub)
    t.put(t.by_sub, effect.sub, pair)


def _put_consent(t: Tables, effect: PutConsent, changes: Changes) -> None:
    consent = effect.consent
    account_of(t, consent.account_id)
    require(consent.application_id in t.application, "application-unknown")
    key = (consent.account_id, consent.application_id, consent.issuer)
    before = t.consent.get(key)
    scope = together(before.scope if before else "", consent.scope)
    at = max(before.at, consent.at) if before else consent.at
    t.put(t.consent, key, replace(consent, scope=scope, at=at))


def _rely_on_consent(t: Tables, effect: RelyOnConsent, changes: Changes) -> None:
    keep_account(t, effect.account_id)
    consent = t.consent.get((effect.account_id, effect.application_id, effect.issuer))
    require(consent is not None and covers(consent.scope, effect.scope), "consent-moved")


def _end_access(t: Tables, effect: EndAccess, changes: Changes) -> None:
    pair = (account_of(t, effect.account_id).account_id, effect.application_id)
    for key in [key for key in t.consent if key[:2] == pair]:
        t.remove(t.consent, key)
    theirs = [g for g in t.user_grant.values() if (g.account_id, g.application_id) == pair]
    end_grants(t, theirs, effect.at, effect.because, effect.until, changes)


def _end_every_access(t: Tables, effect: EndEveryAccess, changes: Changes) -> None:
    account_id = account_of(t, effect.account_id).account_id
    for key in [key for key in t.consent if key[0] == account_id]:
        t.remove(t.consent, key)
    theirs = [g for g in t.user_grant.values() if g.account_id == account_id]
    end_grants(t, theirs, effect.at, effect.because, effect.until, changes)


WRITERS: Writers = {
    PutSubject: _put_subject,
    PutConsent: _put_consent,
    RelyOnConsent: _rely_on_consent,
    EndAccess: _end_access,
    EndEveryAccess: _end_every_access,
}


class ConsentQueries(Query):
    def find_consent(self, account_id: str, application_id: str, issuer: str) -> Consent | None:
        """Find what an account allowed an application at an issuer."""
        return self._tables.consent.get((account_id, application_id, issuer))

    def list_consents(self, account_id: str) -> Sequence[Consent]:
        """List an account's consents, by application and issuer."""
        found = (c for c in self._tables.consent.values() if c.account_id == account_id)
        return sorted(found, key=lambda c: (c.application_id, c.issuer))

    def find_subject(self, account_id: str, application_id: str) -> str | None:
        """Find the subject by which an application knows an account."""
        return self._tables.subject.get((account_id, application_id))

    def find_account_of_subject(self, sub: str) -> str | None:
        """Find the `account_id` behind a subject."""
        pair = self._tables.by_sub.get(sub)
        return pair[0] if pair else None
