"""Each effect does what it says, and conflicts where it says, on every store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.apis import CreateApi, PutApiDocument, ReplaceApi, ScopeRule, SetLifeCycle
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    ChangeApplication,
    Client,
    ClientSecret,
    CreateApplication,
    ExpireSecrets,
    NoteSecretUse,
    SetApplicationState,
)
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey, CountKeyUses, Key, SetKeyLife
from satsuma.domain.limits import MONTH, Limits
from satsuma.domain.meta import SetMeta
from satsuma.domain.plans import ChangePlan, CreatePlan
from satsuma.domain.request_log import LogRequests
from satsuma.domain.revocations import Change, Revocation, Revoke
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import ChangeSubscription, Subscribe
from satsuma.domain.usage import CountCalls
from satsuma.domain.work import Lease
from satsuma.store.port import Conflict, Store
from tests.store.facts import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    account,
    api,
    api_document,
    application,
    client_id,
    foundation,
    furnished,
    key,
    logged,
    plan,
    secret,
    space,
    subscription,
)


async def client(store: Store, n: int = 1) -> Client:
    found = await store.read(lambda reader: reader.find_client(client_id(n)))
    assert found is not None
    return found


async def secrets(store: Store) -> tuple[ClientSecret, ...]:
    return (await client(store)).secrets


async def only_key(store: Store) -> Key:
    (found,) = await store.read(lambda reader: reader.list_keys())
    return found


async def changes(store: Store, after: int) -> list[tuple[str, str]]:
    feed = await store.read(lambda reader: reader.feed_since(after, 100))
    return [(change.kind, change.id) for change in feed]


async def head(store: Store) -> int:
    return await store.read(lambda reader: reader.feed_head())


CLIENT = [("client", client_id())]


@pytest.mark.parametrize(
    ("effect", "announced"),
    [
        (CreateAccount(account(2)), []),
        (CreateApplication(application(2)), [("client", client_id(2))]),
        (SetApplicationState("app_1", "blocked", "active"), CLIENT),
        (ChangeApplication(application(1, web_origins=()), application(1)), CLIENT),
        (BumpGeneration("app_1", 1), CLIENT),
        (AddSecret(secret(2)), CLIENT),
        (ExpireSecrets("app_1", NOW, NOW), CLIENT),
        (NoteSecretUse("sec_1", NOW, "192.0.2.1"), []),
        (CreateApi(api(2)), [("apis", "api_2")]),
        (ReplaceApi(api(1, title="New"), api(1)), [("apis", "api_1")]),
        (SetLifeCycle("api_1", "retired"), [("apis", "api_1")]),
        (PutApiDocument(api_document()), []),
        (ChangeSubscription(subscription(state="revoked"), subscription()), CLIENT),
        (CreatePlan(plan(2)), [("plans", "pln_2")]),
        (ChangePlan(plan(1, title="New"), plan(1)), [("plans", "pln_1")]),
        (CountCalls("app_1", "api_1", NOW, NOW, 5), []),
        (AddKey(key(2)), [("keys", "key_2")]),
        (SetKeyLife("key_1", None, NOW, NOW), [("keys", "key_1")]),
        (CountKeyUses("key_1", 5), []),
        (Revoke("token", "jti", NOW), [("revoked:token", "jti")]),
        (Revoke("client", f"{client_id()}.1", NOW), [("revoked:client", f"{client_id()}.1")]),
        (Audit(NOW, "acc_1", "login", "acc_1"), []),
        (LogRequests((logged(),)), []),
        (Lease("seal", "node-1", NOW, NOW + HOUR), []),
        (SetMeta("kind", None, "demo"), []),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_effect_announces_what_it_changes_and_nothing_else(
    store: Store, effect: Effect, announced: list[tuple[str, str]]
) -> None:
    await store.commit(*furnished(), CreatePlan(plan()))
    before = await head(store)
    await store.commit(effect)
    assert await changes(store, before) == announced


@pytest.mark.parametrize(
    ("effect", "slug"),
    [
        (CreateAccount(account(2, email=account().email)), "account-exists"),
        (CreateAccount(account(1, email="other@example.org")), "account-exists"),
        (CreateSpace(space(2, owner_id="acc_1")), "space-exists"),
        (CreateSpace(space(7)), "account-unknown"),
        (CreateApplication(application(2, name=application().name)), "application-exists"),
        (CreateApplication(application(1, name="Other")), "application-exists"),
        (CreateApplication(application(2, client_id=client_id(1))), "application-exists"),
        (CreateApplication(application(2, space=7)), "space-unknown"),
        (SetApplicationState("app_7", "active", "active"), "application-unknown"),
        (SetApplicationState("app_1", "active", "blocked"), "state-moved"),
        (ChangeApplication(application(7), application(7)), "application-unknown"),
        (
            ChangeApplication(application(1, name="New"), application(1, web_origins=())),
            "application-changed",
        ),
        (BumpGeneration("app_1", 2), "generation-moved"),
        (BumpGeneration("app_7", 1), "generation-moved"),
        (AddSecret(secret(1)), "secret-exists"),
        (AddSecret(secret(2, application=7)), "application-unknown"),
        (ExpireSecrets("app_7", NOW, NOW), "application-unknown"),
        (CreateApi(api(1, name="other", resource_id="other")), "api-exists"),
        (CreateApi(api(2, name=api().name)), "api-exists"),
        (CreateApi(api(2, resource_id="res_1")), "api-exists"),
        (ReplaceApi(api(7), api(7)), "api-unknown"),
        (ReplaceApi(api(1, title="New"), api(1, life_cycle="retired")), "api-changed"),
        (ReplaceApi(api(1, title="New"), api(7)), "api-changed"),
        (SetLifeCycle("api_7", "live"), "api-unknown"),
        (PutApiDocument(api_document(7)), "api-unknown"),
        (Subscribe(subscription()), "subscribed"),
        (Subscribe(subscription(application=7)), "application-unknown"),
        (Subscribe(subscription(api=7)), "api-unknown"),
        (Subscribe(subscription(plan_id="pln_7")), "plan-unknown"),
        (
            ChangeSubscription(subscription(api=7), subscription(api=7)),
            "subscription-unknown",
        ),
        (
            ChangeSubscription(subscription(state="revoked"), subscription(state="pending")),
            "subscription-changed",
        ),
        (ChangeSubscription(subscription(plan_id="pln_7"), subscription()), "plan-unknown"),
        (CreatePlan(plan(2, name=plan().name)), "plan-exists"),
        (CreatePlan(plan(1, name="other")), "plan-exists"),
        (ChangePlan(plan(7), plan(7)), "plan-unknown"),
        (ChangePlan(plan(1, title="New"), plan(1, needs_approval=False)), "plan-changed"),
        (AddKey(key()), "key-exists"),
        (SetKeyLife("key_1", NOW, None, None), "key-moved"),
        (SetKeyLife("key_7", None, None, None), "key-moved"),
        (SealAudit(((7, b"mac"),)), "already-sealed"),
        (SetMeta("kind", "test", "demo"), "meta-moved"),
        (SetMeta("feed_floor", None, "9"), "meta-moved"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
async def test_an_effect_whose_condition_fails_conflicts_and_nothing_of_the_commit_stands(
    store: Store, effect: Effect, slug: str
) -> None:
    await store.commit(*furnished(), CreatePlan(plan()))
    before = await store.read(lambda reader: (reader.count_rows(), reader.find_account("acc_9")))
    companions: Sequence[Effect] = (
        CreateAccount(account(9)),
        Revoke("grant", "g", NOW + DAY),
        Audit(NOW, "acc_1", "tried", "x"),
    )
    with pytest.raises(Conflict) as conflict:
        await store.commit(*companions, effect)
    assert conflict.value.slug == slug
    after = await store.read(lambda reader: (reader.count_rows(), reader.find_account("acc_9")))
    assert after == before


async def test_a_replaced_api_may_not_take_another_apis_place(store: Store) -> None:
    await store.commit(CreateApi(api(1)), CreateApi(api(2)))
    for changed in (api(2, name="shops-1"), api(2, resource_id="res_1")):
        with pytest.raises(Conflict, match="api-exists"):
            await store.commit(ReplaceApi(changed, api(2)))
    await store.commit(ReplaceApi(api(2, title="New", version=2, issuers=()), api(2)))
    apis = await store.read(lambda reader: reader.list_apis())
    assert apis == [api(1), api(2, title="New", version=2, issuers=())]


@pytest.mark.parametrize(
    "moved",
    [
        {"name": "other"},
        {"version": 2},
        {"title": "Points d’interet"},
        {"life_cycle": "deprecated"},
        {"issuers": ("standard", "orange-m2m")},
        {"upstream": "http://127.0.0.1:9001/poi"},
        {"scopes": (ScopeRule("poi:read", ("GET", "HEAD"), "/shops"),)},
        {"resource_id": "res_3"},
        {"resource_secret_digest": b"\x81digest"},
        {"created_at": NOW + SECOND},
        {"policy": replace(api().policy, body_required=False)},
        {"limits": replace(api().limits, quotas=())},
        {"timeout": 13},
        {"forward_authorization": False},
        {"scope_texts": ()},
    ],
    ids=lambda moved: next(iter(moved)),
)
async def test_an_api_is_replaced_only_where_all_of_it_is_as_it_was_read(
    store: Store, moved: dict[str, Any]
) -> None:
    await store.commit(CreateApi(api(1)))
    await store.commit(ReplaceApi(api(1, **moved), api(1)))
    with pytest.raises(Conflict, match="api-changed"):
        await store.commit(ReplaceApi(api(1), api(1)))
    await store.commit(ReplaceApi(api(1), api(1, **moved)))
    assert await store.read(lambda reader: reader.list_apis()) == [api(1)]


@pytest.mark.parametrize(
    "moved",
    [
        {"name": "other"},
        {"title": "New"},
        {"limits": Limits(5, ((600, 60),), 3)},
        {"limits": Limits(5, ((600, 60), (2501, MONTH)), 3)},
        {"needs_approval": False},
    ],
    ids=str,
)
async def test_a_plan_is_changed_only_where_all_of_it_is_as_it_was_read(
    store: Store, moved: dict[str, Any]
) -> None:
    await store.commit(CreatePlan(plan(1)))
    await store.commit(ChangePlan(plan(1, **moved), plan(1)))
    with pytest.raises(Conflict, match="plan-changed"):
        await store.commit(ChangePlan(plan(1), plan(1)))
    await store.commit(ChangePlan(plan(1), plan(1, **moved)))
    assert await store.read(lambda reader: reader.list_plans()) == [plan(1)]


async def test_a_changed_plan_may_not_take_another_plans_name(store: Store) -> None:
    await store.commit(CreatePlan(plan(1)), CreatePlan(plan(2)))
    with pytest.raises(Conflict, match="plan-exists"):
        await store.commit(ChangePlan(plan(2, name="plan-1"), plan(2)))


async def test_calls_add_up_by_hours_and_by_days(store: Store) -> None:
    day = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    hours = [day + 12 * HOUR, day + 13 * HOUR, day + 25 * HOUR]
    for calls, hour in enumerate(hours, start=1):
        await store.commit(
            CountCalls("app_1", "api_1", hour, day + (hour - day) // DAY * DAY, calls),
            CountCalls("app_1", "api_2", hour, day + (hour - day) // DAY * DAY, 100),
        )

    async def since(at: datetime, by_days: bool) -> int:
        return await store.read(lambda r: r.sum_calls("app_1", "api_1", at, by_days=by_days))

    assert [await since(hour, False) for hour in hours] == [6, 5, 3]
    assert [await since(at, True) for at in (day, day + SECOND, day + DAY)] == [6, 3, 3]
    assert await store.read(lambda r: r.sum_calls("app_2", "api_1", day, by_days=True)) == 0


async def test_what_waits_is_listed_oldest_first(store: Store) -> None:
    await store.commit(*foundation(1), *foundation(2), CreateApi(api(1)), CreateApi(api(2)))
    waiting = [
        subscription(2, 1, state="pending", created_at=NOW - HOUR),
        subscription(1, 1, state="pending"),
        subscription(1, 2, state="pending"),
    ]
    await store.commit(*map(Subscribe, waiting[::-1]), Subscribe(subscription(2, 2)))
    assert await store.read(lambda reader: reader.list_waiting(9)) == waiting
    assert await store.read(lambda reader: reader.list_waiting(2)) == waiting[:2]


async def test_states_move(store: Store) -> None:
    await store.commit(*furnished())
    await store.commit(
        SetApplicationState("app_1", "revoked", "active"),
        ChangeSubscription(subscription(state="pending", reason="Why"), subscription()),
        SetLifeCycle("api_1", "deprecated"),
        BumpGeneration("app_1", 1),
    )
    found = await client(store)
    assert found.application == application(state="revoked", generation=2)
    assert found.subscriptions == (subscription(state="pending", reason="Why"),)
    assert await store.read(lambda reader: reader.list_apis()) == [api(life_cycle="deprecated")]


async def test_a_third_secret_waits_until_one_of_two_has_ended(store: Store) -> None:
    await store.commit(
        *foundation(), AddSecret(secret(1)), AddSecret(secret(2, expires_at=NOW + HOUR))
    )
    with pytest.raises(Conflict, match="two-live-secrets"):
        await store.commit(AddSecret(secret(3, created_at=NOW + HOUR - SECOND)))
    await store.commit(AddSecret(secret(4, created_at=NOW + HOUR)))
    assert [s.secret_id for s in await secrets(store)] == ["sec_1", "sec_2", "sec_4"]


async def test_another_applications_secrets_do_not_count(store: Store) -> None:
    await store.commit(*foundation(1), *foundation(2))
    await store.commit(*(AddSecret(secret(n, application=1 + n % 2)) for n in range(4)))
    assert len(await secrets(store)) == 2


async def test_a_secret_ends_never_later_than_it_would_and_loses_its_ciphertext(
    store: Store,
) -> None:
    await store.commit(*foundation(), AddSecret(secret()))
    await store.commit(ExpireSecrets("app_1", NOW + DAY, NOW))
    assert await secrets(store) == (secret(expires_at=NOW + DAY),)
    await store.commit(ExpireSecrets("app_1", NOW + 2 * DAY, NOW))
    assert await secrets(store) == (secret(expires_at=NOW + DAY),)
    await store.commit(ExpireSecrets("app_1", NOW + HOUR, NOW))
    assert await secrets(store) == (secret(expires_at=NOW + HOUR),)
    await store.commit(ExpireSecrets("app_1", NOW + DAY, NOW + HOUR))
    assert await secrets(store) == (secret(expires_at=NOW + HOUR, ciphertext=None),)


async def test_the_last_use_of_a_secret_never_moves_backwards(store: Store) -> None:
    await store.commit(*foundation(), AddSecret(secret()))
    await store.commit(NoteSecretUse("sec_1", NOW, "a"), NoteSecretUse("sec_7", NOW, "unknown"))
    await store.commit(NoteSecretUse("sec_1", NOW - SECOND, "earlier"))
    assert await secrets(store) == (secret(last_used_at=NOW, last_used_from="a"),)
    await store.commit(NoteSecretUse("sec_1", NOW + SECOND, "b"))
    assert await secrets(store) == (secret(last_used_at=NOW + SECOND, last_used_from="b"),)


async def test_a_key_lives_through_its_effects(store: Store) -> None:
    await store.commit(AddKey(key()), CountKeyUses("key_1", 2), CountKeyUses("key_7", 2))
    await store.commit(SetKeyLife("key_1", None, NOW + DAY, None), CountKeyUses("key_1", 40))
    await store.commit(SetKeyLife("key_1", NOW + DAY, NOW, NOW + HOUR))
    expected = replace(key(), retires_at=NOW, gone_at=NOW + HOUR, uses=42)
    assert await only_key(store) == expected


async def test_of_two_revocations_the_later_until_stands_and_only_it_is_announced(
    store: Store,
) -> None:
    await store.commit(Revoke("token", "jti", NOW + HOUR))
    await store.commit(Revoke("token", "jti", NOW))
    await store.commit(Revoke("token", "jti", NOW + DAY))
    await store.commit(Revoke("token", "jti", NOW + DAY))
    found = await store.read(lambda reader: (reader.list_revocations(NOW), reader.feed_since(0, 9)))
    assert found == (
        [Revocation("token", "jti", NOW + DAY)],
        [
            Change(1, "revoked:token", "jti", NOW + HOUR),
            Change(2, "revoked:token", "jti", NOW + DAY),
        ],
    )


async def test_audit_rows_are_sealed_once(store: Store) -> None:
    await store.commit(*(Audit(NOW, "acc_1", "did", str(n), '{"n":1}') for n in range(3)))
    await store.commit(SealAudit(((1, b"one"), (2, b"two"))))
    await store.commit(SealAudit(((2, b"two"), (3, b"three"))))
    with pytest.raises(Conflict, match="already-sealed"):
        await store.commit(SealAudit(((3, b"three"), (1, b"other"))))
    rows = await store.read(lambda reader: reader.audit_since(0, 9))
    assert [(row.seq, row.object, row.mac) for row in rows] == [
        (1, "0", b"one"),
        (2, "1", b"two"),
        (3, "2", b"three"),
    ]


async def test_a_lease_is_held_renewed_and_taken_over_when_it_has_ended(store: Store) -> None:
    await store.commit(Lease("seal", "a", NOW, NOW + HOUR))
    with pytest.raises(Conflict, match="leased"):
        await store.commit(Lease("seal", "b", NOW + HOUR - SECOND, NOW + DAY))
    await store.commit(Lease("seal", "a", NOW, NOW + 2 * HOUR), Lease("mail", "b", NOW, NOW + HOUR))
    with pytest.raises(Conflict, match="leased"):
        await store.commit(Lease("seal", "b", NOW + HOUR, NOW + DAY))
    await store.commit(Lease("seal", "b", NOW + 2 * HOUR, NOW + DAY))
    with pytest.raises(Conflict, match="leased"):
        await store.commit(Lease("seal", "a", NOW + 3 * HOUR, NOW + DAY))


async def test_a_fact_about_the_database_moves_from_value_to_value(store: Store) -> None:
    await store.commit(SetMeta("kind", None, "demo"))
    await store.commit(SetMeta("kind", "demo", "test"))
    assert await store.read(lambda reader: reader.find_meta("kind")) == "test"


async def test_a_changed_application_keeps_what_is_not_changeable(store: Store) -> None:
    await store.commit(*furnished(), CreateApplication(application(2)))
    was = application(1)
    asked = application(
        1,
        name="New",
        redirect_uris=(),
        web_origins=("https://new.example",),
        id_token_signed_response_alg="RS256",
        state="revoked",
        generation=9,
        public=True,
        client_id=client_id(9),
    )
    await store.commit(BumpGeneration("app_1", 1), ChangeApplication(asked, was))
    found = await store.read(lambda reader: reader.find_application("app_1"))
    kept = {"state": "active", "generation": 2, "public": False, "client_id": client_id(1)}
    assert found == replace(asked, **kept)
    taken = application(1, name=application(2).name)
    with pytest.raises(Conflict, match="application-exists"):
        await store.commit(ChangeApplication(taken, asked))
    await store.commit(ChangeApplication(was, asked))
    await store.commit(CreateApplication(application(3, name="New")))
