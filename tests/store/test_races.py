"""Races from eight operating-system processes: each conditional effect has exactly as many winners as it allows.

Each race names the one condition that decides it. `test_without_its_condition_the_race_is_lost` takes that condition
away, in the statement or in the schema, and sees more winners: so the test above it proves something.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from satsuma.domain.accounts import CreateAccount
from satsuma.domain.apis import Api, CreateApi, ReplaceApi
from satsuma.domain.applications import (
    AddSecret,
    BumpGeneration,
    CreateApplication,
    SetApplicationState,
)
from satsuma.domain.audit import Audit, SealAudit
from satsuma.domain.effects import Effect
from satsuma.domain.keys import AddKey, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.domain.spaces import CreateSpace
from satsuma.domain.subscriptions import Subscribe
from satsuma.domain.work import Lease
from satsuma.store.opening import open_store
from satsuma.store.schema.statements import statements_from
from satsuma.store.sql.clauses import unchanged
from satsuma.store.sqlite import file as sqlite_file
from tests.servers import PostgreSQL
from tests.store.facts import (
    HOUR,
    NOW,
    SECOND,
    account,
    api,
    application,
    foundation,
    key,
    secret,
    space,
    subscription,
)
from tests.store.grant_races import GRANT_RACES
from tests.store.race import POSTGRESQL, SQLITE, Race
from tests.store.racers import WON, Mutation, Racers
from tests.store.space_races import SPACE_RACES

RACERS = 8
ROUNDS = 4


RACES = [
    Race(
        # The condition: `UNIQUE (email)` of the table.
        "create-account",
        "account-exists",
        lambda n, racer: CreateAccount(account(f"{n}_{racer}", email=f"same{n}@example.org")),
        without=("UNIQUE (email)", "CHECK (1 = 1)"),
    ),
    Race(
        # The condition: `UNIQUE (owner_id)` of the table.
        "create-space",
        "space-exists",
        lambda n, racer: CreateSpace(space(f"{n}_{racer}", owner_id=f"acc_{n}")),
        without=("UNIQUE (owner_id)", "CHECK (1 = 1)"),
        before=lambda n: [CreateAccount(account(n))],
    ),
    Race(
        # The condition: `UNIQUE (space_id, name)` of the table.
        "create-application",
        "application-exists",
        lambda n, racer: CreateApplication(
            application(100 * n + racer, n, name="Same", client_id=f"{n}-{racer}")
        ),
        without=("UNIQUE (space_id, name)", "CHECK (1 = 1)"),
        before=foundation,
    ),
    Race(
        # The condition: the space is held while its applications are counted; it has one, and two at most.
        "create-application-in-a-bounded-space",
        "space-full",
        lambda n, racer: CreateApplication(
            application(100 * n + racer, n, name=f"{racer}", client_id=f"{n}-{racer}"), most=2
        ),
        without=Mutation(
            "LOCK_SPACE",
            "UPDATE space SET owner_id = owner_id WHERE space_id = :space_id RETURNING space_id",
            "SELECT space_id FROM space WHERE space_id = :space_id",
        ),
        before=foundation,
        only_on=POSTGRESQL,
    ),
    Race(
        # The condition: `UNIQUE (name, version)` of the table.
        "create-api",
        "api-exists",
        lambda n, racer: CreateApi(api(f"{n}_{racer}", name=f"same-{n}")),
        without=("UNIQUE (name, version)", "CHECK (1 = 1)"),
    ),
    Race(
        # The condition: every column as it was read, in REPLACE_API.
        "replace-api",
        "api-changed",
        lambda n, racer: ReplaceApi(api(n, title=f"Title {racer}"), api(n)),
        without=Mutation("REPLACE_API", f"AND {unchanged(Api)}"),
        before=lambda n: [CreateApi(api(n))],
    ),
    Race(
        # The condition: `generation = :expected` in BumpGeneration.
        "bump-generation",
        "generation-moved",
        lambda n, racer: BumpGeneration(f"app_{n}", 1),
        without=Mutation("BumpGeneration", "AND generation = :expected"),
        before=foundation,
    ),
    Race(
        # The condition: `state = :expected` in SET_APPLICATION_STATE.
        "set-application-state",
        "state-moved",
        lambda n, racer: SetApplicationState(
            f"app_{n}", "revoked" if racer % 2 else "blocked", "active"
        ),
        without=Mutation("SET_APPLICATION_STATE", "AND state = :expected"),
        before=foundation,
    ),
    Race(
        # The condition: `(SELECT count(*) ...) < 2` in ADD_SECRET.
        "add-secret",
        "two-live-secrets",
        lambda n, racer: AddSecret(secret(f"{n}_{racer}", n)),
        without=Mutation("ADD_SECRET", "< 2", "< 99"),
        before=foundation,
        winners=2,
    ),
    Race(
        # The condition: the application's row lock, taken by LOCK_APPLICATION before the count.
        "add-secret-under-lock",
        "two-live-secrets",
        lambda n, racer: AddSecret(secret(f"{n}_{racer}", n)),
        without=Mutation(
            "LOCK_APPLICATION",
            "UPDATE application SET generation = generation WHERE application_id = :application_id "
            "RETURNING client_id, state",
            "SELECT client_id, state FROM application WHERE application_id = :application_id",
        ),
        before=foundation,
        winners=2,
        only_on=POSTGRESQL,
    ),
    Race(
        # The condition: `PRIMARY KEY (application_id, api_id)` of the table.
        "subscribe",
        "subscribed",
        lambda n, racer: Subscribe(subscription(n, n)),
        without=("PRIMARY KEY (application_id, api_id)", "CHECK (1 = 1)"),
        before=lambda n: [*foundation(n), CreateApi(api(n))],
    ),
    Race(
        # The condition: `PRIMARY KEY (kid)` of the table.
        "add-key",
        "key-exists",
        lambda n, racer: AddKey(key(n, alg=f"alg {racer}")),
        without=("PRIMARY KEY (kid)", "CHECK (1 = 1)"),
    ),
    Race(
        # The condition: `retires_at IS NOT DISTINCT FROM :expected_retires_at` in SET_KEY_LIFE.
        "set-key-life",
        "key-moved",
        lambda n, racer: SetKeyLife(f"key_{n}", None, NOW + racer * SECOND, None),
        without=Mutation(
            "SET_KEY_LIFE", "AND retires_at IS NOT DISTINCT FROM :expected_retires_at"
        ),
        before=lambda n: [AddKey(key(n))],
    ),
    Race(
        # The condition: `mac IS NULL OR mac = :mac` in SEAL_AUDIT.
        "seal-audit",
        "already-sealed",
        lambda n, racer: SealAudit(((n, f"mac {racer}".encode()),)),
        without=Mutation("SEAL_AUDIT", "AND (mac IS NULL OR mac = :mac)"),
        before=lambda n: [Audit(NOW, "a", "b", "c")],
    ),
    Race(
        # The condition: `lease.holder = excluded.holder OR lease.until <= :now` in Lease.
        "lease",
        "leased",
        lambda n, racer: Lease(f"work {n}", f"node {racer}", NOW, NOW + HOUR),
        without=Mutation("Lease", "WHERE lease.holder = excluded.holder OR lease.until <= :now"),
    ),
    Race(
        # The condition: `value = :expected` in SET_META.
        "set-meta",
        "meta-moved",
        lambda n, racer: SetMeta(f"fact {n}", "old", f"new {racer}"),
        without=Mutation("SET_META", "AND value = :expected"),
        before=lambda n: [SetMeta(f"fact {n}", None, "old")],
    ),
    Race(
        # The condition: `PRIMARY KEY (name)` of the table.
        "add-meta",
        "meta-moved",
        lambda n, racer: SetMeta(f"fact {n}", None, f"new {racer}"),
        without=("PRIMARY KEY (name)", "CHECK (1 = 1)"),
    ),
]
CASES = [
    pytest.param(race, engine, id=f"{race}-{engine}")
    for race in (*RACES, *GRANT_RACES, *SPACE_RACES)
    for engine in (SQLITE, POSTGRESQL)
    if race.only_on in (None, engine)
]


async def prepared(url: str, race: Race, rounds: int) -> list[list[tuple[Effect, ...]]]:
    """Commit what stands before the race; give each racer's rounds."""
    store = open_store(url)
    for n in range(1, rounds + 1):
        await store.commit(*race.before(n))
    await store.close()
    return [[(race.effect(n, racer),) for n in range(1, rounds + 1)] for racer in range(RACERS)]


