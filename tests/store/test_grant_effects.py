"""Each effect on accounts, consents, grants and work does what it says, and conflicts where it says, on every store."""

from dataclasses import replace
from typing import Any

import pytest

from satsuma.domain.accounts import (
    AddLink,
    ChangeEmail,
    ConfirmAccount,
    CreateAccount,
    DeleteAccount,
    MailLink,
    SetBlocked,
    SetLocale,
    SetPassword,
    SetRole,
    UseLink,
)
from satsuma.domain.apis import CreateApi
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    CreateApplication,
    SetApplicationState,
)
from satsuma.domain.audit import Audit
from satsuma.domain.consents import EndAccess, PutConsent, PutSubject, RelyOnConsent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import (
    Grant,
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
    UseGrant,
)
from satsuma.domain.revocations import Revocation, Revoke
from satsuma.domain.sessions import EndSession, EndSessions, SeeSession, StartSession
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import Subscribe
from satsuma.domain.work import Enqueue, FinishWork, TakeWork
from satsuma.store.port import Conflict, Store
from tests.store.conftest import Clock
from tests.store.facts import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    account,
    api,
    application,
    client_id,
    code,
    consent,
    digest,
    foundation,
    grant,
    link,
    peopled,
    refreshing,
    secret,
    session,
    space,
    subscription,
    work,
)
from tests.store.test_effects import changes, head
from tests.store.test_equivalence import everything

ACCOUNT = [("account", "acc_1")]
END_ACCESS = EndAccess("acc_1", "app_1", NOW + HOUR, "asked", NOW + DAY)
FIRST = StartRefreshing("grt_1", NOW + 30 * DAY, NOW + 180 * DAY)


def rotate(expected: int = 1, n: Any = 1, **given: Any) -> RotateRefresh:
    at = NOW + HOUR
    values = {"at": at, "expires_at": at + DAY, "answer": b"sealed", "answer_until": at + MINUTE}
    return RotateRefresh(f"grt_{n}", expected, **{**values, **given})


async def grant_of(store: Store, n: int = 1) -> Grant:
    found = await store.read(lambda reader: reader.find_grant(f"grt_{n}"))
    assert found is not None
    return found


