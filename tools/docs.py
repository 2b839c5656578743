"""Write the pages of `docs/` that are generated from the code; with `--check`, say which of them are stale.

architecture.md  its drawing, its rooms and the ways of four requests
settings.md   from the structures in satsuma.app.settings
errors.md     from the table of refusals
samples.md    from the targets of satsuma.samples and what `make samples` proved
rfc-map.md    from the `Spec:` lines of docstrings and the `spec` markers of tests
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from drawing import drawing
from pages import ROOT, headed, table
from rfc_map import map_page
from rooms import rooms_table
from samples import samples_page
from ways import ways_table

from satsuma.app.settings import SECRETS, IssuerSettings, Settings
from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.errors.table import CONNECTION, GROUPS
from satsuma.domain.issuers import PRESETS, IssuerPolicy
from satsuma_client.protocol.secret import Secret

NOTHING: Final = "none"


def main(arguments: list[str]) -> int:
    """Write each page, or only compare; give the exit status."""
    pages = {name: page() for name, page in PAGES.items()}
    if pages["architecture.md"] != _read("architecture.md"):
        pages["architecture.md"] = (
            architecture_page()
        )  # a busy machine may have mixed up two traces
    stale = [name for name, text in pages.items() if _read(name) != text]
    if "--check" not in arguments:
        for name in stale:
            (ROOT / "docs" / name).write_text(pages[name])
            print(f"docs/{name} written")
        return 0
    for name in stale:
        print(f"docs/{name} is not what the code says: run `make docs`")
    return 1 if stale else 0


def _read(name: str) -> str | None:
    file = ROOT / "docs" / name
    return file.read_text() if file.exists() else None


# ---- settings ----

SETTINGS_HEAD: Final = """# Settings

A setting is read from the file that `--config` names (TOML), then from the environment, then from the command line; the
later wins. A key that is not on this page refuses to start, in the file and in the environment. A limit or a token life
that is weaker than its preset, and the demo and test modes, print a line at every start and are findings of
`satsuma server doctor`.

Secrets never stand in the file: set the variable, or let the variable with `_FILE` at its end name a file that holds
it. Variables that begin with `SATSUMA_CLIENT_` belong to the client and are passed over.
"""
ISSUERS_HEAD: Final = """## Issuers

An issuer is a path on the API surface and what holds there. There are three by themselves, each named as its preset; a
table in the file changes one of them, or adds another on a preset. Issuers have no environment variables.

