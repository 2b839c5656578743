"""Kill a writing process again and again; everything that it acknowledged must be found afterwards.

`campaign` is the engine: the tests run a few kills, the soak many. By itself, this file is the process that is killed:
it commits many requests at once and prints what it wrote as soon as the commit has returned, never before. Each commit
writes its own line to the audit too, so that of a torn one a half is seen.

What is written: tokens revoked, and the lives of grants, step by step; a life that a kill cut short is taken up again.
"""

import asyncio
import random
import subprocess
import sys
import uuid
from collections import Counter
from dataclasses import dataclass

from satsuma.domain.audit import Audit
from satsuma.domain.consents import PutConsent
from satsuma.domain.effects import Effect
from satsuma.domain.grants.grant import (
    IssueCode,
    RevokeGrant,
    RotateRefresh,
    StartRefreshing,
    UseCode,
)
from satsuma.domain.revocations import Revoke
from satsuma.store.opening import open_store
from satsuma.store.port import Conflict, Reader, Store
from tests.store.facts import DAY, NOW, code, consent, digest, foundation, grant

WRITERS = 24
"""How many commits wait at a time: enough that kills fall into the midst of a batch."""

ACCOUNTS = 4
TOKEN = "token"
STEPS = ("issued", "used", "rotated", "rotated-again", "allowed", "allowed-more", "revoked")
"""The life of a grant, in order; each is one commit."""


@dataclass(frozen=True)
class Result:
    """What a campaign found; `lost` is what must be empty."""

    kills: int
    acknowledged: int
    found: int
    lost: frozenset[str]
    torn: int
    """Commits of which one half stands without the other."""
    kinds: Counter[str]
    """How many of each kind were acknowledged and found."""

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.kinds.items()))
        return (
            f"kills {self.kills}, acknowledged {self.acknowledged}, found {self.found} ({kinds}), "
            f"lost {len(self.lost)}, torn {self.torn}"
        )


def campaign(url: str, kills: int, acknowledged: int, seed: int = 0) -> Result:
    """Kill at least so many times, until at least so many commits were acknowledged in all."""
    asyncio.run(prepare(url))
    chance = random.Random(seed)
    told: set[str] = set()
    done = 0
    while done < kills or len(told) < acknowledged:
        told |= one_life(url, chance.randint(1, 2 * max(1, acknowledged // kills)))
        done += 1
    facts, audited, uncounted = asyncio.run(stored(url, told))
    found = told & facts & audited
    return Result(
        kills=done,
        acknowledged=len(told),
        found=len(found),
        lost=frozenset(told - found),
        torn=len(facts ^ audited) + uncounted,
        kinds=Counter(line.partition(" ")[0] for line in found),
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


async def prepare(url: str) -> None:
    """Let there be accounts with applications, once."""
    store = open_store(url)
    if await store.read(lambda r: r.find_account("acc_0")) is None:
        for n in range(ACCOUNTS):
            await store.commit(*foundation(n))
    await store.close()


async def stored(url: str, told: set[str]) -> tuple[set[str], set[str], int]:
    """What the facts say was written, what the audit says, and how many rows of facts nobody
    speaks of.
    """
    store = open_store(url)
    try:
        return await store.read(lambda reader: _stored(reader, told))
    finally:
        await store.close()


def _stored(reader: Reader, told: set[str]) -> tuple[set[str], set[str], int]:
    audit = reader.audit_since(0, 10_000_000)
    assert [row.seq for row in audit] == list(range(1, len(audit) + 1))
    audited = {row.object for row in audit}
    revocations = reader.list_revocations(NOW)
    revoked = {row.id for row in revocations if row.kind == "grant"}
    facts = {f"{TOKEN} {row.id}" for row in revocations if row.kind == TOKEN}
    for written in {line.partition(" ")[2] for line in audited | told}:
        facts |= {f"{step} {written}" for step in steps_of(reader, written, revoked)}
    counts = reader.count_rows()
    lines = Counter(line.partition(" ")[0] for line in facts)
    uncounted = abs(counts["code"] - lines["issued"]) + abs(counts["user_grant"] - lines["issued"])
    return facts, audited, uncounted + abs(counts["consent"] - lines["allowed"])


def steps_of(reader: Reader, written: str, revoked: set[str]) -> set[str]:
    """The steps of a grant's life that the facts show."""
    found = reader.find_code(digest(written))
    if found is None:
        return set()
    issued, held = found
    allowed = reader.find_consent(held.account_id, held.application_id, written)
    scopes = allowed.scope.split() if allowed else []
    shown = {
        "issued": True,
        "used": issued.used_at is not None and held.generation >= 1,
        "rotated": held.generation >= 2,
        "rotated-again": held.generation >= 3,
        "allowed": "a" in scopes,
        "allowed-more": "b" in scopes,
        "revoked": held.revoked_because == "asked" and held.grant_id in revoked,
    }
    return {step for step, is_shown in shown.items() if is_shown}


def effects_of(step: str, written: str) -> tuple[Effect, ...]:
    """What a step of a grant's life commits."""
    n = int(written, 16) % ACCOUNTS
    grant_id = f"grt_{written}"

    def rotate(expected: int) -> Effect:
        return RotateRefresh(grant_id, expected, NOW, NOW + DAY, b"answer" * 100, NOW + DAY)

    steps: dict[str, tuple[Effect, ...]] = {
        TOKEN: (Revoke(TOKEN, written, NOW + DAY),),
        "issued": (IssueCode(code(written), grant(written, n, n)),),
        "used": (
            UseCode(digest(written), NOW),
            StartRefreshing(grant_id, NOW + DAY, NOW + DAY),
        ),
        "rotated": (rotate(1),),
        "rotated-again": (rotate(2),),
        "allowed": (PutConsent(consent(n, n, issuer=written, scope="a")),),
        "allowed-more": (PutConsent(consent(n, n, issuer=written, scope="b")),),
        "revoked": (RevokeGrant(grant_id, NOW, "asked"), Revoke("grant", grant_id, NOW + DAY)),
    }
    return (*steps[step], Audit(NOW, "writer", "wrote", f"{step} {written}"))


async def unfinished(store: Store) -> list[tuple[int, str]]:
    """The lives that are not at their end, with the number of steps done, the furthest last."""
    audit = await store.read(lambda r: r.audit_since(0, 10_000_000))
    done = Counter(row.object.partition(" ")[2] for row in audit if TOKEN not in row.object)
    return sorted((steps, written) for written, steps in done.items() if steps < len(STEPS))


async def write(url: str) -> None:
    """Commit and acknowledge until killed."""
    store = open_store(url)
    waiting = await unfinished(store)

    async def commit(step: str, written: str) -> bool:
        try:
            await store.commit(*effects_of(step, written))
        except Conflict:  # what the one before us had asked for stood after all
            return False
        sys.stdout.write(f"{step} {written}\n")
        sys.stdout.flush()
        return True

    async def writer() -> None:
        while True:
            done, written = waiting.pop() if waiting else (0, uuid.uuid4().hex)
            for step in STEPS[done:]:
                if not await commit(step, written):
                    break
                await commit(TOKEN, uuid.uuid4().hex)

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1]))
