"""Kill a writing process again and again; everything that it acknowledged must be found afterwards.

`campaign` is the engine: the tests run a few kills, the soak many. By itself, this file is the process that is killed:
it commits many requests at once and prints each id as soon as its commit has returned, never before.
"""

import asyncio
import random
import subprocess
import sys
import uuid
from dataclasses import dataclass

from satsuma.rules.effects import Audit, Revoke
from satsuma.store.opening import open_store
from tests.store.facts import DAY, NOW

WRITERS = 24
"""How many commits wait at a time: enough that kills fall into the midst of a batch."""


@dataclass(frozen=True)
class Result:
    """What a campaign found; `lost` is what must be empty."""

    kills: int
    acknowledged: int
    found: int
    lost: frozenset[str]
    torn: int
    """Commits of which one half stands without the other."""

    def __str__(self) -> str:
        return (
            f"kills {self.kills}, acknowledged {self.acknowledged}, found {self.found}, "
            f"lost {len(self.lost)}, torn {self.torn}"
        )


def campaign(url: str, kills: int, acknowledged: int, seed: int = 0) -> Result:
    """Kill at least so many times, until at least so many commits were acknowledged in all."""
    chance = random.Random(seed)
    told: set[str] = set()
    done = 0
    while done < kills or len(told) < acknowledged:
        told |= one_life(url, chance.randint(1, 2 * max(1, acknowledged // kills)))
        done += 1
    revoked, audited = asyncio.run(stored(url))
    return Result(
        kills=done,
        acknowledged=len(told),
        found=len(told & revoked & audited),
        lost=frozenset(told - (revoked & audited)),
        torn=len(revoked ^ audited),
    )


def one_life(url: str, acknowledgements: int) -> set[str]:
    """Start a writer, kill it once it has acknowledged so many; give all that it acknowledged.

    The writer runs on while we read, so the kill falls where it may: before, within or after a commit.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.store.kill", url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as out:
        told = []
        for line in out:
            told.append(line)
            if len(told) == acknowledgements:
                process.kill()
        process.wait()
    if len(told) < acknowledgements:
        raise RuntimeError("the writer ended by itself")
    return {line.rstrip("\n") for line in told if line.endswith("\n")}


async def stored(url: str) -> tuple[set[str], set[str]]:
    """Give the ids in the revocations and in the audit: each commit wrote its own to both."""
    store = open_store(url)
    try:
        revocations = await store.read(lambda r: r.list_revocations(NOW))
        audit = await store.read(lambda r: r.audit_since(0, 10_000_000))
    finally:
        await store.close()
    assert [row.seq for row in audit] == list(range(1, len(audit) + 1))
    return {row.id for row in revocations}, {row.object for row in audit}


async def write(url: str) -> None:
    """Commit and acknowledge until killed."""
    store = open_store(url)

    async def writer() -> None:
        while True:
            written = uuid.uuid4().hex
            await store.commit(
                Revoke("token", written, NOW + DAY), Audit(NOW, "writer", "wrote", written)
            )
            sys.stdout.write(written + "\n")
            sys.stdout.flush()

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
