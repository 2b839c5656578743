"""Operations on keys: the first ones, a planned roll, a roll for a leak, and a new master key."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from satsuma.domain.audit import Audit
from satsuma.domain.effects import Effect
from satsuma.domain.grants.context import GRANT_EPOCH
from satsuma.domain.issuers import TOKEN_MEMORY
from satsuma.domain.keys import AddKey, Key, SetKeyLife
from satsuma.domain.meta import SetMeta
from satsuma.keys import new_keys as making
from satsuma.keys.algorithms import SEAL, SIGNING_ALGORITHMS
from satsuma.keys.master import MasterKey, WrongMasterKey
from satsuma.keys.randomness import SYSTEM, Draw, public_id
from satsuma.keys.vault import Vault
from satsuma.management.context import ManagementContext, NotPossible
from satsuma.store.port import Conflict, Reader, Store

KEY_ID = "master-key-id"
KEY_CHECK = "master-key-check"
DATA_KEY = "data-key"
DATABASE_ID = "database-id"
MODE = "mode"

ANNOUNCE_SIGNING = timedelta(minutes=20)
ANNOUNCE_SEALING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Roll:
    """What a rotation did: the key that takes over and when, and what happens to the one before."""

    new: Key
    old: tuple[Key, ...]
    dies: str


async def list_keys(context: ManagementContext) -> Sequence[Key]:
    """List every key with its life."""
    return await context.store.read(lambda reader: reader.list_keys())


async def ensure_keys(context: ManagementContext, algorithms: Sequence[str]) -> None:
    """Make the first key of each algorithm, active at once; whoever comes second finds it made."""
    now = context.clock()
    for alg in algorithms:
        if any(key.alg == alg for key in await list_keys(context)):
            continue
        key = _make(context, alg, now, now)
        marker = SetMeta(f"first-key:{alg}", None, key.kid)
        try:
            audit = context.audit("key.create", f"key:{key.kid}", alg=alg)
            await context.store.commit(marker, AddKey(key), audit)
        except Conflict:
            continue


async def rotate(context: ManagementContext, alg: str, at_once: bool = False) -> Roll:
    """Roll the key of an algorithm.

    Planned: the new key is announced now and signs when every verifier can have it; the old one
    retires then and goes when its last token has expired, so no token is refused. At once (a leak):
    the tokens of every earlier key die now, also of those that had retired, and with the sealing
    key's every refresh token: a new epoch begins. Where no key is active, the new one is at once.
    """
    now = context.clock()
    known = [key for key in await list_keys(context) if key.alg == alg]
    keys = [key for key in known if (_verifies if at_once else _is_current)(key, now)]
    if alg != SEAL and alg not in SIGNING_ALGORITHMS:
        names = ", ".join((SEAL, *SIGNING_ALGORITHMS))
        raise NotPossible("algorithm-unknown", f"{alg!r} is not one of {names}")
    waits = ANNOUNCE_SEALING if alg == SEAL else ANNOUNCE_SIGNING
    active = any(key.active_at <= now for key in keys)
    active_at = now + waits if active and not at_once else now
    new = _make(context, alg, now, active_at)
    gone_at = now if at_once else active_at + TOKEN_MEMORY
    effects: list[Effect] = [
        SetKeyLife(key.kid, key.retires_at, active_at, gone_at) for key in keys
    ]
    effects += [
        AddKey(new),
        context.audit("key.rotate", f"key:{new.kid}", alg=alg, at_once=at_once),
    ]
    if at_once and alg == SEAL:
        epoch = await context.store.read(lambda reader: reader.find_meta(GRANT_EPOCH))
        effects.append(SetMeta(GRANT_EPOCH, epoch, public_id("epo", context.draw)))
    try:
        await context.store.commit(*effects)
    except Conflict as conflict:
        says = "Another rotation came first: see satsuma keys list"
        raise NotPossible(conflict.slug, says) from None
    dies = _what_dies(alg, at_once, active_at, gone_at) if keys else "Nothing: it is the first key."
    return Roll(new, tuple(keys), dies)


def _is_current(key: Key, now: datetime) -> bool:
    return _verifies(key, now) and (key.retires_at is None or key.retires_at > now)


def _verifies(key: Key, now: datetime) -> bool:
    return key.gone_at is None or key.gone_at > now


def _what_dies(alg: str, at_once: bool, active_at: datetime, gone_at: datetime) -> str:
    kind = "sealed access tokens" if alg == SEAL else f"tokens signed with {alg}"
    if at_once:
        kind = "sealed access tokens and refresh tokens" if alg == SEAL else kind
        return f"All {kind} made so far are refused from now on; clients ask for new ones."
    return (
        f"Nothing. The new key makes {kind} from {active_at:%Y-%m-%d %H:%M:%S} UTC; "
        f"the old one verifies until {gone_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def _make(context: ManagementContext, alg: str, announced_at: datetime, active_at: datetime) -> Key:
    if alg == SEAL:
        return making.make_sealing_key(context.vault, announced_at, active_at)
    return making.make_signing_key(alg, context.vault, announced_at, active_at)


async def open_vault(
    store: Store,
    master: MasterKey,
    mode: str | None,
    clock: Callable[[], datetime],
    draw: Draw = SYSTEM,
) -> Vault:
    """Open the database's vault; the first to come makes it and ties it to this master key.

    `mode` marks the database for good; None takes it as it is. Raises WrongMasterKey, which names
    both key ids, or NotPossible for another mode.
    """
    known = await store.read(_known)
    if known[DATA_KEY] is None:
        with contextlib.suppress(Conflict):  # another process was first
            await store.commit(*_first_claim(master, clock(), draw))
        known = await store.read(_known)
    found, wrapped = known[KEY_ID], known[DATA_KEY]
    if found != master.key_id or known[KEY_CHECK] != master.check_value or wrapped is None:
        raise WrongMasterKey(
            f"This database belongs to master key {found}; the one given is {master.key_id}. "
            "Set SATSUMA_MASTER_KEY_FILE to the right key's file."
        )
    if mode is not None:
        await _mark(store, known[MODE], mode)
    return master.open_data_key(wrapped, draw)


async def rotate_master_key(context: ManagementContext, old: MasterKey, new: MasterKey) -> None:
    """Wrap the data key under a new master key; servers hold the opened vault and carry on.

    One conditional commit: the database belongs to one key or to the other, never to neither.
    """
    known = await context.store.read(_known)
    wrapped = known[DATA_KEY]
    if wrapped is None or known[KEY_ID] != old.key_id:
        raise WrongMasterKey(
            f"This database belongs to master key {known[KEY_ID]}, not to {old.key_id}"
        )
    if new.key_id == old.key_id:
        raise NotPossible("master-key-same", "The new master key is the present one")
    values = {
        KEY_ID: new.key_id,
        KEY_CHECK: new.check_value,
        DATA_KEY: new.take_over(wrapped, old),
    }
    effects: list[Effect] = [SetMeta(name, known[name], value) for name, value in values.items()]
    effects.append(context.audit("master-key.rotate", "database", old=old.key_id, new=new.key_id))
    try:
        await context.store.commit(*effects)
    except Conflict as conflict:
        raise NotPossible(conflict.slug, "Another rotation of the master key came first") from None


def _known(reader: Reader) -> dict[str, str | None]:
    return {name: reader.find_meta(name) for name in (KEY_ID, KEY_CHECK, DATA_KEY, MODE)}


def _first_claim(master: MasterKey, now: datetime, draw: Draw) -> tuple[Effect, ...]:
    return (
        SetMeta(DATA_KEY, None, master.new_data_key(draw)),
        SetMeta(KEY_ID, None, master.key_id),
        SetMeta(KEY_CHECK, None, master.check_value),
        SetMeta(DATABASE_ID, None, public_id("db", draw)),
        Audit(now, "system", "master-key.claim", "database", json.dumps({"key": master.key_id})),
    )


async def _mark(store: Store, found: str | None, mode: str) -> None:
    if found is None:
        with contextlib.suppress(Conflict):
            await store.commit(SetMeta(MODE, None, mode))
        found = await store.read(lambda reader: reader.find_meta(MODE))
    if found != mode:
        raise NotPossible(
            "mode-differs", f"This database is marked {found}, not {mode}: use another database"
        )
