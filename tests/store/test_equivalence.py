"""Whatever the effects and their order, the SQL stores say and hold what the memory store says and holds."""

import asyncio
import itertools
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    CreateAccount,
    DeleteAccount,
    EndUndos,
    RenewPasswordHash,
    SetBlocked,
    SetLocale,
    SetPassword,
    SetRole,
    UseLink,
)
from satsuma.domain.apis import Api, CreateApi, PutApiDocument, ReplaceApi, SetLifeCycle
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    ChangeApplication,
    CreateApplication,
    ExpireSecrets,
    MoveApplication,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.consents import EndAccess, EndEveryAccess, PutConsent, PutSubject, RelyOnConsent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import (
    EndGrants,
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.domain.keys import AddKey, CountKeyUses, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.domain.plans import ChangePlan, CreatePlan
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Revoke
from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, StartSession
from satsuma.domain.spaces import (
    AcceptInvitation,
    ChangeMember,
    CreateSpace,
    Invite,
    NameSpace,
    RemoveMember,
    WithdrawInvitation,
)
from satsuma.domain.subscriptions import ChangeSubscription, Subscribe
from satsuma.domain.usage import CountCalls
from satsuma.domain.usage_counts import CountUsage, UsageCount
from satsuma.domain.work import Enqueue, FinishWork, Lease, TakeWork
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Reader, Store
from tests.store.conftest import Clock, empty
from tests.store.facts import (
    NOW,
    account,
    api,
    api_document,
    application,
    client_id,
    code,
    consent,
    digest,
    foundation,
    furnished,
    grant,
    invitation,
    key,
    link,
    logged,
    peopled,
    plan,
    refreshing,
    secret,
    session,
    space,
    subscription,
    work,
)

few = st.sampled_from([1, 2, 1, 2, 3])
moments = st.integers(-3, 3).map(lambda hours: NOW + timedelta(hours=hours))
ends = st.none() | moments
texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5)
generations = st.sampled_from([0, 1, 1, 2])
scopes = st.lists(st.sampled_from(["openid", "email", "poi:read"]), max_size=3).map(" ".join)
hashes = st.sampled_from(["$a" + "x" * 67, "$b" + "x" * 67, "x" * 67])
contents = st.sampled_from([b"", b"a", b"b\0"])
roles = st.sampled_from(["owner", "owner", "developer", "viewer"])
chosen = st.fixed_dictionaries(
    {},
    optional={
        "description": texts,
        "default_scopes": st.sampled_from([("openid",), ("openid", "poi:read")]),
        "pkce": st.sampled_from(["required", "or-nonce"]),
        "access_token_format": st.sampled_from(["opaque", "jwt"]),
        "access_token_signing_alg": st.sampled_from(["RS256", "EdDSA"]),
        "post_logout_redirect_uris": st.just(("https://client.example/bye",)),
    },
)


@dataclass(frozen=True)
class Rewrite:
    """The replacement of an API by somebody who has just read it."""

    api: Api

    def after(self, held: Sequence[Api]) -> ReplaceApi:
        """The effect, where the store holds these."""
        return ReplaceApi(self.api, {a.api_id: a for a in held}.get(self.api.api_id, self.api))


Commits = list[list[Effect | Rewrite]]


def made(effect: Any, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Effect]:
    return st.builds(effect, **parts)


def of(effect: Any, fact: Any, *numbers: st.SearchStrategy[int], **parts: Any) -> Any:
    """An effect that carries one fact, built from small numbers so that they meet."""
    return st.builds(
        lambda ns, more: effect(fact(*ns, **more)),
        st.tuples(*numbers),
        st.fixed_dictionaries(parts),
    )


def named(prefix: str) -> st.SearchStrategy[str]:
    return few.map(lambda n: f"{prefix}_{n}")


