"""Effects on a person's side become statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from satsuma.domain.accounts import (
    ACCOUNT_DELETED,
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    DeleteAccount,
    SetBlocked,
    SetLocale,
    SetPassword,
    UseLink,
)
from satsuma.domain.consents import (
    EndAccess,
    PutConsent,
    PutSubject,
    RelyOnConsent,
    covers,
    together,
)
from satsuma.domain.grants.grant import (
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, StartSession
from satsuma.domain.work import Enqueue, FinishWork, TakeWork
from satsuma.store.sql import grants as sql
from satsuma.store.sql import statements
from satsuma.store.sql.changes import Changes, require, single_value
from satsuma.store.sql.rows import Values, values_of
from satsuma.store.sql.transaction import Transaction


def _set_password(session: Transaction, effect: SetPassword, changes: Changes) -> None:
    single_value(session.rows(sql.SET_PASSWORD, values_of(effect)), "account-unknown")
    changes.announce("account", effect.account_id)


def _confirm_account(session: Transaction, effect: ConfirmAccount, changes: Changes) -> None:
    single_value(session.rows(sql.CONFIRM_ACCOUNT, values_of(effect)), "account-unknown")
    changes.announce("account", effect.account_id)


def _change_email(session: Transaction, effect: ChangeEmail, changes: Changes) -> None:
    require(session.run(sql.CHANGE_EMAIL, values_of(effect)), "account-unknown")


def _set_locale(session: Transaction, effect: SetLocale, changes: Changes) -> None:
    require(session.run(sql.SET_LOCALE, values_of(effect)), "account-unknown")


_BEFORE_THE_SPACE = (
    sql.BURY_SUBJECTS,
    sql.BURY_SUBJECTS_THERE,
    sql.DELETE_SUBJECTS,
    sql.DELETE_SUBJECTS_THERE,
    sql.DELETE_CONSENTS,
    sql.DELETE_CONSENTS_THERE,
    sql.DELETE_SECRETS,
    sql.DELETE_SUBSCRIPTIONS,
    sql.BURY_APPLICATIONS,
    sql.BURY_CLIENTS,
    sql.BURY_SPACES,
)
_BEFORE_THE_ACCOUNT = (
    sql.DELETE_MEMBERSHIPS,
    sql.DELETE_SPACES,
    sql.DELETE_SESSIONS,
    sql.DELETE_LINKS,
)


def _delete_account(session: Transaction, effect: DeleteAccount, changes: Changes) -> None:
    """Take what refers to the account first; an application in use then holds its space fast."""
    values = values_of(effect)
    is_confirmed = single_value(session.rows(sql.TAKE_ACCOUNT, values), "account-unknown")
    require(not (is_confirmed and effect.only_unconfirmed), "account-confirmed")
    for statement in _BEFORE_THE_SPACE:
        session.run(statement, values)
    for client_id in _sorted(session, sql.DELETE_APPLICATIONS, values):
        changes.announce("client", client_id)
    for statement in _BEFORE_THE_ACCOUNT:
        session.run(statement, values)
    _end_grants(session, sql.END_GRANTS, {**values, "because": ACCOUNT_DELETED}, changes)
    session.run(statements.BURY, {"id": effect.account_id, "kind": "account", "at": values["at"]})
    session.run(sql.DELETE_ACCOUNT, values)
    changes.announce("account", effect.account_id)


def _end_grants(session: Transaction, statement: str, values: Values, changes: Changes) -> None:
    """End grants, and with each, until `until`, every token that was made under it."""
    for grant_id in _sorted(session, statement, values):
        changes.announce("grants", grant_id)
        revoked = {"kind": "grant", "id": grant_id, "until": values["until"]}
        if session.run(statements.REVOKE, revoked):
            changes.announce("revoked:grant", grant_id, cast(int, values["until"]))


def _set_blocked(session: Transaction, effect: SetBlocked, changes: Changes) -> None:
    values = values_of(effect)
    single_value(session.rows(sql.SET_BLOCKED, values), "account-unknown")
    session.run(sql.BLOCK_GRANTS, values)
    changes.announce("blocked", effect.account_id)


def _keep_account(session: Transaction, values: Values) -> None:
    """Hold an account as it is until the commit; one that is blocked gets nothing new."""
    require(
        not single_value(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown"),
        "account-blocked",
    )


def _sorted(session: Transaction, statement: str, values: Values) -> list[str]:
    return sorted(changed for (changed,) in session.rows(statement, values))


def _start_session(session: Transaction, effect: StartSession, changes: Changes) -> None:
    values = values_of(effect.session)
    _keep_account(session, values)
    require(session.run(sql.ADD_SESSION, values), "session-exists")


def _see_session(session: Transaction, effect: SeeSession, changes: Changes) -> None:
    session.run(sql.SEE_SESSION, values_of(effect))


def _end_session(session: Transaction, effect: EndSession, changes: Changes) -> None:
    for sid in _sorted(session, sql.END_SESSION, values_of(effect)):
        changes.announce("session", sid)


def _end_sessions(session: Transaction, effect: EndSessions, changes: Changes) -> None:
    for sid in _sorted(session, sql.END_SESSIONS, values_of(effect)):
        changes.announce("session", sid)


def _know_both(session: Transaction, values: Values) -> None:
    """Tell which of the pair is missing; the foreign keys hold should it go meanwhile."""
    single_value(session.rows(statements.FIND_ACCOUNT, values), "account-unknown")
    single_value(session.rows(statements.FIND_CLIENT_ID, values), "application-unknown")


def _put_subject(session: Transaction, effect: PutSubject, changes: Changes) -> None:
    values = values_of(effect)
    _know_both(session, values)
    require(session.run(sql.ADD_SUBJECT, values), "subject-exists")


def _put_consent(session: Transaction, effect: PutConsent, changes: Changes) -> None:
    values = values_of(effect.consent)
    _know_both(session, values)
    ((before,),) = session.rows(sql.OPEN_CONSENT, values)
    session.run(sql.SET_CONSENT, {**values, "scope": together(before, effect.consent.scope)})


def _rely_on_consent(session: Transaction, effect: RelyOnConsent, changes: Changes) -> None:
    """Hold the account first: who ends its access meanwhile waits, and finds what comes of this."""
    values = values_of(effect)
    _keep_account(session, values)
    ((remembered,),) = session.rows(sql.REMEMBERED_SCOPE, values) or [(None,)]
    require(remembered is not None and covers(remembered, effect.scope), "consent-moved")


def _end_access(session: Transaction, effect: EndAccess, changes: Changes) -> None:
    """Hold the account first: a code issued meanwhile is then seen, and its grant ends too."""
    values = values_of(effect)
    single_value(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown")
    session.run(sql.REMOVE_CONSENT, values)
    _end_grants(session, sql.END_ACCESS, values, changes)


def _issue_code(session: Transaction, effect: IssueCode, changes: Changes) -> None:
    grant = values_of(effect.grant)
    _keep_account(session, grant)
    require(session.run(sql.ADD_GRANT, grant), "code-exists")
    require(session.run(sql.ADD_CODE, values_of(effect.code)), "code-exists")


def _use_code(session: Transaction, effect: UseCode, changes: Changes) -> None:
    values = values_of(effect)
    session.hold(sql.KEEP_GRANT_OF_CODE, values)
    if not session.run(sql.USE_CODE, values):
        single_value(session.rows(sql.FIND_UNUSED_CODE, values), "code-used")
        require(False, "grant-revoked")


def _start_refreshing(session: Transaction, effect: StartRefreshing, changes: Changes) -> None:
    require(session.run(sql.START_REFRESHING, values_of(effect)), "refresh-moved")


def _use_grant(session: Transaction, effect: UseGrant, changes: Changes) -> None:
    require(session.run(sql.USE_GRANT, values_of(effect)), "refresh-moved")


def _rotate_refresh(session: Transaction, effect: RotateRefresh, changes: Changes) -> None:
    require(session.run(sql.ROTATE_REFRESH, values_of(effect)), "refresh-moved")


def _revoke_grant(session: Transaction, effect: RevokeGrant, changes: Changes) -> None:
    if session.run(sql.REVOKE_GRANT, values_of(effect)):
        changes.announce("grants", effect.grant_id)


def _add_link(session: Transaction, effect: AddLink, changes: Changes) -> None:
    values = values_of(effect.link)
    single_value(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown")
    session.run(sql.END_LINKS, {**values, "now": changes.at})
    require(session.run(sql.ADD_LINK, values), "link-exists")


def _use_link(session: Transaction, effect: UseLink, changes: Changes) -> None:
    require(session.run(sql.USE_LINK, values_of(effect)), "link-used")


def _enqueue(session: Transaction, effect: Enqueue, changes: Changes) -> None:
    require(session.run(sql.ADD_WORK, values_of(effect.work)), "work-exists")


def _take_work(session: Transaction, effect: TakeWork, changes: Changes) -> None:
    require(session.run(sql.TAKE_WORK, values_of(effect)), "work-taken")


def _finish_work(session: Transaction, effect: FinishWork, changes: Changes) -> None:
    session.run(sql.FINISH_WORK, values_of(effect))


PERSON_WRITERS: dict[type, tuple[Callable[[Transaction, Any, Changes], None], str]] = {
    SetPassword: (_set_password, "account-unknown"),
    ConfirmAccount: (_confirm_account, "account-unknown"),
    ChangeEmail: (_change_email, "account-exists"),
    SetLocale: (_set_locale, "account-unknown"),
    DeleteAccount: (_delete_account, "space-in-use"),
    SetBlocked: (_set_blocked, "account-unknown"),
    StartSession: (_start_session, "account-unknown"),
    SeeSession: (_see_session, "session-unknown"),
    EndSession: (_end_session, "session-unknown"),
    EndSessions: (_end_sessions, "session-unknown"),
    PutSubject: (_put_subject, "account-unknown"),
    PutConsent: (_put_consent, "account-unknown"),
    RelyOnConsent: (_rely_on_consent, "consent-moved"),
    EndAccess: (_end_access, "account-unknown"),
    IssueCode: (_issue_code, "account-unknown"),
    UseCode: (_use_code, "code-used"),
    StartRefreshing: (_start_refreshing, "refresh-moved"),
    UseGrant: (_use_grant, "refresh-moved"),
    RotateRefresh: (_rotate_refresh, "refresh-moved"),
    RevokeGrant: (_revoke_grant, "grant-revoked"),
    AddLink: (_add_link, "account-unknown"),
    UseLink: (_use_link, "link-used"),
    Enqueue: (_enqueue, "work-exists"),
    TakeWork: (_take_work, "work-taken"),
    FinishWork: (_finish_work, "work-taken"),
}
