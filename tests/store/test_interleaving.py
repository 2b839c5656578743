"""Two commits at once, step by step on PostgreSQL: the second waits for the first, then judges anew.

The first has written and not yet ended when the second begins. Each pair says what the second does
once the first has committed; had the first been taken back, the second must win as if alone.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    CreateAccount,
    DeleteAccount,
    RenewPasswordHash,
    SetBlocked,
    SetPassword,
    UseLink,
)
from satsuma.domain.apis import CreateApi, ReplaceApi, SetLifeCycle
from satsuma.domain.applications import AddSecret, CreateApplication, SetApplicationState
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
from satsuma.domain.sessions import EndSessions, StartSession
from satsuma.domain.spaces import AcceptInvitation, ChangeMember, CreateSpace, Invite, RemoveMember
from satsuma.domain.subscriptions import Subscribe
from satsuma.domain.work import Enqueue, TakeWork
from satsuma.store.port import Conflict, Store
from satsuma.store.postgresql.connection import Connection, PostgresTransaction, connect
from satsuma.store.sql.grants import KEEP_GRANT_OF_CODE
from satsuma.store.sql.rows import microseconds
from satsuma.store.sql.writing import apply
from tests.store.facts import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    account,
    api,
    application,
    code,
    consent,
    digest,
    foundation,
    grant,
    invitation,
    link,
    refreshing,
    secret,
    session,
    space,
    subscription,
    work,
)
from tests.store.racers import WON, Mutation, mutated

Effects = tuple[Effect, ...]


def outcome(connection: Connection, effects: Effects) -> str:
    """Apply effects on a connection and leave them uncommitted."""
    try:
        apply(PostgresTransaction(connection), effects, microseconds(NOW))
    except Conflict as conflict:
        connection.rollback()
        return conflict.slug
    return WON


def interleave(url: str, first: Effects, second: Effects, first_stands: bool) -> tuple[str, bool]:
    """Begin the second while the first is open, then end the first; give the second's outcome, and
    whether it waited.
    """
    told: list[str] = []
    with connect(url) as one, connect(url) as two:
        assert outcome(one, first) == WON
        other = threading.Thread(target=lambda: told.append(outcome(two, second)))
        other.start()
        waited = _waits(url, other)
        if first_stands:
            one.commit()
        else:
            one.rollback()
        other.join()
        two.commit()
    return told[0], waited


def _waits(url: str, other: threading.Thread) -> bool:
    """Wait until the other has come to its end or to a lock; say which."""
    with psycopg.connect(url, autocommit=True) as watch:
        while other.is_alive():
            if watch.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                return True
    return False


@dataclass(frozen=True)
class Pair:
    """Two commits, and what the second does when the first stands, and when it does not."""

    name: str
    first: Effects
    second: Effects
    then: str
    before: Sequence[Effect] = ()
    otherwise: str = WON

    def __str__(self) -> str:
        return self.name


CODE = (*foundation(), IssueCode(code(), grant()))
REFRESHABLE = (*foundation(), IssueCode(code(), refreshing()))
START = StartRefreshing("grt_1", NOW + DAY, NOW + DAY)
USE = UseCode(digest(), NOW)
ROTATE = RotateRefresh("grt_1", 1, NOW, NOW + DAY, b"answer", NOW + MINUTE)
REVOKE = RevokeGrant("grt_1", NOW, "asked")
ALONE = (CreateAccount(account()), CreateAccount(account(2)), CreateSpace(space(2)))
ALONE += (CreateApplication(application(2, 2)),)
DELETE = DeleteAccount("acc_1", NOW, NOW + 2 * DAY)
ISSUE = IssueCode(code(), refreshing(application=2))
SUBJECT = PutSubject("acc_1", "app_2", "sub", NOW)
CONSENT = PutConsent(consent(application=2))
END = EndAccess("acc_1", "app_2", NOW, "asked", NOW + DAY)
RELY = RelyOnConsent("acc_1", "app_2", consent().issuer, consent().scope)
CONSENTED = (*ALONE, CONSENT)
BLOCK, UNBLOCK = SetBlocked("acc_1", True), SetBlocked("acc_1", False)
SPACE = (CreateAccount(account()), CreateSpace(space()))
REVOKED = (*foundation(), SetApplicationState("app_1", "revoked", "active"), CreateApi(api()))
ACTIVE = SetApplicationState("app_1", "active", "revoked")
REVOKING = SetApplicationState("app_1", "revoked", "blocked")
UNBLOCKING = SetApplicationState("app_1", "active", "blocked")
BLOCKED = (*foundation(), SetApplicationState("app_1", "blocked", "active"))
RETIRE, APIS = SetLifeCycle("api_1", "retired"), (CreateApi(api()),)
RENAME = ReplaceApi(api(title="New"), api())
MOVE = ReplaceApi(api(upstream="https://other.example"), api())
LINKED = (*foundation(), AddLink(link()))
LOGGED_IN = (*foundation(), StartSession(session()))
WITH_PASSWORD = (*foundation(), SetPassword("acc_1", "old"))
PASSWORD, REHASH = SetPassword("acc_1", "new"), RenewPasswordHash("acc_1", "old", "again")
PROVEN = StartSession(session(), "old")
OWN = account().email
ADDRESS, LEAVE = ChangeEmail("acc_1", "new@example.org", OWN), EndSessions("acc_1")
UNDO = AddLink(link(3, purpose="undo"))
MOVES = (UNDO, ADDRESS)
FOLLOW = UseLink(digest(), NOW)
ASKED = AddLink(link(2, purpose="email", sid=session().sid))
EVERY = EndEveryAccess("acc_1", NOW, "asked", NOW + DAY)
TWO = (
    CreateAccount(account(confirmed_at=NOW)),
    CreateAccount(account(2, confirmed_at=NOW)),
    CreateSpace(space()),
)
TWO += (Invite(invitation(role="owner")),)
ACCEPT = AcceptInvitation(digest(), "acc_2", NOW)
OWNED = (*TWO, ACCEPT)
OUT_1, OUT_2 = (RemoveMember("spc_1", f"acc_{n}", "owner", f"acc_{3 - n}") for n in (1, 2))
LEAVE_1, LEAVE_2 = (RemoveMember("spc_1", f"acc_{n}", "owner", None) for n in (1, 2))
DOWN_2 = ChangeMember("spc_1", "acc_2", "viewer", "owner", "acc_1")
GONE_2 = DeleteAccount("acc_2", NOW, NOW + 2 * DAY)
VOID = Invite(invitation(3, email="person3@example.org", invited_by="acc_2"))
ENDINGS = [PASSWORD, ADDRESS, BLOCK, LEAVE]

PAIRS = [
    Pair("code-code", (USE,), (USE,), "code-used", CODE),
    Pair("first-refresh-twice", (START,), (USE, START), "refresh-moved", CODE),
    Pair("revoke-code", (REVOKE,), (USE, START), "grant-revoked", CODE),
    Pair("code-revoke", (USE, START), (REVOKE,), WON, CODE),
    Pair("revoke-code-alone", (REVOKE,), (USE,), "grant-revoked", CODE),
    Pair("code-alone-revoke", (USE,), (REVOKE,), WON, CODE),
    Pair("access-ends-silent-code", (END,), (RELY, ISSUE), "consent-moved", CONSENTED),
    Pair("silent-code-access-ends", (RELY, ISSUE), (END,), WON, CONSENTED),
    Pair("refresh-refresh", (ROTATE,), (ROTATE,), "refresh-moved", REFRESHABLE),
    Pair("refresh-revoke", (ROTATE,), (REVOKE,), WON, REFRESHABLE),
    Pair("revoke-refresh", (REVOKE,), (ROTATE,), "refresh-moved", REFRESHABLE),
    Pair(
        "revoke-use",
        (REVOKE,),
        (UseGrant("grt_1", 1, NOW, NOW),),
        "refresh-moved",
        REFRESHABLE,
    ),
    Pair(
        "link-link",
        (UseLink(digest(), NOW),),
        (UseLink(digest(), NOW),),
        "link-used",
        (*foundation(), AddLink(link())),
    ),
    Pair(
        "work-work",
        (TakeWork("wrk_1", NOW, NOW + HOUR),),
        (TakeWork("wrk_1", NOW, NOW + HOUR),),
        "work-taken",
        (Enqueue(work()),),
    ),
    Pair(
        "subject-subject",
        (SUBJECT,),
        (PutSubject("acc_1", "app_2", "other", NOW),),
        "subject-exists",
        ALONE,
    ),
    Pair(
        "email-email",
        (ChangeEmail("acc_1", "same@example.org", OWN),),
        (ChangeEmail("acc_2", "same@example.org", account(2).email),),
        "account-exists",
        ALONE,
    ),
    Pair("email-twice", (ADDRESS,), (ChangeEmail("acc_1", "other@example.org", OWN),), "email-moved", ALONE),
    Pair("held-create", MOVES, (CreateAccount(account(3, email=OWN)),), "address-held", ALONE, "account-exists"),
    Pair("held-change", MOVES, (ChangeEmail("acc_2", OWN, account(2).email),), "address-held", ALONE, "account-exists"),
    Pair("undo-delete", (UNDO,), (DELETE,), "undo-live", ALONE),
    Pair("delete-undo", (DELETE,), (UNDO,), "account-unknown", ALONE),
    Pair("code-end", (ISSUE,), (END,), WON, ALONE),
    Pair("block-code", (BLOCK,), (ISSUE,), "account-blocked", ALONE),
    Pair("block-session", (BLOCK,), (StartSession(session()),), "account-blocked", ALONE),
    Pair("block-use", (BLOCK,), (USE,), "grant-revoked", CODE),
    Pair("block-refresh", (BLOCK,), (ROTATE,), "refresh-moved", REFRESHABLE),
    Pair("code-block", (ISSUE,), (BLOCK,), WON, ALONE),
    Pair("session-block", (StartSession(session()),), (BLOCK,), WON, ALONE),
    Pair("unblock-block", (UNBLOCK,), (BLOCK,), WON, CODE),
    Pair("delete-delete", (DELETE,), (DELETE,), "account-unknown", ALONE),
    Pair("delete-code", (DELETE,), (ISSUE,), "account-unknown", ALONE),
    Pair("delete-session", (DELETE,), (StartSession(session()),), "account-unknown", ALONE),
    Pair("delete-subject", (DELETE,), (SUBJECT,), "account-unknown", ALONE),
    Pair("delete-consent", (DELETE,), (CONSENT,), "account-unknown", ALONE),
    Pair("delete-link", (DELETE,), (AddLink(link()),), "account-unknown", ALONE),
    Pair("delete-space", (DELETE,), (CreateSpace(space()),), "account-unknown", ALONE),
    Pair("delete-application", (DELETE,), (CreateApplication(application()),), "space-unknown", SPACE),
    Pair("delete-secret", (DELETE,), (AddSecret(secret()),), "application-unknown", REVOKED, "application-revoked"),
    Pair("delete-subscribe", (DELETE,), (Subscribe(subscription()),), "application-unknown", REVOKED),
    Pair("code-delete", (ISSUE,), (DELETE,), WON, ALONE),
    Pair("session-delete", (StartSession(session()),), (DELETE,), WON, ALONE),
    Pair("subject-delete", (SUBJECT,), (DELETE,), WON, ALONE),
    Pair("consent-delete", (CONSENT,), (DELETE,), WON, ALONE),
    Pair("link-delete", (AddLink(link()),), (DELETE,), WON, ALONE),
    Pair("space-delete", (CreateSpace(space()),), (DELETE,), WON, ALONE),
    Pair("application-delete", (CreateApplication(application(7)),), (DELETE,), "space-in-use", REVOKED),
    Pair("revoke-unblock", (REVOKING,), (UNBLOCKING,), "state-moved", BLOCKED),
    Pair("unblock-revoke", (UNBLOCKING,), (REVOKING,), "state-moved", BLOCKED),
    Pair("retire-change", (RETIRE,), (RENAME,), "api-changed", APIS),
    Pair("change-change", (MOVE,), (RENAME,), "api-changed", APIS),
    Pair("change-retire", (RENAME,), (RETIRE,), WON, APIS),
    Pair("active-delete", (ACTIVE,), (DELETE,), "space-in-use", REVOKED),
    Pair("password-link", (PASSWORD,), (FOLLOW,), "link-used", LINKED),
    Pair("address-link", (ADDRESS,), (FOLLOW,), "link-used", LINKED),
    Pair("block-link", (BLOCK,), (FOLLOW,), "link-used", LINKED),
    Pair("log-out-link", (LEAVE,), (FOLLOW,), "link-used", LINKED),
    Pair("log-out-asked-link", (LEAVE,), (ASKED,), "session-ended", LOGGED_IN),
    Pair("password-session", (PASSWORD,), (PROVEN,), "password-moved", WITH_PASSWORD),
    Pair("password-rehash", (PASSWORD,), (REHASH,), "password-moved", WITH_PASSWORD),
    Pair("rehash-password", (REHASH,), (PASSWORD,), WON, WITH_PASSWORD),
    Pair("session-password", (PROVEN,), (PASSWORD,), WON, WITH_PASSWORD),
    Pair("every-access-code", (EVERY,), (RELY, ISSUE), "consent-moved", CONSENTED),
    Pair("renewal-refresh", (EndGrants("app_1", NOW, "asked"),), (ROTATE,), "refresh-moved", REFRESHABLE),
    Pair("out-out", (OUT_2,), (OUT_1,), "not-owner", OWNED),
    Pair("leave-leave", (LEAVE_1,), (LEAVE_2,), "last-owner", OWNED),
    Pair("down-leave", (DOWN_2,), (LEAVE_1,), "last-owner", OWNED),
    Pair("leave-down", (LEAVE_2,), (DOWN_2,), "member-moved", OWNED),
    Pair("gone-leave", (GONE_2,), (LEAVE_1,), "last-owner", OWNED),
    Pair("leave-gone", (LEAVE_1,), (GONE_2,), WON, OWNED),
    Pair("accept-accept", (ACCEPT,), (ACCEPT,), "invitation-gone", TWO),
    Pair("accept-gone", (ACCEPT,), (GONE_2,), WON, TWO),
    Pair("gone-accept", (GONE_2,), (ACCEPT,), "account-unknown", TWO),
    Pair("down-invite", (DOWN_2,), (VOID,), "not-owner", OWNED),
    Pair("renewal-code", (EndGrants("app_1", NOW, "asked"),), (USE,), "grant-revoked", CODE),
]  # fmt: skip


@pytest.mark.parametrize("first_stands", [True, False], ids=["commit", "rollback"])
@pytest.mark.parametrize("pair", PAIRS, ids=str)
async def test_the_second_of_two_commits_judges_what_the_first_left(
    postgresql_url: str, opened: Any, pair: Pair, first_stands: bool
) -> None:
    store = opened(postgresql_url)
    await store.commit(*pair.before)
    ended, waited = interleave(postgresql_url, pair.first, pair.second, first_stands)
    assert (ended, waited) == (pair.then if first_stands else pair.otherwise, True)
    if DELETE in pair.first + pair.second:
        await nothing_is_left_of_a_deleted_account(store)


async def nothing_is_left_of_a_deleted_account(store: Store) -> None:
    """Whatever came in between: no account, or nobody's rows."""
    if await store.read(lambda r: r.find_account("acc_1")) is not None:
        return
    counts = await store.read(lambda r: r.count_rows())
    assert {counts[name] for name in ("session", "consent", "subject", "link")} == {0}
    assert await store.read(lambda r: r.find_space_of("acc_1")) is None
    assert await store.read(lambda r: r.list_grants("acc_1")) == []


