"""The doctor: what the facts in the database say of its health, each finding with its cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from satsuma.domain.apis import Api
from satsuma.domain.audit import AuditRecord
from satsuma.domain.keys import Key
from satsuma.store.port import Reader, Store

Level = Literal["ok", "warn", "fail"]

KEY_AGE: Final = timedelta(days=90)
KEY_USES: Final = 2**31
SEAL_PATIENCE: Final = timedelta(minutes=1)
OVERDUE: Final = 5_000
AHEAD: Final = timedelta(seconds=5)
_ROW_BYTES: Final = {"feed": 120, "request_log": 400, "audit": 350, "revocation": 120}


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One thing that was looked at: how it is, in a sentence, and the command that mends it."""

    check: str
    level: Level
    says: str
    command: str | None = None


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the doctor reads from the database, in one view."""

    keys: Sequence[Key]
    rows: dict[str, int]
    revocations: int
    feed_head: int
    feed_floor: int
    sealed: int
    unsealed: Sequence[AuditRecord]
    newest: AuditRecord | None
    mode: str | None
    apis: Sequence[Api]


async def read_facts(store: Store, now: datetime) -> DatabaseFacts:
    """Read all that the doctor needs as of one moment."""
    return await store.read(lambda reader: _read(reader, now))


def examine_facts(
    facts: DatabaseFacts, algorithms: Sequence[str], now: datetime
) -> list[DoctorFinding]:
    """Look at keys, the audit's seals, the time and the sizes."""
    return [
        *check_keys(facts.keys, algorithms, now),
        *check_sealing(facts, now),
        *check_time(facts.newest, now),
        *check_sizes(facts, now),
        *check_forwarding(facts.apis),
    ]


def _read(reader: Reader, now: datetime) -> DatabaseFacts:
    rows = reader.count_rows()
    head = reader.audit_sealed_head()
    sealed = 0 if head is None else head.seq
    newest = reader.audit_since(max(0, rows.get("audit", 0) - 1), 1000)
    return DatabaseFacts(
        keys=reader.list_keys(),
        rows=rows,
        revocations=len(reader.list_revocations(now)),
        feed_head=reader.feed_head(),
        feed_floor=reader.feed_floor(),
        sealed=sealed,
        unsealed=reader.audit_since(sealed, 1),
        newest=newest[-1] if newest else None,
        mode=reader.find_meta("mode"),
        apis=reader.list_apis(),
    )


def check_keys(
    keys: Sequence[Key], algorithms: Sequence[str], now: datetime
) -> Iterator[DoctorFinding]:
    """Find algorithms without an active key, keys past their age or count, and a missing successor."""
    for alg in algorithms:
        mend = f"satsuma keys rotate --alg {alg}"
        known = [key for key in keys if key.alg == alg and (not key.gone_at or key.gone_at > now)]
        current = [key for key in known if not _retired(key, now)]
        active = [key for key in current if key.active_at <= now]
        if not active:
            what = (
                "its only one is used before its time"
                if current
                else "no token can be made with it"
            )
            yield DoctorFinding("keys", "fail", f"No key of {alg} is active: {what}", mend)
            continue
        key = max(active, key=lambda each: each.active_at)
        if key.retires_at is None:
            yield _age(key, now, mend)
        elif not any(_follows(other, key.retires_at) for other in known if other is not key):
            at = f"{key.retires_at:%Y-%m-%d %H:%M} UTC"
            says = f"Key {key.kid} of {alg} retires at {at}, and none follows"
            yield DoctorFinding("keys", "fail", says, mend)
        else:
            says = f"Key {key.kid} of {alg} is active, and the next one is announced"
            yield DoctorFinding("keys", "ok", says)


def _retired(key: Key, now: datetime) -> bool:
    return key.retires_at is not None and key.retires_at <= now


def _follows(key: Key, instant: datetime) -> bool:
    return key.active_at <= instant and not _retired(key, instant)