EFFECTS: st.SearchStrategy[Effect | Rewrite] = st.one_of(
    of(
        CreateAccount,
        account,
        few,
        email=few.map(str),
        locale=texts,
        blocked=st.booleans(),
        role=st.sampled_from(["user", "sandbox"]),
    ),
    of(CreateSpace, space, few, owner_id=named("acc")),
    made(
        NameSpace,
        space_id=named("spc"),
        name=few.map(str),
        expected=st.sampled_from(["", "", "1"]),
        by=named("acc"),
    ),
    st.builds(
        lambda n, made, most: Invite(invitation(n, **made), most),
        few,
        st.fixed_dictionaries(
            {
                "space_id": named("spc"),
                "email": few.map(str),
                "role": roles,
                "invited_by": named("acc"),
                "created_at": moments,
                "expires_at": moments,
            }
        ),
        st.integers(0, 2),
    ),
    made(
        WithdrawInvitation,
        invitation_id=named("inv"),
        space_id=named("spc"),
        at=moments,
        by=named("acc"),
    ),
    st.builds(
        lambda n, account_id, at, most: AcceptInvitation(digest(n), account_id, at, most),
        few,
        named("acc"),
        moments,
        st.integers(1, 3),
    ),
    made(
        ChangeMember,
        space_id=named("spc"),
        account_id=named("acc"),
        role=roles,
        expected=roles,
        by=st.none() | named("acc"),
    ),
    made(
        RemoveMember,
        space_id=named("spc"),
        account_id=named("acc"),
        expected=roles,
        by=st.none() | named("acc"),
    ),
    of(CreateApplication, application, few, few, name=few.map(str), client_id=few.map(client_id)),
    st.builds(
        lambda n, most: CreateApplication(application(n, name=f"more {n}"), most),
        few,
        st.integers(0, 2),
    ),
    made(
        SetApplicationState,
        application_id=named("app"),
        state=st.sampled_from(["active", "blocked", "revoked", "revoked"]),
        expected=st.sampled_from(["active", "active", "blocked", "revoked"]),
    ),
    st.builds(
        lambda n, name, was, origins, chosen, had: ChangeApplication(
            application(n, name=name, web_origins=origins, **chosen),
            application(n, name=was, client_id=client_id(n), **had),
        ),
        few,
        few.map(str),
        few.map(str),
        st.sampled_from([(), ("https://client.example",)]),
        chosen,
        chosen,
    ),
    made(
        MoveApplication,
        application_id=named("app"),
        space_id=named("spc"),
        expected=named("spc"),
        most=st.sampled_from([None, None, 1]),
    ),
    made(BumpGeneration, application_id=named("app"), expected=few),
    of(AddSecret, secret, few, few, created_at=moments, expires_at=ends, ciphertext=contents),
    made(ExpireSecrets, application_id=named("app"), expires_at=moments, now=moments),
    made(NoteSecretUse, secret_id=named("sec"), at=moments, source=texts),
    of(CreateApi, api, few, name=few.map(str), version=few, resource_id=named("res")),
    of(
        Rewrite,
        api,
        few,
        name=few.map(str),
        version=few,
        resource_id=named("res"),
        title=texts,
    ),
    st.builds(
        lambda n, title, life: ReplaceApi(api(n, title=title), api(n, life_cycle=life)),
        few,
        texts,
        st.sampled_from(["live", "retired"]),
    ),
    of(PutApiDocument, api_document, few, digest=texts, packed=contents),
    made(SetLifeCycle, api_id=named("api"), life_cycle=st.sampled_from(["live", "retired"])),
    of(
        Subscribe,
        subscription,
        few,
        few,
        state=st.sampled_from(["approved", "pending"]),
        plan_id=st.sampled_from([None, None, "pln_1"]),
    ),
    st.builds(
        lambda application, api, now, was, plan_id: ChangeSubscription(
            subscription(application, api, state=now, plan_id=plan_id),
            subscription(application, api, state=was),
        ),
        few,
        few,
        *([st.sampled_from(["approved", "approved", "revoked", "pending"])] * 2),
        st.sampled_from([None, None, "pln_1", "pln_2"]),
    ),
    of(CreatePlan, plan, few, name=few.map(str)),
    st.builds(
        lambda n, name, title: ChangePlan(plan(n, name=name, title=title), plan(n, name=name)),
        few,
        few.map(str),
        texts,
    ),
    made(
        CountCalls,
        application_id=named("app"),
        api_id=named("api"),
        hour=moments,
        day=moments,
        calls=few,
    ),
    st.lists(
        st.builds(
            lambda n, at, status, took: UsageCount(
                client_id(n) if n else "", "poi/v1", status, at, (took, *[0] * 11)
            ),
            few,
            moments,
            few,
            few,
        ),
        max_size=3,
    ).map(lambda counts: CountUsage(tuple(counts))),
    of(AddKey, key, few, announced_at=moments, retires_at=ends, gone_at=ends, private=contents),
    made(SetKeyLife, kid=named("key"), expected_retires_at=ends, retires_at=ends, gone_at=ends),
    made(CountKeyUses, kid=named("key"), uses=few),
    made(Revoke, kind=st.sampled_from(["token", "grant"]), id=few.map(str), until=moments),
    made(Audit, at=moments, actor=texts, action=texts, object=texts),
    made(SealAudit, macs=st.lists(st.tuples(few, contents), max_size=3).map(tuple)),
    st.lists(
        st.builds(
            logged,
            few,
            at=moments,
            supplied_id=st.none() | few.map(str),
        ),
        max_size=3,
    ).map(lambda rows: LogRequests(tuple(rows))),
    made(Lease, work=texts, holder=few.map(str), now=moments, until=moments),
    made(SetMeta, name=texts, expected=st.none() | texts, value=texts),
)
digests = few.map(digest)
LINKS: st.SearchStrategy[Any] = of(
    AddLink,
    link,
    few,
    few,
    purpose=st.sampled_from(["confirm", "reset", "email", "undo"]),
    expires_at=moments,
    email=few.map(str) | few.map(lambda n: f"person{n}@example.org"),
    sid=st.none() | st.sampled_from(["sid_1", "sid_2", "1"]),
)
PERSON_EFFECTS: st.SearchStrategy[Effect] = st.one_of(
    made(SetPassword, account_id=named("acc"), password_hash=texts | hashes),
    made(RenewPasswordHash, account_id=named("acc"), expected=texts | hashes, password_hash=hashes),
    made(ConfirmAccount, account_id=named("acc"), at=moments),
    made(
        ChangeEmail,
        account_id=named("acc"),
        email=few.map(str),
        expected=few.map(str) | few.map(lambda n: f"person{n}@example.org"),
    ),
    made(SetRole, account_id=named("acc"), role=st.sampled_from(["user", "operator"])),
    made(SetLocale, account_id=named("acc"), locale=texts),
    made(
        DeleteAccount,
        account_id=named("acc"),
        at=moments,
        until=moments,
        only_unconfirmed=st.booleans(),
    ),
    made(SetBlocked, account_id=named("acc"), blocked=st.booleans()),
    of(
        lambda fact: StartSession(fact, "$a" + "x" * 67),
        session,
        few,
        few,
        sid=few.map(str),
    ),
    of(
        StartSession,
        session,
        few,
        few,
        sid=few.map(str),
        created_at=moments,
        seen_at=moments,
    ),
    made(SeeSession, digest=digests, at=moments),
    made(EndSession, digest=digests),
    made(EndSessions, account_id=named("acc"), keep=st.none() | digests),
    made(
        PutSubject,
        account_id=named("acc"),
        application_id=named("app"),
        sub=few.map(str),
        at=moments,
    ),
    of(PutConsent, consent, few, few, issuer=few.map(str), scope=scopes, at=moments),
    made(
        RelyOnConsent,
        account_id=named("acc"),
        application_id=named("app"),
        issuer=few.map(str),
        scope=scopes,
    ),
    made(
        EndAccess,
        account_id=named("acc"),
        application_id=named("app"),
        at=moments,
        because=texts,
        until=moments,
    ),
    st.builds(
        lambda n, issued, account, application, **more: IssueCode(
            code(n, issued, expires_at=more["end"]),
            grant(
                issued,
                account,
                application,
                created_at=more["at"],
                used_at=more["at"],
                expires_at=more["ends"],
                generation=more["generation"],
            ),
        ),
        *(few, few, few, few),
        end=moments,
        at=moments,
        ends=ends,
        generation=generations,
    ),
    made(UseCode, digest=digests, at=moments),
    made(StartRefreshing, grant_id=named("grt"), expires_at=moments, ends_at=moments),
    made(
        UseGrant,
        grant_id=named("grt"),
        generation=generations,
        at=moments,
        expires_at=moments,
    ),
    made(
        RotateRefresh,
        grant_id=named("grt"),
        expected=generations,
        at=moments,
        expires_at=moments,
        answer=contents,
        answer_until=moments,
        predecessor=st.none() | generations,
    ),
    made(EndGrants, application_id=named("app"), at=moments, because=texts),
    made(EndEveryAccess, account_id=named("acc"), at=moments, because=texts, until=moments),
    made(EndUndos, account_id=named("acc"), later_than=moments),
    made(RevokeGrant, grant_id=named("grt"), at=moments, because=texts),
    LINKS,
    LINKS.map(lambda added: replace(added, ends_earlier=False)),
    made(UseLink, digest=digests, at=moments),
    of(Enqueue, work, few, kind=few.map(str), due_at=moments, payload=contents),
    made(TakeWork, work_id=named("wrk"), at=moments, until=moments),
    made(FinishWork, work_id=named("wrk")),
)
ANY = EFFECTS | PERSON_EFFECTS | PERSON_EFFECTS
ONE = ANY.map(lambda effect: [effect])
COMMITS = st.lists(ONE | ONE | st.lists(ANY, min_size=2, max_size=3), min_size=25, max_size=50)
PRUNES = st.lists(
    st.tuples(st.integers(0, 500).map(lambda days: NOW + timedelta(days=days)), few), max_size=3
)