async def link_of(store: Store, n: int = 1) -> MailLink:
    found = await store.read(lambda reader: reader.find_link(digest(n)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("effect", "announced"),
    [
        (SetPassword("acc_1", "$argon2id$"), ACCOUNT),
        (ConfirmAccount("acc_1", NOW), ACCOUNT),
        (ChangeEmail("acc_1", "new@example.org", account().email), ACCOUNT),
        (SetRole("acc_1", "operator"), ACCOUNT),
        (SetLocale("acc_1", "en"), ACCOUNT),
        (StartSession(session(2)), []),
        (SeeSession(digest(1), NOW + DAY), []),
        (EndSession(digest(1)), [("session", "sid_1")]),
        (EndSession(digest(7)), []),
        (EndSessions("acc_1"), [("session", "sid_1")]),
        (EndSessions("acc_1", keep=digest(1)), []),
        (PutSubject("acc_1", "app_2", "sub_1_2", NOW), []),
        (PutConsent(consent(scope="email")), []),
        (END_ACCESS, [("grants", "grt_1"), ("revoked:grant", "grt_1")]),
        (EndAccess("acc_1", "app_2", NOW, "asked", NOW + DAY), []),
        (SetBlocked("acc_1", True), [("blocked", "acc_1")]),
        (IssueCode(code(2), grant(2)), []),
        (UseCode(digest(1), NOW), []),
        (FIRST, []),
        (UseGrant("grt_1", 0, NOW, NOW), []),
        (rotate(expected=0), []),
        (RevokeGrant("grt_1", NOW, "asked"), [("grants", "grt_1")]),
        (RevokeGrant("grt_7", NOW, "asked"), []),
        (AddLink(link(2)), []),
        (UseLink(digest(1), NOW), []),
        (Enqueue(work(2)), []),
        (TakeWork("wrk_1", NOW, NOW + MINUTE), []),
        (FinishWork("wrk_1"), []),
        (FinishWork("wrk_7"), []),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_effect_announces_what_it_changes_and_nothing_else(
    store: Store, effect: Effect, announced: list[tuple[str, str]]
) -> None:
    await store.commit(*peopled(), CreateApplication(application(2)))
    before = await head(store)
    await store.commit(effect)
    assert await changes(store, before) == announced


CONFLICTS: list[tuple[Effect, str]] = [
    (SetPassword("acc_7", "x"), "account-unknown"),
    (ConfirmAccount("acc_7", NOW), "account-unknown"),
    (ChangeEmail("acc_7", "new@example.org", "x"), "account-unknown"),
    (ChangeEmail("acc_1", "person2@example.org", account().email), "account-exists"),
    (ChangeEmail("acc_1", "new@example.org", "x"), "email-moved"),
    (SetRole("acc_2", "user"), "account-confirmed"),
    (SetRole("acc_7", "user"), "account-confirmed"),
    (SetLocale("acc_7", "en"), "account-unknown"),
    (SetBlocked("acc_7", True), "account-unknown"),
    (EndAccess("acc_7", "app_1", NOW, "asked", NOW), "account-unknown"),
    (DeleteAccount("acc_7", NOW, NOW + 2 * DAY), "account-unknown"),
    (DeleteAccount("acc_1", NOW, NOW + 2 * DAY), "space-in-use"),
    (DeleteAccount("acc_2", NOW, NOW, only_unconfirmed=True), "account-confirmed"),
    (StartSession(session(2, account=7)), "account-unknown"),
    (StartSession(session(1, sid="other")), "session-exists"),
    (StartSession(session(2, sid="sid_1")), "session-exists"),
    (PutSubject("acc_1", "app_1", "other", NOW), "subject-exists"),
    (PutSubject("acc_2", "app_1", "sub_1_1", NOW), "subject-exists"),
    (PutSubject("acc_7", "app_1", "other", NOW), "account-unknown"),
    (PutSubject("acc_1", "app_7", "other", NOW), "application-unknown"),
    (PutConsent(consent(account=7)), "account-unknown"),
    (RelyOnConsent("acc_7", "app_1", "standard", "openid"), "account-unknown"),
    (RelyOnConsent("acc_1", "app_2", "standard", "openid"), "consent-moved"),
    (RelyOnConsent("acc_1", "app_2", "standard", ""), "consent-moved"),
    (PutConsent(consent(application=7)), "application-unknown"),
    (IssueCode(code(2), grant(2, account=7)), "account-unknown"),
    (IssueCode(code(1, grant=2), grant(2)), "code-exists"),
    (IssueCode(code(2, grant=1), grant(1)), "code-exists"),
    (UseCode(digest(7), NOW), "code-used"),
    (StartRefreshing("grt_7", NOW, NOW), "refresh-moved"),
    (UseGrant("grt_1", 1, NOW, NOW), "refresh-moved"),
    (UseGrant("grt_7", 0, NOW, NOW), "refresh-moved"),
    (rotate(expected=1), "refresh-moved"),
    (rotate(n=7), "refresh-moved"),
    (AddLink(link(2, account=7)), "account-unknown"),
    (AddLink(link(1, purpose="confirm")), "link-exists"),
    (UseLink(digest(7), NOW), "link-used"),
    (UseLink(digest(1), NOW + HOUR), "link-used"),
    (Enqueue(work(1)), "work-exists"),
    (TakeWork("wrk_7", NOW, NOW), "work-taken"),
    (TakeWork("wrk_1", NOW - SECOND, NOW), "work-taken"),
]


async def test_an_effect_whose_condition_fails_conflicts_and_nothing_of_the_commit_stands(
    store: Store,
) -> None:
    """Nothing stands, so one store serves for all."""
    await store.commit(*peopled(), CreateAccount(account(2, confirmed_at=NOW)))
    before = await store.read(everything)
    companions = (Revoke("grant", "g", NOW + DAY), Audit(NOW, "acc_1", "tried", "x"))
    for effect, slug in CONFLICTS:
        with pytest.raises(Conflict) as conflict:
            await store.commit(*companions, effect)
        assert (conflict.value.slug, effect) == (slug, effect)
        assert await store.read(everything) == before


async def test_an_account_changes(store: Store) -> None:
    await store.commit(CreateAccount(account(1)), CreateAccount(account(2)))
    await store.commit(
        SetPassword("acc_1", "$argon2id$"),
        ConfirmAccount("acc_1", NOW + HOUR),
        SetLocale("acc_1", "en"),
        ChangeEmail("acc_1", "new@example.org", account().email),
    )
    expected = account(
        email="new@example.org", locale="en", password_hash="$argon2id$", confirmed_at=NOW + HOUR
    )
    assert await store.read(lambda r: r.find_account("acc_1")) == expected
    assert await store.read(lambda r: r.find_account_by_email("new@example.org")) == expected
    await store.commit(
        ChangeEmail("acc_1", "new@example.org", "new@example.org"),
        ChangeEmail("acc_2", account().email, account(2).email),
    )
    found = await store.read(lambda r: r.find_account_by_email(account().email))
    assert found is not None
    assert found.account_id == "acc_2"


async def test_a_session_is_seen_later_never_earlier(store: Store) -> None:
    await store.commit(*peopled(), SeeSession(digest(7), NOW))
    await store.commit(SeeSession(digest(1), NOW + HOUR))
    await store.commit(SeeSession(digest(1), NOW))
    found = await store.read(lambda r: r.find_session(digest(1)))
    assert found == session(seen_at=NOW + HOUR)


async def test_every_session_ends_but_the_kept_one(store: Store) -> None:
    await store.commit(*peopled(), CreateAccount(account(2)), StartSession(session(4, account=2)))
    await store.commit(*(StartSession(session(n)) for n in (2, 3)))
    before = await head(store)
    await store.commit(EndSessions("acc_1", keep=digest(2)))
    assert await changes(store, before) == [("session", "sid_1"), ("session", "sid_3")]
    assert await store.read(lambda r: r.list_sessions("acc_1")) == [session(2)]
    assert await store.read(lambda r: r.list_sessions("acc_2")) == [session(4, account=2)]


async def test_consents_add_up_until_they_are_removed(store: Store) -> None:
    await store.commit(*foundation(), PutConsent(consent(scope="openid poi:read")))
    await store.commit(PutConsent(consent(scope="email openid", at=NOW + HOUR)))
    await store.commit(PutConsent(consent(scope="", at=NOW)))
    await store.commit(PutConsent(consent(issuer="other", scope="phone phone")))
    expected = [
        consent(issuer="other", scope="phone"),
        consent(scope="openid poi:read email", at=NOW + HOUR),
    ]
    assert await store.read(lambda r: r.list_consents("acc_1")) == expected
    await store.commit(EndAccess("acc_1", "app_1", NOW, "asked", NOW))
    assert await store.read(lambda r: r.list_consents("acc_1")) == []


async def test_a_remembered_consent_is_relied_on_as_far_as_it_goes(store: Store) -> None:
    await store.commit(*foundation(), PutConsent(consent(scope="openid poi:read")))
    for asked in ("openid", "poi:read openid", ""):
        await store.commit(RelyOnConsent("acc_1", "app_1", "standard", asked))
    for issuer, asked in (("standard", "openid email"), ("other", "openid")):
        with pytest.raises(Conflict, match="consent-moved"):
            await store.commit(RelyOnConsent("acc_1", "app_1", issuer, asked))
    await store.commit(EndAccess("acc_1", "app_1", NOW, "asked", NOW))
    with pytest.raises(Conflict, match="consent-moved"):
        await store.commit(RelyOnConsent("acc_1", "app_1", "standard", "openid"))


async def test_the_end_of_access_ends_every_grant_of_the_pair_and_its_tokens(store: Store) -> None:
    """Whether whoever asked for it knew of the grant or not."""
    await store.commit(*peopled(), CreateApplication(application(2)), CreateAccount(account(2)))
    await store.commit(
        IssueCode(code(2), refreshing(2)),
        IssueCode(code(3), grant(3, application=2)),
        IssueCode(code(4), grant(4, account=2)),
        IssueCode(code(5), grant(5, revoked_at=NOW, revoked_because="before")),
    )
    await store.commit(END_ACCESS)
    ended = [await grant_of(store, n) for n in range(1, 6)]
    assert [each.revoked_because for each in ended] == ["asked", "asked", None, None, "before"]
    revoked = await store.read(lambda r: r.list_revocations(NOW))
    assert revoked == [Revocation("grant", f"grt_{n}", NOW + DAY) for n in (1, 2)]
    await store.commit(Revoke("grant", "grt_3", NOW + 3 * DAY))
    await store.commit(EndAccess("acc_1", "app_2", NOW, "asked", NOW + DAY))
    assert Revocation("grant", "grt_3", NOW + 3 * DAY) in await store.read(
        lambda r: r.list_revocations(NOW)
    )


async def test_a_blocked_account_gets_nothing_new_until_it_is_unblocked(store: Store) -> None:
    await store.commit(*peopled(), CreateAccount(account(2)))
    await store.commit(PutSubject("acc_2", "app_1", "sub_2_1", NOW))
    await store.commit(IssueCode(code(2), refreshing(2)))
    await store.commit(SetBlocked("acc_1", True))
    assert (await grant_of(store, 2)).blocked
    assert await store.read(lambda r: r.list_blocked_subjects()) == {"sub_1_1"}
    refused: list[tuple[Effect, str]] = [
        (StartSession(session(2)), "account-blocked"),
        (IssueCode(code(3), grant(3)), "account-blocked"),
        (UseCode(digest(1), NOW), "grant-revoked"),
        (FIRST, "refresh-moved"),
        (rotate(n=2), "refresh-moved"),
        (UseGrant("grt_2", 1, NOW, NOW), "refresh-moved"),
    ]
    for effect, slug in refused:
        with pytest.raises(Conflict, match=slug):
            await store.commit(effect)
    await store.commit(StartSession(session(4, account=2)), SetBlocked("acc_1", False))
    assert await store.read(lambda r: r.list_blocked_subjects()) == frozenset()
    await store.commit(*(effect for effect, _ in refused[:5]))


async def test_accounts_are_listed_by_id(store: Store) -> None:
    await store.commit(*(CreateAccount(account(n)) for n in (2, 3, 1)))
    assert await store.read(lambda r: r.list_accounts("", 2)) == [account(1), account(2)]
    assert await store.read(lambda r: r.list_accounts("acc_2", 9)) == [account(3)]


async def test_a_code_is_used_once_and_stays_with_its_grant(store: Store) -> None:
    await store.commit(*peopled())
    await store.commit(UseCode(digest(1), NOW + SECOND))
    with pytest.raises(Conflict, match="code-used"):
        await store.commit(UseCode(digest(1), NOW + 2 * SECOND))
    found = await store.read(lambda r: r.find_code(digest(1)))
    assert found == (code(used_at=NOW + SECOND), grant())


async def test_a_code_of_a_revoked_grant_is_not_used(store: Store) -> None:
    await store.commit(*peopled(), RevokeGrant("grt_1", NOW, "asked"))
    with pytest.raises(Conflict, match="grant-revoked"):
        await store.commit(UseCode(digest(1), NOW))
    await store.commit(IssueCode(code(2, used_at=NOW), grant(2)), RevokeGrant("grt_2", NOW, "x"))
    with pytest.raises(Conflict, match="code-used"):
        await store.commit(UseCode(digest(2), NOW))


async def test_a_grant_is_refreshed_through_its_generations(store: Store) -> None:
    await store.commit(*peopled())
    await store.commit(UseCode(digest(1), NOW), FIRST)
    assert await grant_of(store) == refreshing()
    with pytest.raises(Conflict, match="refresh-moved"):
        await store.commit(FIRST)
    await store.commit(UseGrant("grt_1", 1, NOW + MINUTE, NOW + 31 * DAY))
    assert await grant_of(store) == refreshing(used_at=NOW + MINUTE, expires_at=NOW + 31 * DAY)
    await store.commit(rotate())
    expected = refreshing(
        generation=2,
        used_at=NOW + HOUR,
        expires_at=NOW + HOUR + DAY,
        answer=b"sealed",
        answer_until=NOW + HOUR + MINUTE,
    )
    assert await grant_of(store) == expected
    for stale in (rotate(), UseGrant("grt_1", 1, NOW, NOW)):
        with pytest.raises(Conflict, match="refresh-moved"):
            await store.commit(stale)
    await store.commit(rotate(2, answer=b"next"))
    assert await grant_of(store) == replace(expected, generation=3, answer=b"next")


async def test_a_revoked_grant_drops_its_answer_keeps_its_first_cause_and_never_refreshes(
    store: Store,
) -> None:
    await store.commit(*peopled()[:3], IssueCode(code(), refreshing(answer=b"sealed")))
    await store.commit(RevokeGrant("grt_1", NOW + HOUR, "first"))
    before = await head(store)
    await store.commit(RevokeGrant("grt_1", NOW + DAY, "second"))
    assert await changes(store, before) == []
    expected = refreshing(revoked_at=NOW + HOUR, revoked_because="first")
    assert await grant_of(store) == expected
    for late in (rotate(), UseGrant("grt_1", 1, NOW, NOW), FIRST):
        with pytest.raises(Conflict, match="refresh-moved"):
            await store.commit(late)
    await store.commit(IssueCode(code(2), grant(2)), RevokeGrant("grt_2", NOW, "unused"))
    with pytest.raises(Conflict, match="refresh-moved"):
        await store.commit(StartRefreshing("grt_2", NOW, NOW))


async def test_a_new_link_ends_the_earlier_ones_of_its_purpose_and_account(
    store: Store, clock: Clock
) -> None:
    others = (AddLink(link(2, purpose="confirm")), AddLink(link(3, account=2)))
    old = AddLink(link(4, expires_at=NOW - HOUR))
    await store.commit(*foundation(), CreateAccount(account(2)), *others, old, AddLink(link(1)))
    clock.now = NOW + MINUTE
    await store.commit(AddLink(link(5)))
    assert await link_of(store, 1) == link(1, used_at=NOW + MINUTE)
    assert await link_of(store, 2) == link(2, purpose="confirm")
    assert await link_of(store, 3) == link(3, account=2)
    assert await link_of(store, 4) == link(4, expires_at=NOW - HOUR)
    assert await link_of(store, 5) == link(5)
    with pytest.raises(Conflict, match="link-used"):
        await store.commit(UseLink(digest(1), NOW + MINUTE))


async def test_a_link_is_used_once_and_within_its_time(store: Store) -> None:
    await store.commit(*peopled())
    await store.commit(UseLink(digest(1), NOW + HOUR - SECOND))
    with pytest.raises(Conflict, match="link-used"):
        await store.commit(UseLink(digest(1), NOW))
    await store.commit(AddLink(link(2)))
    assert await link_of(store) == link(used_at=NOW + HOUR - SECOND)


async def test_work_is_taken_again_when_whoever_took_it_is_late(store: Store) -> None:
    await store.commit(Enqueue(work()), TakeWork("wrk_1", NOW, NOW + MINUTE))
    with pytest.raises(Conflict, match="work-taken"):
        await store.commit(TakeWork("wrk_1", NOW + MINUTE - SECOND, NOW + HOUR))
    await store.commit(TakeWork("wrk_1", NOW + MINUTE, NOW + HOUR))
    expected = [work(due_at=NOW + HOUR, attempts=2)]
    assert await store.read(lambda r: r.due_work("mail", NOW + HOUR, 9)) == expected
    await store.commit(FinishWork("wrk_1"), FinishWork("wrk_1"))
    assert await store.read(lambda r: r.count_work()) == 0


async def test_a_deleted_account_leaves_tombs_and_revoked_grants(store: Store) -> None:
    await store.commit(*peopled(), CreateAccount(account(2)))
    await store.commit(
        PutSubject("acc_2", "app_1", "sub_2_1", NOW),
        PutConsent(consent(2)),
        StartSession(session(2, account=2)),
        AddLink(link(2, account=2)),
        IssueCode(code(2), refreshing(2, account=2, answer=b"sealed")),
        IssueCode(code(3), grant(3, account=2, revoked_at=NOW, revoked_because="asked")),
    )
    before, counted = await head(store), await store.read(lambda r: r.count_rows())
    await store.commit(DeleteAccount("acc_2", NOW + DAY, NOW + 2 * DAY))
    ends = [("grants", "grt_2"), ("revoked:grant", "grt_2"), ("account", "acc_2")]
    assert await changes(store, before) == ends
    after = await store.read(lambda r: r.count_rows())
    gone = {table: counted[table] - after[table] for table in counted}
    assert {table: count for table, count in gone.items() if count > 0} == dict.fromkeys(
        ("account", "session", "consent", "subject", "link"), 1
    )
    assert gone["tomb"] == -2
    ended = refreshing(2, account=2, revoked_at=NOW + DAY, revoked_because="account-deleted")
    assert await grant_of(store, 2) == ended
    assert (await grant_of(store, 3)).revoked_because == "asked"
    with pytest.raises(Conflict, match="grant-revoked"):
        await store.commit(UseCode(digest(2), NOW + DAY))
    assert await store.read(lambda r: r.find_account_of_subject("sub_2_1")) is None
    assert await store.read(lambda r: r.find_account_by_email(account(2).email)) is None


async def test_an_account_goes_with_its_space_and_what_was_revoked_there(store: Store) -> None:
    """Other people's subjects at a removed application become tombs too."""
    await store.commit(*peopled(), CreateAccount(account(2)), AddSecret(secret()))
    await store.commit(CreateApi(api()), Subscribe(subscription()), PutConsent(consent(2)))
    await store.commit(PutSubject("acc_2", "app_1", "sub_2_1", NOW))
    await store.commit(SetApplicationState("app_1", "revoked", "active"))
    await store.commit(IssueCode(code(2), grant(2, account=2)))
    before = await head(store)
    await store.commit(DeleteAccount("acc_1", NOW, NOW + 2 * DAY))
    expected = [("client", client_id()), ("grants", "grt_1"), ("revoked:grant", "grt_1")]
    assert await changes(store, before) == [*expected, ("account", "acc_1")]
    counts = await store.read(lambda r: r.count_rows())
    left = {table for table, count in counts.items() if count}
    assert left == {
        "account", "api", "code", "user_grant", "work", "revocation", "tomb", "feed", "meta"
    }  # fmt: skip
    assert counts["tomb"] == len({"acc_1", "spc_1", "app_1", client_id(), "sub_1_1", "sub_2_1"})
    assert await store.read(lambda r: r.find_client(client_id())) is None
    assert await store.read(lambda r: r.list_grants("acc_2")) == []
    with pytest.raises(Conflict, match="generation-moved"):
        await store.commit(BumpGeneration("app_1", 1))


async def test_the_ids_and_subjects_of_a_deleted_account_are_never_given_again(
    store: Store,
) -> None:
    await store.commit(*peopled(), SetApplicationState("app_1", "revoked", "active"))
    await store.commit(DeleteAccount("acc_1", NOW, NOW + 2 * DAY))
    await store.prune(NOW + 5000 * DAY, 1000)
    taken: list[tuple[Effect, str]] = [
        (CreateAccount(account(1)), "account-exists"),
        (CreateSpace(space(1, owner_id="acc_2")), "space-exists"),
        (CreateApplication(application(1, 2)), "application-exists"),
        (CreateApplication(application(3, 2, client_id=client_id(1))), "application-exists"),
        (PutSubject("acc_2", "app_2", "sub_1_1", NOW), "subject-exists"),
    ]
    await store.commit(CreateAccount(account(2, email=account(1).email)))
    for effect, slug in taken[:2]:
        with pytest.raises(Conflict, match=slug):
            await store.commit(effect)
    await store.commit(CreateSpace(space(2)), CreateApplication(application(2, 2)))
    for effect, slug in taken[2:]:
        with pytest.raises(Conflict, match=slug):
            await store.commit(effect)
    await store.commit(PutSubject("acc_2", "app_2", "another", NOW))


async def test_a_deletion_that_conflicts_gives_everything_back(store: Store) -> None:
    await store.commit(*peopled())
    with pytest.raises(Conflict, match="space-in-use"):
        await store.commit(DeleteAccount("acc_1", NOW, NOW + 2 * DAY))
    assert await store.read(lambda r: r.find_account("acc_1")) == account()
    assert await store.read(lambda r: r.find_account_by_email(account().email)) == account()
    assert await store.read(lambda r: r.find_account_of_subject("sub_1_1")) == "acc_1"
    assert await store.read(lambda r: r.find_session(digest(1))) == session()
    await store.commit(UseCode(digest(1), NOW), FIRST)