def _age(key: Key, now: datetime, mend: str) -> DoctorFinding:
    age = now - key.active_at
    if age > KEY_AGE:
        says = f"Key {key.kid} of {key.alg} has been active for {age.days} days, more than 90"
        return DoctorFinding("keys", "warn", says, mend)
    if key.uses > KEY_USES:
        says = f"Key {key.kid} of {key.alg} has made {key.uses} tokens, more than 2^31"
        return DoctorFinding("keys", "warn", says, mend)
    says = f"Key {key.kid} of {key.alg} is active for {age.days} days and made {key.uses} tokens"
    return DoctorFinding("keys", "ok", says)


def check_sealing(facts: DatabaseFacts, now: datetime) -> Iterator[DoctorFinding]:
    """Find audit rows that wait for their seal for longer than a running server leaves them."""
    if not facts.unsealed:
        yield DoctorFinding("audit", "ok", f"All {facts.sealed} audit rows are sealed")
        return
    waited = now - facts.unsealed[0].at
    waiting = facts.rows.get("audit", 0) - facts.sealed
    says = (
        f"{waiting} audit rows wait for their seal, the first for {int(waited.total_seconds())} s"
    )
    if waited > SEAL_PATIENCE:
        yield DoctorFinding("audit", "warn", f"{says}: no server seals them", "satsuma audit seal")
    else:
        yield DoctorFinding("audit", "ok", says)


def check_time(newest: AuditRecord | None, now: datetime) -> Iterator[DoctorFinding]:
    """Find a clock that has gone back behind what the audit was written at."""
    if newest is not None and newest.at - now > AHEAD:
        says = (
            f"The clock stands at {now:%Y-%m-%d %H:%M:%S} UTC, behind audit row {newest.seq} "
            f"of {newest.at:%Y-%m-%d %H:%M:%S} UTC: it was set back, or another node's is ahead"
        )
        yield DoctorFinding("clock", "fail", says, "timedatectl set-ntp true")


def check_forwarding(apis: Sequence[Api]) -> Iterator[DoctorFinding]:
    """Name every API whose upstream receives the callers' tokens."""
    for api in apis:
        if api.forward_authorization:
            mend = f"satsuma apis change {api.name}:{api.version} --no-forward-authorization"
            yield DoctorFinding("apis", "warn", f"Loosened: {forwards(api)}", mend)


def forwards(api: Api) -> str:
    """Say what it means that an API receives the callers' tokens."""
    address = f"/{api.name}/v{api.version}"
    return f"the upstream of {address} receives the callers' tokens, and can use them elsewhere"


def check_sizes(facts: DatabaseFacts, now: datetime) -> Iterator[DoctorFinding]:
    """Tell the sizes to expect at this traffic, and find rows that pruning should have taken."""
    overdue = facts.rows.get("revocation", 0) - facts.revocations
    if overdue > OVERDUE:
        says = f"{overdue} revocations have expired and are still there: no server prunes"
        yield DoctorFinding("sizes", "warn", says, "satsuma db prune")
    else:
        yield DoctorFinding(
            "sizes", "ok", f"{facts.revocations} revocations matter, {overdue} await pruning"
        )
    feed = facts.feed_head - facts.feed_floor
    parts = {"feed": feed, **{name: facts.rows.get(name, 0) for name in ("request_log", "audit")}}
    expected = sum(count * _ROW_BYTES[name] for name, count in parts.items())
    says = (
        f"Steady state at this traffic: {feed} changes of one day, {parts['request_log']} refused "
        f"requests of seven days, {_tokens_a_day(facts.keys, now)} tokens a day without a row; "
        f"about {expected / 1e6:.1f} MB, plus {parts['audit']} audit rows, which stay"
    )
    yield DoctorFinding("sizes", "ok", says)


def _tokens_a_day(keys: Sequence[Key], now: datetime) -> int:
    active = [key for key in keys if key.uses and key.active_at < now]
    if not active:
        return 0
    days = max((now - min(key.active_at for key in active)) / timedelta(days=1), 1.0)
    return round(sum(key.uses for key in active) / days)
