"""Verifying the audit: what was edited, deleted, moved, cut off or put back, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from satsuma.audit.chain import START, chain_key, chain_value
from satsuma.audit.checkpoints import (
    BadCheckpoint,
    Checkpoint,
    checkpoint_key,
    parse_checkpoint,
    read_checkpoints,
)
from satsuma.domain.audit import AuditRecord
from satsuma.keys.vault import Vault
from satsuma.store.port import Reader, Store

_PAGE: Final = 1000
_MOVED: Final = 64


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One thing that is wrong: its kind, the row it begins at, and a sentence."""

    kind: str
    seq: int
    says: str


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong with it."""

    rows: int = 0
    sealed: int = 0
    checkpoints: int = 0
    newest_checkpoint: str | None = None
    findings: list[AuditFinding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Broken:
    """A row whose value does not follow, with the values that stand before it and at it."""

    row: AuditRecord
    before: bytes


@dataclass(slots=True)
class _Walk:
    """The state of a walk along the chain."""

    key: bytes
    wanted: frozenset[int]
    report: Report
    macs: dict[int, bytes] = field(default_factory=dict)
    broken: list[_Broken] = field(default_factory=list)
    seq: int = 0
    before: bytes | None = START

    def take(self, row: AuditRecord) -> None:
        """Look at the next row."""
        if row.seq != self.seq + 1:
            self._gap(self.seq + 1, row.seq - 1)
            self.before = None
        if row.mac is None:
            says = f"Row {row.seq} has lost its chain value, which later rows still have."
            self.report.findings.append(AuditFinding("unsealed", row.seq, says))
        elif self.before is not None and row.mac != chain_value(self.key, self.before, row):
            self.broken.append(_Broken(row, self.before))
        if row.seq in self.wanted and row.mac is not None:
            self.macs[row.seq] = row.mac
        self.seq, self.before = row.seq, row.mac
        self.report.sealed += 1

    def _gap(self, first: int, last: int) -> None:
        rows = f"Row {first} is" if first == last else f"Rows {first} to {last} are"
        self.report.findings.append(AuditFinding("deleted", first, f"{rows} missing: deleted."))


async def verify_audit(store: Store, vault: Vault, checkpoints: Path | None) -> Report:
    """Walk the whole chain and hold it against the checkpoints; raises OSError for their file."""
    report = Report()
    lines = [] if checkpoints is None else list(read_checkpoints(checkpoints))
    database = await store.read(lambda reader: reader.find_meta("database-id"))
    marks = _checked_marks(checkpoint_key(vault), lines, database or "", report)
    walk = _Walk(chain_key(vault), frozenset(mark.head for mark in marks), report)
    head = await store.read(lambda reader: reader.audit_sealed_head())
    feed = await store.read(lambda reader: reader.feed_head())
    sealed = 0 if head is None else head.seq
    async for row in _rows(store):
        report.rows += 1
        if row.seq <= sealed:
            walk.take(row)
    report.findings += _explained(walk.key, walk.broken)
    report.findings += _held_against(marks, walk.macs, sealed, feed)
    report.findings.sort(key=lambda finding: finding.seq)
    return report


async def _rows(store: Store) -> AsyncIterator[AuditRecord]:
    rows: Sequence[AuditRecord] = ()

    def next_page(reader: Reader) -> Sequence[AuditRecord]:
        return reader.audit_since(rows[-1].seq if rows else 0, _PAGE)

    while rows := await store.read(next_page):
        for row in rows:
            yield row


def _checked_marks(
    key: bytes, lines: Sequence[tuple[int, bytes]], database: str, report: Report
) -> list[Checkpoint]:
    marks: list[Checkpoint] = []
    before: str | None = None
    for number, line in lines:
        try:
            mark = parse_checkpoint(key, line)
        except BadCheckpoint as problem:
            says = f"Line {number} of the checkpoints {problem}."
            report.findings.append(AuditFinding("checkpoint", 0, says))
            before = None
            continue
        if before is not None and mark.previous != before:
            says = (
                f"Line {number} of the checkpoints does not follow the one before it: "
                "lines are missing or moved."
            )
            report.findings.append(AuditFinding("checkpoint", mark.head, says))
        before = mark.signature
        if mark.database == database:
            marks.append(mark)
        else:
            says = f"Line {number} of the checkpoints is of another database, {mark.database}."
            report.findings.append(AuditFinding("checkpoint", 0, says))
    report.checkpoints = len(marks)
    report.newest_checkpoint = marks[-1].at if marks else None
    return marks


def _explained(key: bytes, broken: list[_Broken]) -> list[AuditFinding]:
    """Say of each row that does not follow whether it was moved, was edited, or only stands after
    such a one.
    """
    moved = _moved(key, broken) if len(broken) <= _MOVED else {}
    findings = _renumbered(moved) or [
        AuditFinding(
            "reordered", seq, f"Row {seq} holds what row {origin} held: rows were reordered."
        )
        for seq, origin in moved.items()
    ]
    befores = _possible_befores(key, broken)
    edited = [
        each.row
        for each in broken
        if each.row.seq not in moved
        and each.row.mac not in {chain_value(key, before, each.row) for before in befores}
    ]
    first = 0
    for at, row in enumerate(edited):
        if at + 1 == len(edited) or edited[at + 1].seq != row.seq + 1:
            findings.append(_edited(edited[first], row))
            first = at + 1
    return findings


def _possible_befores(key: bytes, broken: list[_Broken]) -> set[bytes]:
    """The values that may have stood before a row: those that do now, or did before a change."""
    if len(broken) > _MOVED:
        return set()
    return {
        value
        for each in broken
        for value in (each.before, each.row.mac or b"", chain_value(key, each.before, each.row))
    }


def _edited(first: AuditRecord, last: AuditRecord) -> AuditFinding:
    what = f"{first.action} of {first.object} by {first.actor} at {first.at:%Y-%m-%d %H:%M:%S} UTC"
    if first.seq == last.seq:
        says = f"Row {first.seq} was edited; it now reads: {what}."
    else:
        says = (
            f"Rows {first.seq} to {last.seq} do not follow from row {first.seq - 1}: they were "
            f"edited or renumbered; the first now reads: {what}."
        )
    return AuditFinding("edited", first.seq, says)


def _moved(key: bytes, broken: list[_Broken]) -> dict[int, int]:
    """Find rows that are authentic at another row's place, by their own value or by that row's."""
    befores = _possible_befores(key, broken)
    macs = {each.row.seq: each.row.mac for each in broken}
    places = [*macs, max(macs, default=0) + 1]
    found: dict[int, int] = {}
    for each in broken:
        for seq in places:
            if seq == each.row.seq:
                continue
            values = {chain_value(key, before, each.row, seq) for before in befores}
            if each.row.mac in values or macs.get(seq) in values:
                found[each.row.seq] = seq
    first, shifts = min(found, default=0), {origin - seq for seq, origin in found.items()}
    if len(found) > 1 and len(shifts) == 1 and max(shifts) > 0 and first - 1 in macs:
        found[first - 1] = first - 1 + max(shifts)  # what it followed is gone, so none can prove it
    return found


def _renumbered(moved: dict[int, int]) -> list[AuditFinding]:
    """Say in one finding that every row from a place on moved by as much: rows went before it."""
    shifts = {origin - seq for seq, origin in moved.items()}
    if len(moved) < 2 or len(shifts) != 1:
        return []
    first, last, shift = min(moved), max(moved), shifts.pop()
    gone = f"row {first} was" if shift == 1 else f"rows {first} to {first + shift - 1} were"
    says = f"Rows {first} to {last} hold what stood {shift} later: {gone} deleted, the rest renumbered."
    if shift < 0:
        says = f"Rows {first} to {last} hold what stood {-shift} earlier: rows were put in before them."
    return [AuditFinding("deleted" if shift > 0 else "inserted", first, says)]


def _held_against(
    marks: list[Checkpoint], macs: dict[int, bytes], sealed: int, feed: int
) -> list[AuditFinding]:
    """Find the first checkpoint that the database cannot have led to."""
    held = 0
    for mark in marks:
        if mark.head == 0 or macs.get(mark.head, b"").hex() == mark.mac:
            held = max(held, mark.head)
            continue
        if mark.head <= sealed and mark.head not in macs:
            continue  # the row is missing, which is said already
        return [_lost(mark, held, sealed, feed)]
    return []


def _lost(mark: Checkpoint, held: int, sealed: int, feed: int) -> AuditFinding:
    saw = f"the checkpoint of {mark.at} saw {mark.count} rows"
    after = "the beginning" if held == 0 else f"row {held}"
    if mark.head > sealed and feed < mark.feed:
        says = (
            f"An old copy of the database was restored: {saw} and change {mark.feed}, "
            f"the database has {sealed} sealed rows and change {feed}."
        )
        return AuditFinding("restored", sealed + 1, says)
    if mark.head > sealed:
        says = f"The tail was cut off after row {sealed}: {saw}, the database has {sealed}."
        return AuditFinding("cut", sealed + 1, says)
    says = (
        f"History after {after} is another one than the checkpoints saw: {saw}, with another last "
        "row. The tail was cut off or an old copy restored, and rows were written since."
    )
    return AuditFinding("rewritten", held + 1, says)