def everything(reader: Reader) -> list[Any]:
    """All that a reader can tell."""
    numbers = range(1, 4)
    return [
        [reader.find_client(client_id(n)) for n in numbers],
        [reader.find_account(f"acc_{n}") for n in numbers],
        [reader.find_account_by_email(str(n)) for n in numbers],
        list(reader.list_accounts("acc_1", 1)),
        reader.list_blocked_subjects(),
        reader.list_password_costs(),
        list(reader.list_sandboxes(NOW + timedelta(days=1), 2)),
        list(reader.list_unconfirmed(NOW + timedelta(days=1), NOW, 2)),
        list(reader.list_plans()),
        list(reader.list_waiting(2)),
        [
            reader.sum_calls(f"app_{n}", f"api_{m}", NOW, by_days=by_days)
            for n in numbers
            for m in numbers
            for by_days in (False, True)
        ],
        [reader.find_space_of(f"acc_{n}") for n in numbers],
        [reader.find_logged_request(f"req_{n}") for n in numbers],
        [reader.find_logged_request(str(n)) for n in numbers],
        list(reader.list_logged_requests(NOW, None, (401, 503), 2)),
        list(reader.list_logged_requests(NOW - timedelta(days=1), client_id(1), (0, 999), 9)),
        *of_a_space(reader),
        list(reader.list_applications(None, "", 99)),
        list(reader.list_applications("spc_1", "app_1", 1)),
        [reader.find_owner(f"spc_{n}") for n in numbers],
        reader.list_web_origins(),
        [reader.find_api_document(each.api_id) for each in reader.list_apis()],
        list(reader.list_apis()),
        list(reader.list_keys()),
        list(reader.list_revocations(NOW - timedelta(days=1))),
        list(reader.feed_since(0, 99)),
        (reader.feed_head(), reader.feed_floor()),
        list(reader.audit_since(0, 99)),
        reader.audit_sealed_head(),
        reader.count_rows(),
    ] + [of_a_person(reader, n) for n in numbers]


