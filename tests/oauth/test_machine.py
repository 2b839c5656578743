"""A state machine drives codes, refreshes, replays, revocations and the clock against a model of a page."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from satsuma.store.upkeep import upgrade
from tests.oauth.workshop import FRENCH, ROTATING, Told, Workshop
from tests.servers import PostgreSQL
from tests.store.conftest import empty

CODE_LIFE = timedelta(seconds=60)
DOUBLE_CLICK = timedelta(seconds=10)
ASK_AGAIN = timedelta(seconds=30)
IDLE = timedelta(days=30)
ABSOLUTE = timedelta(days=180)
HOUR = timedelta(hours=1)


@dataclass
class Grant:
    """What the model knows of a grant; `generations` are its refresh tokens, oldest first, but those `lost`."""

    code: str
    issued_at: datetime
    used_at: datetime | None = None
    ended: bool = False
    generations: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    last_answer: bytes = b""
    rotated_at: datetime | None = None
    idle_at: datetime | None = None
    ends_at: datetime | None = None
    access: list[tuple[str, datetime]] = field(default_factory=list)


class Machine(RuleBasedStateMachine):
    """One issuer, one client, one person, many grants."""

    url: ClassVar[str]
    policy: ClassVar[Any]
    fresh: ClassVar[Any]

    @initialize()
    def open(self) -> None:
        self.shop = Workshop(self.fresh(), self.policy)
        self.grants: list[Grant] = []
        self.revoked_tokens: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "shop"):
            self.shop.close()

    def choose(self, data: Any, grants: list[Grant]) -> Grant:
        """The newest three times out of four: it is the one whose windows are open."""
        chosen: Grant = data.draw(st.sampled_from([*grants, *grants[-1:] * 3 * len(grants)]))
        return chosen

    @rule(redeemed=st.booleans())
    def issue(self, redeemed: bool) -> None:
        code = self.shop.issue("openid offline_access")
        self.grants.append(Grant(code, self.shop.now))
        if redeemed:
            self._redeem(self.grants[-1])

    @precondition(lambda self: self.grants)
    @rule(data=st.data())
    def redeem(self, data: Any) -> None:
        self._redeem(self.choose(data, self.grants))

    def _redeem(self, grant: Grant) -> None:
        now = self.shop.now
        told = self.shop.redeem(grant.code)
        if now - grant.issued_at >= CODE_LIFE or grant.ended:
            assert (told.status, told.json["error"]) == (400, "invalid_grant")
        elif grant.used_at is None:
            assert told.status == 200, told.body
            grant.used_at = now
            self._tokens(grant, told.json, now)
            grant.generations = [told.json["refresh_token"]]
            grant.ends_at = now + ABSOLUTE
            grant.idle_at = now + IDLE
        else:
            assert (told.status, told.json["error"]) == (400, "invalid_grant")
            if now - grant.used_at > DOUBLE_CLICK:
                grant.ended = True

    def _tokens(self, grant: Grant, body: Any, now: datetime) -> None:
        grant.access.append((body["access_token"], now + HOUR))

    def _lives(self, grant: Grant) -> bool:
        now = self.shop.now
        return not grant.ended and grant.idle_at is not None and now < grant.idle_at

    @precondition(lambda self: any(grant.generations for grant in self.grants))
    @rule(data=st.data())
    def refresh_newest(self, data: Any) -> None:
        grant = self.choose(data, [grant for grant in self.grants if grant.generations])
        now = self.shop.now
        told = self.shop.refresh(grant.generations[-1])
        if not self._lives(grant):
            assert (told.status, told.json["error"]) == (400, "invalid_grant")
            return
        assert told.status == 200, told.body
        self._tokens(grant, told.json, now)
        assert grant.ends_at is not None
        grant.idle_at = min(now + IDLE, grant.ends_at)
        if self.policy.rotates_confidential:
            assert told.json["refresh_token"] not in grant.generations
            grant.generations.append(told.json["refresh_token"])
            grant.last_answer = told.body
            grant.rotated_at = now
        else:
            assert "refresh_token" not in told.json

    @precondition(lambda self: any(len(grant.generations) > 1 for grant in self.grants))
    @rule(data=st.data())
    def refresh_earlier(self, data: Any) -> None:
        grant = self.choose(data, [g for g in self.grants if len(g.generations) > 1])
        newest = len(grant.generations) - 2
        index = data.draw(st.sampled_from([newest, newest, newest, 0]))
        was_alive, now = self._lives(grant), self.shop.now
        told = self.shop.refresh(grant.generations[index])
        assert grant.rotated_at is not None
        if was_alive and index == newest:
            if now - grant.rotated_at <= ASK_AGAIN:
                assert (told.status, told.body) == (200, grant.last_answer)
            else:
                self._replaced(grant, told)
            return
        self._ended(grant, told, was_alive)

    def _replaced(self, grant: Grant, told: Told) -> None:
        """The successor was lost: another has its place, and the lost one ends the family should it turn up."""
        assert told.status == 200, told.body
        now, token = self.shop.now, told.json["refresh_token"]
        assert token not in (*grant.generations, *grant.lost)
        self._tokens(grant, told.json, now)
        assert grant.ends_at is not None
        grant.idle_at = min(now + IDLE, grant.ends_at)
        grant.lost.append(grant.generations[-1])
        grant.generations[-1] = token
        grant.last_answer, grant.rotated_at = told.body, now

    @precondition(lambda self: any(grant.lost for grant in self.grants))
    @rule(data=st.data())
    def refresh_lost(self, data: Any) -> None:
        grant = self.choose(data, [grant for grant in self.grants if grant.lost])
        was_alive = self._lives(grant)
        told = self.shop.refresh(data.draw(st.sampled_from(grant.lost)))
        self._ended(grant, told, was_alive)

    def _ended(self, grant: Grant, told: Told, was_alive: bool) -> None:
        assert (told.status, told.json["error"]) == (400, "invalid_grant")
        if was_alive:
            grant.ended = True

    @rule(seconds=st.sampled_from([1, 9, 11, 20, 29, 31, 45]))
    def wait(self, seconds: int) -> None:
        self.shop.advance(timedelta(seconds=seconds))

    @precondition(lambda self: any(grant.access for grant in self.grants))
    @rule(
        data=st.data(),
        what=st.sampled_from(["refresh", "access", "person", "long", "prune", "restart"]),
    )
    def end(self, data: Any, what: str) -> None:
        """What ends much, seldom: one rule, so that most runs get deep before it."""
        grant = self.choose(data, [grant for grant in self.grants if grant.access])
        if what == "refresh":
            token = data.draw(st.sampled_from(grant.generations))
            assert self.shop.ask("revoke", token=token).status == 200
            grant.ended = True
        elif what == "access":
            token, _ = data.draw(st.sampled_from(grant.access))
            assert self.shop.ask("revoke", token=token).status == 200
            self.revoked_tokens.add(token)
        elif what == "person":
            self.shop.remove_access()
            for each in self.grants:
                each.ended = True
        elif what == "long":
            days = data.draw(st.sampled_from([1 / 24, 1, 29, 31, 90]))
            self.shop.advance(timedelta(days=days, seconds=1))
        elif what == "restart":
            self.shop.restart()
        else:
            self.shop.prune()

    @invariant()
    def tokens_live_exactly_as_long_as_they_should(self) -> None:
        if not hasattr(self, "shop"):
            return
        for grant in self.grants:
            for token, expires_at in grant.access[-2:]:
                lives = (
                    self.shop.now < expires_at
                    and not grant.ended
                    and token not in self.revoked_tokens
                )
                assert self.shop.is_active(token) == lives


@pytest.mark.timeout(300)
@pytest.mark.parametrize("policy", [FRENCH, ROTATING], ids=["french", "standard"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_model_and_the_server_agree(
    kind: str, policy: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    count = iter(range(10**6))
    if kind == "sqlite":

        def fresh() -> str:
            return f"sqlite:///{tmp_path / f'{next(count)}.db'}"

        run(policy, fresh)
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    with cluster.new_database() as url:
        upgrade(url)

        def emptied() -> str:
            empty(url)
            return url

        run(policy, emptied)


def run(policy: Any, fresh: Any) -> None:
    machine = type("OnAStore", (Machine,), {"policy": policy, "fresh": staticmethod(fresh)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=50,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
