"""Effects on a person's side, on the memory store's tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from satsuma.domain.accounts import AddLink, UseLink
from satsuma.domain.consents import PutConsent, PutSubject, RelyOnConsent, covers, together
from satsuma.domain.grants.grant import (
    Grant,
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, StartSession
from satsuma.domain.work import Enqueue, FinishWork, TakeWork
from satsuma.store.memory.accounts import ACCOUNT_WRITERS, account_of, end_grant
from satsuma.store.memory.changes import Changes, known, require
from satsuma.store.memory.tables import Tables


def _keep_account(t: Tables, account_id: str) -> None:
    require(not account_of(t, account_id).blocked, "account-blocked")


def _start_session(t: Tables, effect: StartSession, changes: Changes) -> None:
    session = effect.session
    _keep_account(t, session.account_id)
    taken = session.digest in t.session or any(
        other.sid == session.sid for other in t.session.values()
    )
    require(not taken, "session-exists")
    t.put(t.session, session.digest, session)


def _see_session(t: Tables, effect: SeeSession, changes: Changes) -> None:
    session = t.session.get(effect.digest)
    if session and session.seen_at < effect.at:
        t.put(t.session, effect.digest, replace(session, seen_at=effect.at))


def _end_session(t: Tables, effect: EndSession, changes: Changes) -> None:
    session = t.session.get(effect.digest)
    if session:
        t.remove(t.session, effect.digest)
        changes.announce("session", session.sid)


def _end_sessions(t: Tables, effect: EndSessions, changes: Changes) -> None:
    found = [s for s in t.session.values() if s.account_id == effect.account_id]
    for session in sorted(found, key=lambda s: s.sid):
        if session.digest != effect.keep:
            t.remove(t.session, session.digest)
            changes.announce("session", session.sid)


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
    _keep_account(t, effect.account_id)
    consent = t.consent.get((effect.account_id, effect.application_id, effect.issuer))
    require(consent is not None and covers(consent.scope, effect.scope), "consent-moved")


def _issue_code(t: Tables, effect: IssueCode, changes: Changes) -> None:
    code, grant = effect.code, effect.grant
    _keep_account(t, grant.account_id)
    require(code.digest not in t.code and grant.grant_id not in t.user_grant, "code-exists")
    t.put(t.user_grant, grant.grant_id, grant)
    t.put(t.code, code.digest, code)


def _use_code(t: Tables, effect: UseCode, changes: Changes) -> None:
    code = known(t.code.get(effect.digest), "code-used")
    require(code.used_at is None, "code-used")
    grant = t.user_grant.get(code.grant_id)
    require(grant is not None and _goes_on(grant), "grant-revoked")
    t.put(t.code, code.digest, replace(code, used_at=effect.at))


def _goes_on(grant: Grant) -> bool:
    return grant.revoked_at is None and not grant.blocked


def _refreshed(t: Tables, grant_id: str, generation: int) -> Grant:
    grant = known(t.user_grant.get(grant_id), "refresh-moved")
    require(grant.generation == generation and _goes_on(grant), "refresh-moved")
    return grant


def _start_refreshing(t: Tables, effect: StartRefreshing, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, 0)
    started = replace(grant, generation=1, expires_at=effect.expires_at, ends_at=effect.ends_at)
    t.put(t.user_grant, grant.grant_id, started)


def _use_grant(t: Tables, effect: UseGrant, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, effect.generation)
    used = replace(grant, used_at=effect.at, expires_at=effect.expires_at)
    t.put(t.user_grant, grant.grant_id, used)


def _rotate_refresh(t: Tables, effect: RotateRefresh, changes: Changes) -> None:
    grant = _refreshed(t, effect.grant_id, effect.expected)
    rotated = replace(
        grant,
        generation=grant.generation + 1,
        used_at=effect.at,
        expires_at=effect.expires_at,
        answer=effect.answer,
        answer_until=effect.answer_until,
    )
    t.put(t.user_grant, grant.grant_id, rotated)


def _revoke_grant(t: Tables, effect: RevokeGrant, changes: Changes) -> None:
    grant = t.user_grant.get(effect.grant_id)
    if grant:
        end_grant(t, grant, effect.at, effect.because, changes)


def _add_link(t: Tables, effect: AddLink, changes: Changes) -> None:
    link = effect.link
    account_of(t, link.account_id)
    require(link.digest not in t.link, "link-exists")
    for earlier in list(t.link.values()):
        same = (earlier.account_id, earlier.purpose) == (link.account_id, link.purpose)
        if same and earlier.used_at is None and earlier.expires_at > changes.at:
            t.put(t.link, earlier.digest, replace(earlier, expires_at=changes.at))
    t.put(t.link, link.digest, link)


def _use_link(t: Tables, effect: UseLink, changes: Changes) -> None:
    link = known(t.link.get(effect.digest), "link-used")
    require(link.used_at is None and link.expires_at > effect.at, "link-used")
    t.put(t.link, link.digest, replace(link, used_at=effect.at))


def _enqueue(t: Tables, effect: Enqueue, changes: Changes) -> None:
    require(effect.work.work_id not in t.work, "work-exists")
    t.put(t.work, effect.work.work_id, effect.work)


def _take_work(t: Tables, effect: TakeWork, changes: Changes) -> None:
    work = known(t.work.get(effect.work_id), "work-taken")
    require(work.due_at <= effect.at, "work-taken")
    t.put(t.work, work.work_id, replace(work, due_at=effect.until, attempts=work.attempts + 1))


def _finish_work(t: Tables, effect: FinishWork, changes: Changes) -> None:
    t.remove(t.work, effect.work_id)


PERSON_WRITERS: dict[type, Callable[[Tables, Any, Changes], None]] = {
    **ACCOUNT_WRITERS,
    StartSession: _start_session,
    SeeSession: _see_session,
    EndSession: _end_session,
    EndSessions: _end_sessions,
    PutSubject: _put_subject,
    PutConsent: _put_consent,
    RelyOnConsent: _rely_on_consent,
    IssueCode: _issue_code,
    UseCode: _use_code,
    StartRefreshing: _start_refreshing,
    UseGrant: _use_grant,
    RotateRefresh: _rotate_refresh,
    RevokeGrant: _revoke_grant,
    AddLink: _add_link,
    UseLink: _use_link,
    Enqueue: _enqueue,
    TakeWork: _take_work,
    FinishWork: _finish_work,
}