```toml
[issuers.standard]
token_format = "jwt"
token_life = 600

[issuers.orange-u2m]
enabled = false
```
"""


def settings_page() -> str:
    """Give the page of settings."""
    issuers = table(("name", "type", "what it is"), _issuer_rows())
    presets = table(("preset", *PRESETS), _preset_rows())
    return "\n".join(
        (
            headed(SETTINGS_HEAD),
            "## The server\n",
            table(("name", "type", "default", "what it is", "variable"), _setting_rows()),
            ISSUERS_HEAD,
            issuers,
            "What each preset holds where nothing else is said:\n",
            presets,
        )
    )


def _setting_rows() -> Iterator[tuple[str, ...]]:
    hints = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        if field.name == "issuers":
            continue
        meta = _meta(hints[field.name])
        variable = f"`SATSUMA_{field.name.upper()}`"
        if field.name in SECRETS:
            variable += f", `SATSUMA_{field.name.upper()}_FILE`"
        default = _default(field.default)
        if default == NOTHING and "default" in meta:
            default = "see there"
        yield f"`{field.name}`", _type(hints[field.name]), default, meta, variable


def _issuer_rows() -> Iterator[tuple[str, ...]]:
    hints = get_type_hints(IssuerSettings, include_extras=True)
    for field in msgspec.structs.fields(IssuerSettings):
        yield f"`{field.name}`", _type(hints[field.name]), _meta(hints[field.name])


def _preset_rows() -> Iterator[tuple[str, ...]]:
    for field in fields(IssuerPolicy):
        if field.name != "name":
            values = (getattr(policy, field.name) for policy in PRESETS.values())
            yield f"`{field.name}`", *(_default(value) for value in values)


def _default(value: object) -> str:
    match value:
        case None | "" | ():
            return NOTHING
        case bool():
            return "`true`" if value else "`false`"
        case timedelta():
            return f"{value.total_seconds():.0f} seconds"
        case tuple():
            return " ".join(f"`{each}`" for each in value)
        case _:
            return f"`{value}`"


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    if get_origin(hint) is Annotated:
        yield from (each for each in hint.__metadata__ if isinstance(each, msgspec.Meta))
        yield from _metas(hint.__origin__)
    for each in get_args(hint):
        if get_origin(each) is Annotated:
            yield from _metas(each)


def _meta(hint: Any) -> str:
    return next(meta.description for meta in _metas(hint) if meta.description)


def _type(hint: Any) -> str:
    """Say what values a setting takes, with its unit and bounds."""
    kind = next((meta.extra["kind"] for meta in _metas(hint) if meta.extra), None)
    text = kind or " or ".join(_kinds(hint))
    least = next((meta.ge for meta in _metas(hint) if meta.ge is not None), None)
    most = next((meta.le for meta in _metas(hint) if meta.le is not None), None)
    if text == "number" and _meta(hint).startswith("Seconds"):
        text = "seconds"
    if least is not None:
        text += f", {least} to {most}" if most is not None else f", {least} or more"
    return text


def _kinds(hint: Any) -> Iterator[str]:
    while get_origin(hint) is Annotated:
        hint = hint.__origin__
    if get_origin(hint) is Literal:
        yield " ".join(f"`{value}`" for value in get_args(hint))
    elif get_origin(hint) in (types.UnionType, Union):
        for each in get_args(hint):
            yield from _kinds(each)
    elif hint is not types.NoneType:
        names = {str: "text", int: "number", bool: "`true` or `false`", Secret: "secret"}
        yield names.get(hint, "list of texts, in a variable separated by commas")


# ---- errors ----

ERRORS_HEAD: Final = """# Errors

Every cause of refusal has a slug, one row of one catalogue, and a page of its own on a running server, at
`/errors/SLUG`. The caller gets the status and the sentence; the slug stands in the request log and in what
`satsuma explain REQUEST_ID` says. *Shown as* names the row that the outside sees where telling would help an attacker:
the caller of a row with it gets the other row's answer.
"""
CONNECTION_HEAD: Final = """\
The bounds of a connection, on every path. The connection closes after the answer; `host-unknown` is the exception: it
is told of a request whose Host names no surface.
"""


def errors_page() -> str:
    """Give the page of errors."""
    head = ("slug", "status", "error", "says", "how to mend it", "shown as")
    parts = [headed(ERRORS_HEAD)]
    for title, rows in GROUPS:
        parts += [f"## {title}\n", table(head, map(_error_row, rows))]
    parts += [f"## {CONNECTION.title}\n", CONNECTION_HEAD]
    lines = ((f"`{row.slug}`", str(row.status), str(row.code), row.says) for row in CONNECTION.rows)
    return "\n".join([*parts, table(("slug", "status", "code", "says"), lines)])


def _error_row(row: ErrorRow) -> tuple[str, ...]:
    error = str(row.code) if row.code else f"`{row.error}`"
    shown = f"`{row.shown_as}`" if row.shown_as not in (None, row.slug) else ""
    return f"`{row.slug}`", str(row.status), error, row.says, row.help, shown


# ---- architecture ----


def architecture_page() -> str:
    """The page as it stands, with what is written from the code between its marks renewed."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    parts = {
        "drawing": drawing(),
        "rooms": table(("room", "owns"), rooms_table()),
        "ways": table(("request", "files, in the order in which they are entered"), ways_table()),
    }
    for name, written in parts.items():
        begin, end = f"<!-- {name}: written by `make docs` -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = before + begin + written.rstrip("\n") + "\n" + end + rest.partition(end)[2]
    return text


PAGES: Final[dict[str, Callable[[], str]]] = {
    "architecture.md": architecture_page,
    "settings.md": settings_page,
    "errors.md": errors_page,
    "samples.md": samples_page,
    "rfc-map.md": map_page,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