async def test_a_code_issued_while_access_ends_is_worth_nothing(
    postgresql_url: str, opened: Any
) -> None:
    """The condition: EndAccess keeps the account's row first, so it sees a grant that just came."""
    store = opened(postgresql_url)
    await store.commit(*ALONE)
    assert interleave(postgresql_url, (ISSUE,), (END,), True) == (WON, True)
    assert await store.read(lambda r: r.list_grants("acc_1")) == []
    assert [each.id for each in await store.read(lambda r: r.list_revocations(NOW))] == ["grt_1"]


async def test_a_code_issued_while_its_account_is_blocked_is_blocked_too(
    postgresql_url: str, opened: Any
) -> None:
    store = opened(postgresql_url)
    await store.commit(*ALONE)
    assert interleave(postgresql_url, (ISSUE,), (BLOCK,), True) == (WON, True)
    ((granted, _),) = await store.read(lambda r: r.list_grants("acc_1"))
    assert granted.blocked


async def test_both_have_read_before_either_commits(store: Store) -> None:
    """Two requests with one code, then two with one refresh token: one of each is answered."""
    await store.commit(*CODE)
    for effects, slug in (((USE, START), "code-used"), ((ROTATE,), "refresh-moved")):
        found = [await store.read(lambda r: r.find_code(digest())) for _ in range(2)]
        assert found[0] == found[1]
        await store.commit(*effects)
        with pytest.raises(Conflict, match=slug):
            await store.commit(*effects)


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: type(ending).__name__)
async def test_a_link_added_while_links_end_ends_too(
    postgresql_url: str, opened: Any, ending: Effect
) -> None:
    store = opened(postgresql_url)
    await store.commit(*foundation())
    assert interleave(postgresql_url, (AddLink(link()),), (ending,), True) == (WON, True)
    found = await store.read(lambda r: r.find_link(digest()))
    assert found is not None
    assert found.used_at == NOW


