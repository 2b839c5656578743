"""Effects on a person's side, on the memory store's tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from satsuma.rules import person_effects as e
from satsuma.rules.facts import Account
from satsuma.rules.person_facts import Grant
from satsuma.store.memory_news import News, known, must
from satsuma.store.memory_tables import Tables
from satsuma.store.scopes import ACCOUNT_DELETED, together


def _account(t: Tables, account_id: str) -> Account:
    return known(t.account.get(account_id), "account-unknown")


def _set_password(t: Tables, effect: e.SetPassword, news: News) -> None:
    account = _account(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, password_hash=effect.password_hash))
    news.tell("account", account.account_id)


def _confirm_account(t: Tables, effect: e.ConfirmAccount, news: News) -> None:
    account = _account(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, confirmed_at=effect.at))
    news.tell("account", account.account_id)


def _change_email(t: Tables, effect: e.ChangeEmail, news: News) -> None:
    account = _account(t, effect.account_id)
    must(t.by_email.get(effect.email, account.account_id) == account.account_id, "account-exists")
    t.remove(t.by_email, account.email)
    t.put(t.by_email, effect.email, account.account_id)
    t.put(t.account, account.account_id, replace(account, email=effect.email))


def _set_locale(t: Tables, effect: e.SetLocale, news: News) -> None:
    account = _account(t, effect.account_id)
    t.put(t.account, account.account_id, replace(account, locale=effect.locale))


def _delete_account(t: Tables, effect: e.DeleteAccount, news: News) -> None:
    gone = _account(t, effect.account_id)
    _delete_space(t, gone.account_id, news)
    for digest in [d for d, s in t.session.items() if s.account_id == gone.account_id]:
        t.remove(t.session, digest)
    for digest in [d for d, link in t.link.items() if link.account_id == gone.account_id]:
        t.remove(t.link, digest)
    _forget(t, gone.account_id)
    grants = [g for g in t.user_grant.values() if g.account_id == gone.account_id]
    for grant in sorted(grants, key=lambda g: g.grant_id):
        _end(t, grant, effect.at, ACCOUNT_DELETED, news)
    t.remove(t.by_email, gone.email)
    t.remove(t.account, gone.account_id)
    t.put(t.tomb, gone.account_id, "account")
    news.tell("account", gone.account_id)


def _delete_space(t: Tables, account_id: str, news: News) -> None:
    owned = {s.space_id for s in t.space.values() if s.owner_id == account_id}
    applications = [a for a in t.application.values() if a.space_id in owned]
    must(all(a.state == "revoked" for a in applications), "space-in-use")
    for application in sorted(applications, key=lambda a: a.client_id):
        found = application.application_id
        for secret_id in t.secrets_of.get(found, ()):
            t.remove(t.client_secret, secret_id)
        for api_id in t.apis_of.get(found, ()):
            t.remove(t.subscription, (found, api_id))
        t.remove(t.secrets_of, found)
        t.remove(t.apis_of, found)
        _forget(t, found)
        t.remove(t.by_client_id, application.client_id)
        t.remove(t.by_name, (application.space_id, application.name))
        t.remove(t.application, found)
        t.put(t.tomb, found, "application")
        t.put(t.tomb, application.client_id, "client")
        news.tell("client", application.client_id)
    for space_id, member in list(t.membership):
        if member == account_id or space_id in owned:
            t.remove(t.membership, (space_id, member))
    for space_id in owned:
        t.remove(t.space, space_id)
        t.put(t.tomb, space_id, "space")


def _forget(t: Tables, gone: str) -> None:
    """Take consents and subjects of an account or an application away; the subjects' tombs stay."""
    for consent in [key for key in t.consent if gone in key[:2]]:
        t.remove(t.consent, consent)
    for pair in [pair for pair in t.subject if gone in pair]:
        sub = t.subject[pair]
        t.remove(t.subject, pair)
        t.remove(t.by_sub, sub)
        t.put(t.tomb, sub, "subject")


def _start_session(t: Tables, effect: e.StartSession, news: News) -> None:
    session = effect.session
    taken = session.digest in t.session or any(
        other.sid == session.sid for other in t.session.values()
    )
    must(not taken, "session-exists")
    _account(t, session.account_id)
    t.put(t.session, session.digest, session)


def _see_session(t: Tables, effect: e.SeeSession, news: News) -> None:
    session = t.session.get(effect.digest)
    if session and session.seen_at < effect.at:
        t.put(t.session, effect.digest, replace(session, seen_at=effect.at))


def _end_session(t: Tables, effect: e.EndSession, news: News) -> None:
    session = t.session.get(effect.digest)
    if session:
        t.remove(t.session, effect.digest)
        news.tell("session", session.sid)


def _end_sessions(t: Tables, effect: e.EndSessions, news: News) -> None:
    found = [s for s in t.session.values() if s.account_id == effect.account_id]
    for session in sorted(found, key=lambda s: s.sid):
        if session.digest != effect.keep:
            t.remove(t.session, session.digest)
            news.tell("session", session.sid)


def _put_subject(t: Tables, effect: e.PutSubject, news: News) -> None:
    _account(t, effect.account_id)
    must(effect.application_id in t.application, "application-unknown")
    pair = (effect.account_id, effect.application_id)
    taken = pair in t.subject or effect.sub in t.by_sub or effect.sub in t.tomb
    must(not taken, "subject-exists")
    t.put(t.subject, pair, effect.sub)
    t.put(t.by_sub, effect.sub, pair)


