"""Real databases that a test may also write to with plain SQL, as an intruder would."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from satsuma.audit.checkpoints import Checkpointer
from satsuma.audit.sealer import Sealer
from satsuma.audit.verification import Report, verify_audit
from satsuma.domain.audit import Audit
from satsuma.domain.revocations import Revoke
from satsuma.keys.master import MasterKey
from satsuma.keys.vault import Vault
from satsuma.management.keys import open_vault
from satsuma.store.opening import open_store
from satsuma.store.port import Store

MASTER = MasterKey(b"m" * 32)


@dataclass
class Clock:
    """A clock that a test moves."""

    at: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Database:
    """A database with an audit; opened anew for each use, so that a test may change it between."""

    url: str
    folder: Path
    clock: Clock = field(default_factory=Clock)

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def sql(self, *statements: str) -> None:
        """Run statements in one transaction, past all of our code."""
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                for statement in statements:
                    connection.execute(statement)
                connection.commit()
        else:
            with psycopg.connect(self.url) as connection:
                for statement in statements:
                    connection.execute(statement.encode())

    def rows(self, query: str) -> Sequence[tuple[Any, ...]]:
        if self.url.startswith("sqlite"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"))) as connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    async def open(self) -> tuple[Store, Vault]:
        store = open_store(self.url, upgrade=True, clock=self.clock)
        return store, await open_vault(store, MASTER, "test", self.clock)

    async def write(self, count: int, actor: str = "cli:ann") -> None:
        """Do `count` audited things, each of which the feed tells too."""
        store, _ = await self.open()
        for n in range(count):
            self.clock.pass_(seconds=1)
            until = self.clock() + timedelta(hours=1)
            audit = Audit(self.clock(), actor, "token.revoke", f"token:{n}", f'{{"n": {n}}}')
            await store.commit(Revoke("token", f"{actor}-{self.clock().timestamp()}", until), audit)
        await store.close()

    async def seal(self) -> int:
        store, vault = await self.open()
        sealer, done = Sealer(store, vault, batch=7), 0
        while step := await sealer.step():
            done += step
        await store.close()
        return done

    async def mark(self) -> None:
        """Append a checkpoint, an hour later: then one is due even where nothing has changed."""
        self.clock.pass_(minutes=60)
        store, vault = await self.open()
        assert await Checkpointer(store, vault, self.checkpoints, self.clock).step()
        await store.close()

    async def verify(self, with_checkpoints: bool = True) -> Report:
        store, vault = await self.open()
        file = self.checkpoints if with_checkpoints and self.checkpoints.exists() else None
        report = await verify_audit(store, vault, file)
        await store.close()
        return report

    async def found(self) -> list[tuple[str, int]]:
        return [(finding.kind, finding.seq) for finding in (await self.verify()).findings]

    def copy(self) -> object:
        """Keep the whole database as it is now."""
        if self.url.startswith("sqlite"):
            self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
            kept = self.folder / "kept.db"
            shutil.copy(self.url.removeprefix("sqlite:///"), kept)
            return kept
        tables = [name for (name,) in self.rows(_TABLES)]
        return {name: self.rows(f"SELECT * FROM {name}") for name in tables}

    def put_back(self, kept: Any) -> None:
        """Put a kept database in the place of the present one."""
        if isinstance(kept, Path):
            for ending in ("", "-wal", "-shm"):
                Path(self.url.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)
            shutil.copy(kept, self.url.removeprefix("sqlite:///"))
            return
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            for name, rows in kept.items():
                connection.execute(f"DELETE FROM {name}".encode())
                for row in rows:
                    marks = ", ".join(["%s"] * len(row))
                    connection.execute(f"INSERT INTO {name} VALUES ({marks})".encode(), row)


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path / 'facts.db'}", tmp_path)
    return Database(request.getfixturevalue("postgres_database"), tmp_path)
