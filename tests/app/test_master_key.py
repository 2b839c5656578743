"""The key file of an embedded database: made once, then only read."""

import os
from pathlib import Path

import pytest

from satsuma.app import master_key
from satsuma.app.master_key import load_master_key
from satsuma.app.settings import Settings, load_settings


def settings_of(folder: Path) -> Settings:
    return load_settings(None, {"SATSUMA_DATABASE": f"sqlite:///{folder / 'facts.db'}"}, {})


def test_a_key_that_is_there_is_read_and_nothing_is_written(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    made = load_master_key(settings)
    before = os.stat(tmp_path).st_mtime_ns
    os.utime(tmp_path, ns=(before - 10**9, before - 10**9))
    again = load_master_key(settings)
    assert again.key_id == made.key_id
    assert os.stat(tmp_path).st_mtime_ns == before - 10**9
    assert [path.name for path in tmp_path.iterdir()] == ["facts.db.key"]


def test_a_disk_without_room_for_a_key_is_told_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, text: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(master_key.os, "write", full)
    with pytest.raises(OSError, match="No space left") as told:
        load_master_key(settings_of(tmp_path))
    assert told.value.filename == str(tmp_path / "facts.db.key")
    assert list(tmp_path.iterdir()) == []