def of_a_space(reader: Reader) -> list[Any]:
    """The refused requests of its applications, and its people."""
    numbers, since = range(1, 4), NOW - timedelta(days=1)
    return [
        [reader.find_space(f"spc_{n}") for n in numbers],
        [reader.find_membership("spc_1", f"acc_{n}") for n in numbers],
        [list(reader.list_members(f"spc_{n}")) for n in numbers],
        [list(reader.list_memberships(f"acc_{n}")) for n in numbers],
        [list(reader.list_invitations(f"spc_{n}")) for n in numbers],
        [reader.find_invitation(digest(n)) for n in numbers],
        [reader.find_request_of_space("spc_1", f"req_{n}") for n in numbers],
        [reader.find_request_of_space("spc_1", str(n)) for n in numbers],
        list(reader.list_requests_of_space("spc_1", None, since, (NOW, "req_2"), (0, 999), 9)),
    ]


def of_a_person(reader: Reader, n: int) -> list[Any]:
    """All that a reader can tell of the facts that have this number."""
    numbers = range(1, 4)
    return [
        reader.find_secret_owner(digest(n)),
        reader.find_session(digest(n)),
        list(reader.list_sessions(f"acc_{n}")),
        reader.find_code(digest(n)),
        reader.find_grant(f"grt_{n}"),
        list(reader.list_grants(f"acc_{n}")),
        [
            reader.find_consent(f"acc_{n}", f"app_{m}", str(k))
            for m, k in itertools.product(numbers, numbers)
        ],
        list(reader.list_consents(f"acc_{n}")),
        [reader.find_subject(f"acc_{n}", f"app_{m}") for m in numbers],
        reader.find_account_of_subject(str(n)),
        reader.find_link(digest(n)),
        [reader.find_undo(email, NOW) for email in (str(n), f"person{n}@example.org")],
        list(reader.due_work(str(n), NOW, 2)),
        reader.count_work(),
    ]