async def test_two_new_links_at_once_leave_one(postgresql_url: str, opened: Any) -> None:
    """The condition: AddLink keeps the account's row, so the second sees and ends the first."""
    store = opened(postgresql_url)
    await store.commit(*foundation())
    assert interleave(postgresql_url, (AddLink(link(1)),), (AddLink(link(2)),), True) == (WON, True)
    found = [await store.read(lambda r, n=n: r.find_link(digest(n))) for n in (1, 2)]
    assert [one.used_at for one in found if one] == [NOW, None]


async def test_of_two_changes_at_once_one_can_be_undone(postgresql_url: str, opened: Any) -> None:
    """The condition: AddLink keeps the account's row, then asks in its statement for a live undo."""
    store = opened(postgresql_url)
    await store.commit(*foundation())
    first, second = (AddLink(link(n, purpose="undo")) for n in (1, 2))
    assert interleave(postgresql_url, (first,), (second,), True) == (WON, True)
    found = [await store.read(lambda r, n=n: r.find_link(digest(n))) for n in (1, 2)]
    assert found == [first.link, None]


LOOK_AT_GRANT = ("UPDATE user_grant SET used_at = used_at", "SELECT grant_id FROM user_grant")
LOOK = "SELECT blocked FROM account WHERE account_id = :account_id"
KEEP = "UPDATE account SET locale = locale WHERE account_id = :account_id RETURNING blocked"