def _put_consent(t: Tables, effect: e.PutConsent, news: News) -> None:
    consent = effect.consent
    _account(t, consent.account_id)
    must(consent.application_id in t.application, "application-unknown")
    key = (consent.account_id, consent.application_id, consent.issuer)
    before = t.consent.get(key)
    scope = together(before.scope if before else "", consent.scope)
    at = max(before.at, consent.at) if before else consent.at
    t.put(t.consent, key, replace(consent, scope=scope, at=at))


def _remove_consent(t: Tables, effect: e.RemoveConsent, news: News) -> None:
    for key in [k for k in t.consent if k[:2] == (effect.account_id, effect.application_id)]:
        t.remove(t.consent, key)


def _issue_code(t: Tables, effect: e.IssueCode, news: News) -> None:
    code, grant = effect.code, effect.grant
    _account(t, grant.account_id)
    must(code.digest not in t.code and grant.grant_id not in t.user_grant, "code-exists")
    t.put(t.user_grant, grant.grant_id, grant)
    t.put(t.code, code.digest, code)


def _use_code(t: Tables, effect: e.UseCode, news: News) -> None:
    code = known(t.code.get(effect.digest), "code-used")
    must(code.used_at is None, "code-used")
    grant = t.user_grant.get(code.grant_id)
    must(grant is not None and grant.revoked_at is None, "grant-revoked")
    t.put(t.code, code.digest, replace(code, used_at=effect.at))


def _refreshed(t: Tables, grant_id: str, generation: int) -> Grant:
    grant = known(t.user_grant.get(grant_id), "refresh-moved")
    must(grant.generation == generation and grant.revoked_at is None, "refresh-moved")
    return grant


def _start_refreshing(t: Tables, effect: e.StartRefreshing, news: News) -> None:
    grant = _refreshed(t, effect.grant_id, 0)
    started = replace(grant, generation=1, expires_at=effect.expires_at, ends_at=effect.ends_at)
    t.put(t.user_grant, grant.grant_id, started)


def _use_grant(t: Tables, effect: e.UseGrant, news: News) -> None:
    grant = _refreshed(t, effect.grant_id, effect.generation)
    used = replace(grant, used_at=effect.at, expires_at=effect.expires_at)
    t.put(t.user_grant, grant.grant_id, used)


def _rotate_refresh(t: Tables, effect: e.RotateRefresh, news: News) -> None:
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


def _revoke_grant(t: Tables, effect: e.RevokeGrant, news: News) -> None:
    grant = t.user_grant.get(effect.grant_id)
    if grant:
        _end(t, grant, effect.at, effect.because, news)


def _end(t: Tables, grant: Grant, at: datetime, because: str, news: News) -> None:
    if grant.revoked_at is None:
        ended = replace(
            grant, revoked_at=at, revoked_because=because, answer=None, answer_until=None
        )
        t.put(t.user_grant, grant.grant_id, ended)
        news.tell("grants", grant.grant_id)


def _add_link(t: Tables, effect: e.AddLink, news: News) -> None:
    link = effect.link
    _account(t, link.account_id)
    must(link.digest not in t.link, "link-exists")
    for earlier in list(t.link.values()):
        same = (earlier.account_id, earlier.purpose) == (link.account_id, link.purpose)
        if same and earlier.used_at is None and earlier.expires_at > news.at:
            t.put(t.link, earlier.digest, replace(earlier, expires_at=news.at))
    t.put(t.link, link.digest, link)


def _use_link(t: Tables, effect: e.UseLink, news: News) -> None:
    link = known(t.link.get(effect.digest), "link-used")
    must(link.used_at is None and link.expires_at > effect.at, "link-used")
    t.put(t.link, link.digest, replace(link, used_at=effect.at))


def _enqueue(t: Tables, effect: e.Enqueue, news: News) -> None:
    must(effect.work.work_id not in t.work, "work-exists")
    t.put(t.work, effect.work.work_id, effect.work)


def _take_work(t: Tables, effect: e.TakeWork, news: News) -> None:
    work = known(t.work.get(effect.work_id), "work-taken")
    must(work.due_at <= effect.at, "work-taken")
    t.put(t.work, work.work_id, replace(work, due_at=effect.until, attempts=work.attempts + 1))


def _finish_work(t: Tables, effect: e.FinishWork, news: News) -> None:
    t.remove(t.work, effect.work_id)


PERSON_WRITERS: dict[type, Callable[[Tables, Any, News], None]] = {
    e.SetPassword: _set_password,
    e.ConfirmAccount: _confirm_account,
    e.ChangeEmail: _change_email,
    e.SetLocale: _set_locale,
    e.DeleteAccount: _delete_account,
    e.StartSession: _start_session,
    e.SeeSession: _see_session,
    e.EndSession: _end_session,
    e.EndSessions: _end_sessions,
    e.PutSubject: _put_subject,
    e.PutConsent: _put_consent,
    e.RemoveConsent: _remove_consent,
    e.IssueCode: _issue_code,
    e.UseCode: _use_code,
    e.StartRefreshing: _start_refreshing,
    e.UseGrant: _use_grant,
    e.RotateRefresh: _rotate_refresh,
    e.RevokeGrant: _revoke_grant,
    e.AddLink: _add_link,
    e.UseLink: _use_link,
    e.Enqueue: _enqueue,
    e.TakeWork: _take_work,
    e.FinishWork: _finish_work,
}