async def as_read(store: Store, effects: list[Effect | Rewrite]) -> list[Effect]:
    """The effects of whoever reads just now."""
    held = await store.read(lambda reader: reader.list_apis())
    return [each.after(held) if isinstance(each, Rewrite) else each for each in effects]


async def history(url: str, commits: Commits, prunes: list[Any]) -> list[Any]:
    """All that a store answers to these commits and prunes, and holds between them."""
    clock = Clock()
    store: Store = open_store(url, clock=clock)
    told: list[Any] = []
    try:
        await store.commit(*furnished(), *peopled()[len(foundation()) :])
        await store.commit(
            CreateAccount(account(2)),
            IssueCode(code(2), refreshing(2, account=2)),
            IssueCode(code(3), grant(3)),
        )
        for effects in commits:
            clock.now += timedelta(hours=7)
            try:
                await store.commit(*await as_read(store, effects))
                told.append("stands")
            except Conflict as conflict:
                told.append(conflict.slug)
        told.append(await store.read(everything))
        for now, limit in prunes:
            told.append(await store.prune(now, limit))
            told.append(await store.read(everything))
    finally:
        await store.close()
    return told


# The fixtures are addresses; each example fills its databases from empty.
from_empty = settings(suppress_health_check=list(HealthCheck), max_examples=60)
from_empty_server = settings(from_empty, max_examples=40)


@pytest.mark.timeout(600)
@from_empty
@given(commits=COMMITS, prunes=PRUNES)
def test_sqlite_equals_memory(
    sqlite_template: Path, tmp_path: Path, commits: Commits, prunes: list[Any]
) -> None:
    path = tmp_path / "equal.db"
    shutil.copy(sqlite_template, path)
    assert asyncio.run(history(f"sqlite:///{path}", commits, prunes)) == asyncio.run(
        history("memory:", commits, prunes)
    )


@pytest.mark.timeout(600)
@from_empty_server
@given(commits=COMMITS, prunes=PRUNES)
def test_postgresql_equals_memory(
    migrated_postgresql: str, commits: Commits, prunes: list[Any]
) -> None:
    empty(migrated_postgresql)
    assert asyncio.run(history(migrated_postgresql, commits, prunes)) == asyncio.run(
        history("memory:", commits, prunes)
    )
