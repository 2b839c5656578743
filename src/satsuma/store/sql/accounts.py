"""Effects on a person's side become statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from satsuma.domain.accounts import (
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
    ACCOUNT_DELETED,
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
from satsuma.store.sql.changes import News, must, only
from satsuma.store.sql.rows import Values, values_of
from satsuma.store.sql.transaction import Session


def _set_password(session: Session, effect: SetPassword, news: News) -> None:
    only(session.rows(sql.SET_PASSWORD, values_of(effect)), "account-unknown")
    news.tell("account", effect.account_id)


def _confirm_account(session: Session, effect: ConfirmAccount, news: News) -> None:
    only(session.rows(sql.CONFIRM_ACCOUNT, values_of(effect)), "account-unknown")
    news.tell("account", effect.account_id)


def _change_email(session: Session, effect: ChangeEmail, news: News) -> None:
    must(session.run(sql.CHANGE_EMAIL, values_of(effect)), "account-unknown")


def _set_locale(session: Session, effect: SetLocale, news: News) -> None:
    must(session.run(sql.SET_LOCALE, values_of(effect)), "account-unknown")


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


def _delete_account(session: Session, effect: DeleteAccount, news: News) -> None:
    """Take what refers to the account first; an application in use then holds its space fast."""
    values = values_of(effect)
    is_confirmed = only(session.rows(sql.TAKE_ACCOUNT, values), "account-unknown")
    must(not (is_confirmed and effect.only_unconfirmed), "account-confirmed")
    for statement in _BEFORE_THE_SPACE:
        session.run(statement, values)
    for client_id in _sorted(session, sql.DELETE_APPLICATIONS, values):
        news.tell("client", client_id)
    for statement in _BEFORE_THE_ACCOUNT:
        session.run(statement, values)
    _end_grants(session, sql.END_GRANTS, {**values, "because": ACCOUNT_DELETED}, news)
    session.run(statements.BURY, {"id": effect.account_id, "kind": "account", "at": values["at"]})
    session.run(sql.DELETE_ACCOUNT, values)
    news.tell("account", effect.account_id)


def _end_grants(session: Session, statement: str, values: Values, news: News) -> None:
    """End grants, and with each, until `until`, every token that was made under it."""
    for grant_id in _sorted(session, statement, values):
        news.tell("grants", grant_id)
        revoked = {"kind": "grant", "id": grant_id, "until": values["until"]}
        if session.run(statements.REVOKE, revoked):
            news.tell("revoked:grant", grant_id, cast(int, values["until"]))


def _set_blocked(session: Session, effect: SetBlocked, news: News) -> None:
    values = values_of(effect)
    only(session.rows(sql.SET_BLOCKED, values), "account-unknown")
    session.run(sql.BLOCK_GRANTS, values)
    news.tell("blocked", effect.account_id)


def _keep_account(session: Session, values: Values) -> None:
    """Hold an account as it is until the commit; one that is blocked gets nothing new."""
    must(not only(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown"), "account-blocked")


def _sorted(session: Session, statement: str, values: Values) -> list[str]:
    return sorted(changed for (changed,) in session.rows(statement, values))


def _start_session(session: Session, effect: StartSession, news: News) -> None:
    values = values_of(effect.session)
    _keep_account(session, values)
    must(session.run(sql.ADD_SESSION, values), "session-exists")


def _see_session(session: Session, effect: SeeSession, news: News) -> None:
    session.run(sql.SEE_SESSION, values_of(effect))


def _end_session(session: Session, effect: EndSession, news: News) -> None:
    for sid in _sorted(session, sql.END_SESSION, values_of(effect)):
        news.tell("session", sid)


def _end_sessions(session: Session, effect: EndSessions, news: News) -> None:
    for sid in _sorted(session, sql.END_SESSIONS, values_of(effect)):
        news.tell("session", sid)


def _know_both(session: Session, values: Values) -> None:
    """Tell which of the pair is missing; the foreign keys hold should it go meanwhile."""
    only(session.rows(statements.FIND_ACCOUNT, values), "account-unknown")
    only(session.rows(statements.FIND_CLIENT_ID, values), "application-unknown")


def _put_subject(session: Session, effect: PutSubject, news: News) -> None:
    values = values_of(effect)
    _know_both(session, values)
    must(session.run(sql.ADD_SUBJECT, values), "subject-exists")


def _put_consent(session: Session, effect: PutConsent, news: News) -> None:
    values = values_of(effect.consent)
    _know_both(session, values)
    ((before,),) = session.rows(sql.OPEN_CONSENT, values)
    session.run(sql.SET_CONSENT, {**values, "scope": together(before, effect.consent.scope)})


def _rely_on_consent(session: Session, effect: RelyOnConsent, news: News) -> None:
    """Hold the account first: who ends its access meanwhile waits, and finds what comes of this."""
    values = values_of(effect)
    _keep_account(session, values)
    ((remembered,),) = session.rows(sql.REMEMBERED_SCOPE, values) or [(None,)]
    must(remembered is not None and covers(remembered, effect.scope), "consent-moved")


def _end_access(session: Session, effect: EndAccess, news: News) -> None:
    """Hold the account first: a code issued meanwhile is then seen, and its grant ends too."""
    values = values_of(effect)
    only(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown")
    session.run(sql.REMOVE_CONSENT, values)
    _end_grants(session, sql.END_ACCESS, values, news)


def _issue_code(session: Session, effect: IssueCode, news: News) -> None:
    grant = values_of(effect.grant)
    _keep_account(session, grant)
    must(session.run(sql.ADD_GRANT, grant), "code-exists")
    must(session.run(sql.ADD_CODE, values_of(effect.code)), "code-exists")


def _use_code(session: Session, effect: UseCode, news: News) -> None:
    values = values_of(effect)
    session.hold(sql.KEEP_GRANT_OF_CODE, values)
    if not session.run(sql.USE_CODE, values):
        only(session.rows(sql.FIND_UNUSED_CODE, values), "code-used")
        must(False, "grant-revoked")


def _start_refreshing(session: Session, effect: StartRefreshing, news: News) -> None:
    must(session.run(sql.START_REFRESHING, values_of(effect)), "refresh-moved")


def _use_grant(session: Session, effect: UseGrant, news: News) -> None:
    must(session.run(sql.USE_GRANT, values_of(effect)), "refresh-moved")


def _rotate_refresh(session: Session, effect: RotateRefresh, news: News) -> None:
    must(session.run(sql.ROTATE_REFRESH, values_of(effect)), "refresh-moved")


def _revoke_grant(session: Session, effect: RevokeGrant, news: News) -> None:
    if session.run(sql.REVOKE_GRANT, values_of(effect)):
        news.tell("grants", effect.grant_id)


def _add_link(session: Session, effect: AddLink, news: News) -> None:
    values = values_of(effect.link)
    only(session.rows(sql.KEEP_ACCOUNT, values), "account-unknown")
    session.run(sql.END_LINKS, {**values, "now": news.at})
    must(session.run(sql.ADD_LINK, values), "link-exists")


def _use_link(session: Session, effect: UseLink, news: News) -> None:
    must(session.run(sql.USE_LINK, values_of(effect)), "link-used")


def _enqueue(session: Session, effect: Enqueue, news: News) -> None:
    must(session.run(sql.ADD_WORK, values_of(effect.work)), "work-exists")


def _take_work(session: Session, effect: TakeWork, news: News) -> None:
    must(session.run(sql.TAKE_WORK, values_of(effect)), "work-taken")


def _finish_work(session: Session, effect: FinishWork, news: News) -> None:
    session.run(sql.FINISH_WORK, values_of(effect))


PERSON_WRITERS: dict[type, tuple[Callable[[Session, Any, News], None], str]] = {
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
