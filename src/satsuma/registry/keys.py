"""Operations on keys: the first ones, a planned roll, a roll for a leak, and a new master key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from satsuma.keys import making
from satsuma.keys.master import MasterKey, WrongMasterKey
from satsuma.registry.desk import Desk, NotPossible
from satsuma.rules.effects import AddKey, Effect, RewrapKey, SetKeyLife, SetMeta
from satsuma.rules.facts import Key
from satsuma.store.port import Conflict

SEAL = "A256GCMSIV"
ANNOUNCE_SIGNING = timedelta(minutes=20)
ANNOUNCE_SEALING = timedelta(seconds=30)
LONGEST_TOKEN = timedelta(hours=24)
LEEWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Roll:
    """What a rotation did: the key that takes over and when, and what happens to the one before."""

    new: Key
    old: tuple[Key, ...]
    dies: str


async def list_keys(desk: Desk) -> Sequence[Key]:
    """List every key with its life."""
    return await desk.store.read(lambda reader: reader.list_keys())


async def ensure_keys(desk: Desk, algorithms: Sequence[str]) -> None:
    """Make the first key of each algorithm, active at once; whoever comes second finds it made."""
    now = desk.clock()
    for alg in algorithms:
        if any(key.alg == alg for key in await list_keys(desk)):
            continue
        key = _make(desk, alg, now, now)
        marker = SetMeta(f"first-key:{alg}", None, key.kid)
        try:
            await desk.store.commit(marker, AddKey(key), desk.audit("key.create", f"key:{key.kid}", alg=alg))
        except Conflict:
            continue


async def rotate(desk: Desk, alg: str, at_once: bool = False) -> Roll:
    """Roll the key of an algorithm.

    Planned: the new key is announced now and signs when every verifier can have it; the old one retires then and goes
    when its last token has expired, so no token is refused. At once (a leak): the old key's tokens die now.
    """
    now = desk.clock()
    keys = [key for key in await list_keys(desk) if key.alg == alg and _is_current(key, now)]
    if not keys:
        raise NotPossible("key-unknown", f"No key of {alg} is in use")
    waits = ANNOUNCE_SEALING if alg == SEAL else ANNOUNCE_SIGNING
    active_at = now if at_once else now + waits
    new = _make(desk, alg, now, active_at)
    gone_at = now if at_once else active_at + LONGEST_TOKEN + LEEWAY
    effects: list[Effect] = [
        SetKeyLife(key.kid, key.retires_at, active_at, gone_at) for key in keys
    ]
    effects += [AddKey(new), desk.audit("key.rotate", f"key:{new.kid}", alg=alg, at_once=at_once)]
    try:
        await desk.store.commit(*effects)
    except Conflict as conflict:
        raise NotPossible(conflict.slug, "Another rotation came first: see satsuma keys list") from None
    return Roll(new, tuple(keys), _what_dies(alg, at_once, active_at, gone_at))


def _is_current(key: Key, now: datetime) -> bool:
    return key.retires_at is None or (key.retires_at > now and (key.gone_at is None or key.gone_at > now))


def _what_dies(alg: str, at_once: bool, active_at: datetime, gone_at: datetime) -> str:
    kind = "sealed access tokens" if alg == SEAL else f"tokens signed with {alg}"
    if at_once:
        return f"All {kind} made so far are refused from now on; clients ask for new ones."
    return (
        f"Nothing. The new key makes {kind} from {active_at:%Y-%m-%d %H:%M:%S} UTC; "
        f"the old one verifies until {gone_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def _make(desk: Desk, alg: str, announced_at: datetime, active_at: datetime) -> Key:
    if alg == SEAL:
        return making.make_sealing_key(desk.master, announced_at, active_at)
    return making.make_signing_key(alg, desk.master, announced_at, active_at)


async def claim_database(desk: Desk, mode: str) -> None:
    """Tie the database to the master key and the mode at first use; refuse a different one ever after.

    Raises WrongMasterKey, which names both key ids, or NotPossible for another mode.
    """
    for name, value in (
        ("master-key-id", desk.master.key_id),
        ("master-key-check", desk.master.check_value),
        ("mode", mode),
    ):
        found = await _meta(desk, name)
        if found is None:
            try:
                await desk.store.commit(SetMeta(name, None, value))
                continue
            except Conflict:
                found = await _meta(desk, name)
        if found != value:
            _refuse(name, found, value)


def _refuse(name: str, found: str | None, value: str) -> None:
    if name == "mode":
        raise NotPossible(
            "mode-differs", f"This database is marked {found}, not {value}: use another database"
        )
    raise WrongMasterKey(
        f"This database belongs to master key {found}; the one given is {value}. "
        "Set SATSUMA_MASTER_KEY_FILE to the right key's file."
    )


async def _meta(desk: Desk, name: str) -> str | None:
    return await desk.store.read(lambda reader: reader.find_meta(name))


def check_same(master: MasterKey, key_id: str | None) -> bool:
    """Say whether the database's key id is this master key's."""
    return key_id is None or key_id == master.key_id