@pytest.mark.parametrize(("race", "engine"), CASES)
async def test_a_race_has_as_many_winners_as_its_condition_allows(
    race: Race, engine: str, request: pytest.FixtureRequest, racers: Racers
) -> None:
    """The condition stands beside each race's name above; without it, this fails."""
    url = request.getfixturevalue(f"{engine}_url")
    rounds = racers.race(url, await prepared(url, race, ROUNDS))
    expected = sorted([WON] * race.winners + [race.slug] * (RACERS - race.winners))
    assert [sorted(outcomes) for outcomes in rounds] == [expected] * ROUNDS


@pytest.mark.parametrize(("race", "engine"), CASES)
async def test_without_its_condition_the_race_is_lost(
    race: Race, engine: str, request: pytest.FixtureRequest, racers: Racers
) -> None:
    """The same race with the condition taken away has too many winners."""
    if isinstance(race.without, Mutation):
        url, mutation = request.getfixturevalue(f"{engine}_url"), race.without
    else:
        url, mutation = request.getfixturevalue(f"unconditional_{engine}")(*race.without), None
    rounds = racers.race(url, await prepared(url, race, ROUNDS), mutation)
    winners = [outcomes.count(WON) for outcomes in rounds]
    assert max(winners) > race.winners, rounds


def without(dialect: str, condition: str, instead: str) -> Iterator[str]:
    """The schema's statements without a condition of its tables."""
    found = 0
    for statement in statements_from(None, dialect):
        found += condition in statement
        yield statement.replace(condition, instead)
    assert found


@pytest.fixture
def unconditional_sqlite(tmp_path: Path) -> Callable[[str, str], str]:
    def make(condition: str, instead: str) -> str:
        path = tmp_path / "unconditional.db"
        connection = sqlite_file.connect(path)
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in without(SQLITE, condition, instead):
            connection.execute(statement)
        connection.close()
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def unconditional_postgresql(postgresql: PostgreSQL) -> Iterator[Callable[[str, str], str]]:
    with postgresql.new_database() as url:

        def make(condition: str, instead: str) -> str:
            with psycopg.connect(url) as connection:
                for statement in without(POSTGRESQL, condition, instead):
                    connection.execute(statement)
            return url

        yield make