async def test_without_the_kept_account_a_grant_outlives_it(
    postgresql_url: str, opened: Any
) -> None:
    """KEEP_ACCOUNT taken away: what the pairs `code-delete` and `code-end` hold is lost."""
    store = opened(postgresql_url)
    await store.commit(*ALONE)
    with mutated(Mutation("KEEP_ACCOUNT", KEEP, LOOK)):
        assert interleave(postgresql_url, (ISSUE,), (END,), True) == (WON, False)
        assert len(await store.read(lambda r: r.list_grants("acc_1"))) == 1
        other = IssueCode(code(2), refreshing(2, application=2))
        assert interleave(postgresql_url, (other,), (DELETE,), True) == (WON, False)
    left = await store.read(lambda r: r.list_grants("acc_1"))
    assert [granted.grant_id for granted, _ in left] == ["grt_2"]


async def test_without_the_kept_grant_a_code_is_used_while_its_grant_ends(
    postgresql_url: str, opened: Any
) -> None:
    """KEEP_GRANT_OF_CODE taken away: what the pair `revoke-code-alone` holds is lost."""
    store = opened(postgresql_url)
    await store.commit(*CODE)
    look = KEEP_GRANT_OF_CODE.replace(*LOOK_AT_GRANT)
    with mutated(Mutation("KEEP_GRANT_OF_CODE", KEEP_GRANT_OF_CODE, look)):
        assert interleave(postgresql_url, (REVOKE,), (USE,), True) == (WON, False)


async def test_without_the_taken_account_a_deletion_trips_over_a_newcomer(
    postgresql_url: str, opened: Any
) -> None:
    """TAKE_ACCOUNT without its change of a unique key: the deletion no longer sees who came."""
    store = opened(postgresql_url)
    await store.commit(*ALONE)
    with mutated(Mutation("TAKE_ACCOUNT", "email = account_id", "email = email")):
        ended, _ = interleave(postgresql_url, (SUBJECT,), (DELETE,), True)
    assert ended == "space-in-use"
