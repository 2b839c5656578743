"""Where settings come from: a TOML file, then the environment, then the command line; each value knows its place.

What is wrong is collected, so that all of it is told at once: the setting's name, where it stands, how to write it.
"""

from __future__ import annotations

import re
import tomllib
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec
from msgspec import Meta

from satsuma.app.issuer_settings import BadSettings
from satsuma.app.setting_files import BadFile, read_text
from satsuma_client.protocol.secret import Secret

PREFIX: Final = "SATSUMA_"
_FOREIGN: Final = ("SATSUMA_CLIENT_",)
_LONGEST_SHOWN: Final = 80
_WHOLE: Final = re.compile(r"[0-9]{1,18}\Z")


@dataclass
class SettingSources:
    """What each source says, the later over the earlier, and what is wrong with it.

    `hints` are the types of the settings, `secrets` those that never stand in a file, `unrepeated` those whose value is
    never shown.
    """

    hints: Mapping[str, Any]
    secrets: tuple[str, ...]
    unrepeated: tuple[str, ...]
    given: dict[str, tuple[Any, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def read_file(self, file: Path) -> None:
        """Read a file of settings; raises BadSettings where it cannot be read at all."""
        try:
            tree = tomllib.loads(file.read_text())
        except OSError as problem:
            raise BadSettings(f"cannot read {file}: {problem.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
            raise BadSettings(f"{file} is not TOML: {problem}") from None
        for name, value in tree.items():
            if name in self.secrets:
                says = f"{file}: put {name} into {PREFIX}{name.upper()}_FILE, not here"
                self.faults.append(says)
            elif name not in self.hints:
                self.faults.append(f"{file}: {name} is not a setting: see docs/settings.md")
            else:
                self.given[name] = value, str(file)

    def read_environment(self, environ: Mapping[str, str]) -> None:
        """Read the variables; issuers have none."""
        for variable, value in environ.items():
            if not variable.startswith(PREFIX) or variable.startswith(_FOREIGN):
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name.endswith("_file") and name.removesuffix("_file") in self.secrets:
                self._read_secret(name.removesuffix("_file"), variable, value)
            elif name in self.hints and name != "issuers":
                self.given[name] = value, variable
            else:
                self.faults.append(f"{variable} is not a setting: see docs/settings.md")

    def read_options(self, options: Mapping[str, Any]) -> None:
        """Take what the command line says."""
        for name, value in options.items():
            if value not in (None, ()):
                self.given[name] = value, f"--{name.replace('_', '-')}"

    def values(self) -> dict[str, Any]:
        """Each value in its type and its one form; what has none is a fault."""
        found = {}
        for name, (value, where) in self.given.items():
            try:
                found[name] = self._value(name, value)
            except ValueError as problem:
                self.faults.append(f"{name} ({where}): {problem}")
        return found

    def refuse(self) -> None:
        """Tell all that is wrong; raises BadSettings."""
        if self.faults:
            raise BadSettings("\n".join(self.faults))

    def _value(self, name: str, value: Any) -> Any:
        hint = self.hints[name]
        kept = value
        if _plain(hint) == "number" and isinstance(value, str) and not _WHOLE.match(value):
            kept = None
        if _plain(hint) == "list" and isinstance(value, str):
            kept = [each.strip() for each in value.split(",")]
        try:
            converted = msgspec.convert(kept, hint, strict=False, dec_hook=_as_secret)
        except msgspec.ValidationError as problem:
            expected = expected_of(hint)
            if expected is None:
                raise ValueError(str(problem)) from None
            shown = "" if name in self.unrepeated else f", not {str(value)[:_LONGEST_SHOWN]!r}"
            raise ValueError(f"it is {expected}{shown}") from None
        read = reading_of(hint)
        return converted if read is None or converted is None else read(converted)

    def _read_secret(self, name: str, variable: str, path: str) -> None:
        try:
            self.given[name] = read_text(path).strip(), variable
        except BadFile as problem:
            self.faults.append(f"{variable}: {problem}")


def reading_of(hint: Any) -> Callable[[Any], Any] | None:
    """What reads a value of this setting before it is used; None for one that names no service."""
    for meta in _metas(hint):
        if meta.extra and "read" in meta.extra:
            read: Callable[[Any], Any] = meta.extra["read"]
            return read
    return None


def expected_of(hint: Any) -> str | None:
    """What values a setting takes, in words; None where it is a table with settings of its own."""
    least = next((meta.ge for meta in _metas(hint) if meta.ge is not None), None)
    most = next((meta.le for meta in _metas(hint) if meta.le is not None), None)
    plain = _plain(hint)
    if plain == "number":
        return f"a whole number from {least} to {most}" if most is not None else "a whole number"
    names = {"text": "a text", "yes or no": "true or false", "list": "a list of texts"}
    return names.get(plain) or (None if plain == "table" else plain)


def _plain(hint: Any) -> str:
    while get_origin(hint) is Annotated:
        hint = hint.__origin__
    if get_origin(hint) is Literal:
        *others, last = get_args(hint)
        return f"{', '.join(others)} or {last}"
    if get_origin(hint) in (types.UnionType, Union):
        (hint,) = (each for each in get_args(hint) if each is not types.NoneType)
        return _plain(hint)
    names = {str: "text", Secret: "text", int: "number", bool: "yes or no", tuple: "list"}
    return names.get(get_origin(hint) or hint, "table")


def _metas(hint: Any) -> list[Meta]:
    return [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Meta)]


def _as_secret(kind: type, value: Any) -> Any:
    if kind is Secret and isinstance(value, (str, Secret)):
        return value if isinstance(value, Secret) else Secret(value)
    raise NotImplementedError
