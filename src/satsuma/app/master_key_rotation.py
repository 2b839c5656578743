"""A new master key, put in place while servers serve, so that no moment leaves the database without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from satsuma.app.master_key import key_file, load_master_key, put_in_place, read_key, write_key
from satsuma.app.settings import BadSettings, Settings
from satsuma.keys.master import MasterKey
from satsuma.management.context import ManagementContext
from satsuma.management.keys import KEY_ID, open_vault, rotate_master_key
from satsuma.store.port import Store


def rotate_master(
    settings: Settings, new_file: Path | None, actor: str, clock: Callable[[], datetime]
) -> Callable[[Store], Awaitable[dict[str, Any]]]:
    """The work of a rotation: the new key is durable before the database belongs to it.

    A rotation broken off half way is finished by the next one. Raises BadSettings.
    """
    own_file = key_file(settings)

    async def work(store: Store) -> dict[str, Any]:
        old = load_master_key(settings)
        new, waiting = _new_key(own_file, new_file)
        belongs_to = await store.read(lambda reader: reader.find_meta(KEY_ID))
        if belongs_to != new.key_id or old.key_id == new.key_id:
            vault = await open_vault(store, old, None, clock)
            await rotate_master_key(ManagementContext(store, vault, clock, actor), old, new)
        kept = None
        if own_file is not None and waiting is not None:
            kept = put_in_place(waiting, own_file, old)
        return {
            "old": old.key_id,
            "new": new.key_id,
            "dies": "Nothing. Running servers carry on; from their next start they need the new key.",
            "next": _next_step(own_file, new_file),
            "kept": None if kept is None else f"{kept} opens backups made before now",
        }

    return work


def _new_key(own_file: Path | None, new_file: Path | None) -> tuple[MasterKey, Path | None]:
    """The new key, and the file that waits to take the present one's place."""
    if own_file is None:
        if new_file is None:
            raise BadSettings(
                "Say where the new master key is: `satsuma keys make-master FILE`, "
                "then --new-master-key-file FILE"
            )
        return read_key(new_file), None
    waiting = own_file.with_name(own_file.name + ".next")
    if not waiting.exists():
        write_key(waiting, MasterKey.generate() if new_file is None else read_key(new_file))
    elif new_file is not None and read_key(new_file).key_id != read_key(waiting).key_id:
        raise BadSettings(f"{waiting} is left of an earlier rotation: finish that one first")
    return read_key(waiting), waiting


def _next_step(own_file: Path | None, new_file: Path | None) -> str:
    if own_file is not None:
        return f"{own_file} holds the new key"
    return f"Set SATSUMA_MASTER_KEY_FILE={new_file} for every server's next start"
