"""Profiles: an issuer, a client and a cache under a name, in one file of the user's configuration."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import click

GRANTS: Final = ("authorization_code", "client_credentials")
CACHES: Final = ("file", "keyring")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_MOST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Profile:
    """What a command needs to get tokens; the secret is the one thing that is never shown."""

    name: str
    issuer: str
    client_id: str
    grant: str = "authorization_code"
    scope: str = ""
    resource: str = ""
    api_url: str = ""
    cache: str = "file"
    client_secret: str | None = field(default=None, repr=False)

    def shown(self) -> dict[str, Any]:
        """All but the secret, of which it is said whether there is one."""
        members = asdict(self)
        members["client_secret"] = self.client_secret is not None
        return members


def path() -> Path:
    """The file of the profiles: `SATSUMA_PROFILES`, or in the user's configuration directory."""
    given = os.environ.get("SATSUMA_PROFILES")
    if given:
        return Path(given)
    from platformdirs import user_config_path

    return user_config_path("satsuma", appauthor=False) / "profiles.json"


def all_profiles() -> dict[str, Profile]:
    """Every profile by its name; raises ClickException for a file that cannot be read."""
    file = path()
    try:
        with file.open("rb") as reading:
            _check_mode(file, os.fstat(reading.fileno()))
            members = json.loads(reading.read(_MOST))
        return {name: _profile(name, each) for name, each in members["profiles"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise click.ClickException(f"{file} cannot be read as profiles; move it away") from None
    except OSError as problem:
        raise click.ClickException(f"{file}: {problem.strerror}") from None


def find(name: str | None) -> Profile:
    """The profile of a name, or the only one; raises ClickException."""
    known = all_profiles()
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None:
        told = "name one of: " + ", ".join(sorted(known)) if known else "there is none yet"
        raise click.ClickException(
            f"Which profile? {told}. `satsuma profiles add NAME --issuer URL --client-id ID` makes one"
        )
    if name not in known:
        raise click.ClickException(
            f"No profile is called {name}; `satsuma profiles list` shows them"
        )
    return known[name]


def put(profile: Profile) -> None:
    """Keep a profile, in the place of one of its name; raises ClickException."""
    if not _NAME.match(profile.name):
        raise click.ClickException("A profile's name has letters, digits, and . _ - between them")
    with _changed() as known:
        known[profile.name] = profile


def remove(name: str) -> Profile:
    """Forget a profile; raises ClickException."""
    find(name)
    with _changed() as known:
        return known.pop(name)


@contextlib.contextmanager
def _changed() -> Iterator[dict[str, Profile]]:
    """The profiles to change, alone; written whole, for their owner only."""
    import tempfile

    from filelock import FileLock

    file = path()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock"), timeout=10, mode=0o600):
        known = all_profiles()
        yield known
        members = {name: _members(profile) for name, profile in sorted(known.items())}
        descriptor, new = tempfile.mkstemp(dir=file.parent, prefix=".profiles-")
        with os.fdopen(descriptor, "w") as writing:
            json.dump({"profiles": members}, writing, indent=2)
        os.replace(new, file)


def _members(profile: Profile) -> dict[str, Any]:
    return {name: value for name, value in asdict(profile).items() if name != "name" and value}


def _profile(name: str, members: Mapping[str, Any]) -> Profile:
    known = {each.name for each in fields(Profile)}
    return Profile(name=name, **{key: str(value) for key, value in members.items() if key in known})


def _check_mode(file: Path, found: os.stat_result) -> None:
    if hasattr(os, "geteuid") and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
        raise click.ClickException(f"{file} holds secrets and is open to others; chmod 600 {file}")
