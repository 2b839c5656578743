"""Print the rooms from top to bottom, each with its charter: a room imports from the lines below its own."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator

from pages import ROOT

HOMES = {"satsuma": ROOT / "src" / "satsuma", "satsuma_client": ROOT / "client/src/satsuma_client"}


def layers(container: str) -> list[list[str]]:
    """The rooms of one distribution, line by line, the highest first."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for contract in config["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [container]:
            return [[room.strip("() ") for room in line.split("|")] for line in contract["layers"]]
    raise LookupError(container)


def charter(container: str, room: str) -> str:
    """What a room owns, in its own words."""
    text = (HOMES[container] / room / "__init__.py").read_text()
    return ast.get_docstring(ast.parse(text)) or ""


def rooms_table() -> Iterator[tuple[str, str]]:
    """Each room with the first sentence of its charter, from top to bottom, the client's last."""
    for container, before in (("satsuma", ""), ("satsuma_client", "client: ")):
        for line in layers(container):
            for room in line:
                yield (
                    f"`{before}{room}`",
                    charter(container, room).partition("\n\n")[0].replace("\n", " "),
                )


def main() -> None:
    """Print the map."""
    for container in HOMES:
        print(f"{container}\n{'=' * len(container)}")
        for line in layers(container):
            print(f"\n{' | '.join(line)}")
            for room in line:
                first, *rest = charter(container, room).splitlines()
                print(f"    {first if len(line) == 1 else f'{room}: {first}'}")
                print("".join(f"    {each}\n" for each in rest if each), end="")
        print()


if __name__ == "__main__":
    main()
