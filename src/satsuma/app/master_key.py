"""The master key's place: a setting, or the key file that an embedded database makes for itself."""

from __future__ import annotations

import contextlib
import os
from errno import ENOTDIR
from pathlib import Path

from satsuma.app.settings import BadSettings, Settings
from satsuma.keys.master import MasterKey
from satsuma.store.opening import MEMORY, POSTGRESQL, sqlite_path


def load_master_key(settings: Settings) -> MasterKey:
    """The master key; a new embedded database gets one, an existing one never does.

    Call it before the database is opened: opening makes the file. Raises BadSettings.
    """
    if settings.master_key is not None:
        return _parse(settings.master_key.reveal(), "SATSUMA_MASTER_KEY")
    if settings.database == MEMORY:
        return MasterKey.generate()
    file = key_file(settings)
    if file is None:
        raise BadSettings(
            "A PostgreSQL database needs a master key: make one with "
            "`satsuma keys make-master FILE`, then set SATSUMA_MASTER_KEY_FILE=FILE."
        )
    if not file.exists() and _has_content(database_file(settings)) and not file.exists():
        raise BadSettings(
            f"The database {database_file(settings)} exists, but its master key {file} does not: "
            "put the key file back, or set SATSUMA_MASTER_KEY_FILE to where it is. "
            "Nothing opens the database without it."
        )
    if not file.exists():  # one that is there is read, also where nothing can be written
        with contextlib.suppress(FileExistsError):
            write_key(file, MasterKey.generate())
    return read_key(file)


def key_file(settings: Settings) -> Path | None:
    """Where an embedded database's own key stands; None where the operator holds the key."""
    file = database_file(settings)
    if settings.master_key is not None or file is None:
        return None
    return file.with_name(file.name + ".key")


def database_file(settings: Settings) -> Path | None:
    """The file of an embedded database; None for another kind. Raises BadSettings."""
    if settings.database.startswith(POSTGRESQL) or settings.database == MEMORY:
        return None
    try:
        return sqlite_path(settings.database)
    except ValueError as problem:
        raise BadSettings(str(problem)) from None


def read_key(file: Path) -> MasterKey:
    """Read a key file; raises BadSettings."""
    try:
        text = file.read_text("ascii", errors="replace")
    except OSError as problem:
        raise BadSettings(f"Cannot read the master key {file}: {problem.strerror}") from None
    return _parse(text, str(file))


def write_key(file: Path, key: MasterKey) -> None:
    """Write a key to a new file, whole, durable and for its owner alone.

    Raises FileExistsError where something is there, another OSError where it cannot be written.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR), str(file.parent)) from None
    part = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, key.export().encode() + b"\n")
        os.fsync(descriptor)
        os.link(part, file)
    except OSError as problem:  # such as a full disk, of which the descriptor's error names no file
        raise OSError(problem.errno, problem.strerror, str(file)) from None
    finally:
        os.close(descriptor)
        part.unlink()
    _sync_folder(file)


def put_in_place(new: Path, file: Path, old: MasterKey) -> Path:
    """Let a new key file take the place of the present one, which is kept under its key's id."""
    kept = file.with_name(f"{file.name}.{old.key_id}")
    with contextlib.suppress(FileExistsError):
        os.link(file, kept)
    new.replace(file)
    _sync_folder(file)
    return kept


def _sync_folder(file: Path) -> None:
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _has_content(file: Path | None) -> bool:
    return file is not None and file.exists() and file.stat().st_size > 0


def _parse(text: str, where: str) -> MasterKey:
    try:
        return MasterKey.parse(text)
    except ValueError as problem:
        raise BadSettings(f"{where}: {problem}") from None
