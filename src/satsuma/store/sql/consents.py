"""Consents and pairwise subjects in SQL: what writes and finds them."""

# ruff: noqa: S608 (the names in these texts are those of our own tables and facts)
from __future__ import annotations

from collections.abc import Sequence

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
from satsuma.store.sql.accounts import (
    DELETE_CONSENTS,
    END_GRANTS,
    FIND_ACCOUNT,
    KEEP_ACCOUNT,
    keep_account,
)
from satsuma.store.sql.applications import FIND_CLIENT_ID
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.clauses import names, select
from satsuma.store.sql.query import Query
from satsuma.store.sql.revocations import ENDED, end_grants
from satsuma.store.sql.rows import Values, values_of
from satsuma.store.sql.tombs import not_buried
from satsuma.store.sql.transaction import Transaction
from satsuma.store.sql.writer import Writers, steps

ADD_SUBJECT = (
    "INSERT INTO subject (account_id, application_id, sub, at) "
    "SELECT :account_id, :application_id, :sub, :at "
    f"WHERE {not_buried('sub')} ON CONFLICT DO NOTHING"
)
FIND_SUBJECT = (
    "SELECT sub FROM subject WHERE account_id = :account_id AND application_id = :application_id"
)
FIND_ACCOUNT_OF_SUBJECT = "SELECT account_id FROM subject WHERE sub = :sub"
# RETURNS what was remembered before, and keeps the row until the commit.
OPEN_CONSENT = (
    f"INSERT INTO consent ({names(Consent)}) "
    "VALUES (:account_id, :application_id, :issuer, '', :at) "
    "ON CONFLICT (account_id, application_id, issuer) DO UPDATE SET scope = consent.scope "
    "RETURNING scope"
)
SET_CONSENT = (
    "UPDATE consent SET scope = :scope, at = CASE WHEN at < :at THEN :at ELSE at END "
    "WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)
REMOVE_CONSENT = (
    "DELETE FROM consent WHERE account_id = :account_id AND application_id = :application_id"
)
REMEMBERED_SCOPE = (
    "SELECT scope FROM consent "
    "WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)
END_ACCESS = (
    f"UPDATE user_grant SET {ENDED} WHERE account_id = :account_id "
    "AND application_id = :application_id AND revoked_at IS NULL RETURNING grant_id"
)
FIND_CONSENT = (
    select("consent", Consent)
    + " WHERE account_id = :account_id AND application_id = :application_id AND issuer = :issuer"
)
LIST_CONSENTS = (
    select("consent", Consent) + " WHERE account_id = :account_id ORDER BY application_id, issuer"
)


def _know_both(transaction: Transaction, values: Values) -> None:
    """Tell which of the pair is missing; the foreign keys hold should it go meanwhile."""
    single_value(transaction.rows(FIND_ACCOUNT, values), "account-unknown")
    single_value(transaction.rows(FIND_CLIENT_ID, values), "application-unknown")


def _put_subject(transaction: Transaction, effect: PutSubject, changes: Changes) -> None:
    values = values_of(effect)
    _know_both(transaction, values)
    require(transaction.run(ADD_SUBJECT, values), "subject-exists")


def _put_consent(transaction: Transaction, effect: PutConsent, changes: Changes) -> None:
    values = values_of(effect.consent)
    _know_both(transaction, values)
    ((before,),) = transaction.rows(OPEN_CONSENT, values)
    transaction.run(SET_CONSENT, {**values, "scope": together(before, effect.consent.scope)})


def _rely_on_consent(transaction: Transaction, effect: RelyOnConsent, changes: Changes) -> None:
    """Hold the account first: who ends its access meanwhile waits, and finds what comes of this."""
    values = values_of(effect)
    keep_account(transaction, values)
    ((remembered,),) = transaction.rows(REMEMBERED_SCOPE, values) or [(None,)]
    require(remembered is not None and covers(remembered, effect.scope), "consent-moved")


def _end_access(transaction: Transaction, effect: EndAccess, changes: Changes) -> None:
    """Hold the account first: a code issued meanwhile is then seen, and its grant ends too."""
    values = values_of(effect)
    single_value(transaction.rows(KEEP_ACCOUNT, values), "account-unknown")
    transaction.run(REMOVE_CONSENT, values)
    end_grants(transaction, END_ACCESS, values, changes)


def _end_every_access(transaction: Transaction, effect: EndEveryAccess, changes: Changes) -> None:
    """Hold the account first, as for one application."""
    values = values_of(effect)
    single_value(transaction.rows(KEEP_ACCOUNT, values), "account-unknown")
    transaction.run(DELETE_CONSENTS, values)
    end_grants(transaction, END_GRANTS, values, changes)


WRITERS: Writers = {
    PutSubject: steps(_put_subject, taken="account-unknown"),
    PutConsent: steps(_put_consent, taken="account-unknown"),
    RelyOnConsent: steps(_rely_on_consent, taken="consent-moved"),
    EndAccess: steps(_end_access, taken="account-unknown"),
    EndEveryAccess: steps(_end_every_access, taken="account-unknown"),
}


class ConsentQueries(Query):
    def find_consent(self, account_id: str, application_id: str, issuer: str) -> Consent | None:
        """Find what an account allowed an application at an issuer."""
        return self._one(
            Consent,
            FIND_CONSENT,
            account_id=account_id,
            application_id=application_id,
            issuer=issuer,
        )

    def list_consents(self, account_id: str) -> Sequence[Consent]:
        """List an account's consents, by application and issuer."""
        return self._all(Consent, LIST_CONSENTS, account_id=account_id)

    def find_subject(self, account_id: str, application_id: str) -> str | None:
        """Find the subject by which an application knows an account."""
        return self._text(FIND_SUBJECT, account_id=account_id, application_id=application_id)

    def find_account_of_subject(self, sub: str) -> str | None:
        """Find the `account_id` behind a subject."""
        return self._text(FIND_ACCOUNT_OF_SUBJECT, sub=sub)
