"""The rooms and the arrows between them, drawn from the code's imports: for the page on architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from rooms import HOMES, layers

Graph = dict[str, set[str]]


def imports() -> Graph:
    """Which room imports which; the client's are named `client: ROOM`."""
    graph: Graph = {}
    for package, home in HOMES.items():
        for file in home.rglob("*.py"):
            room = file.relative_to(home).parts[0]
            if room.endswith(".py"):
                continue
            here = graph.setdefault(_named(package, room), set())
            here |= {
                there for there in _imported(file.read_text()) if there != _named(package, room)
            }
    return graph


def _imported(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, _, rest = f"{node.module}.{node.names[0].name}".partition(".")
            if package in HOMES and rest.partition(".")[0] in _rooms(package):
                yield _named(package, rest.partition(".")[0])


def _rooms(package: str) -> set[str]:
    return {path.name for path in HOMES[package].iterdir() if path.is_dir()}


def _named(package: str, room: str) -> str:
    return room if package == "satsuma" else f"client: {room}"


def reduced(graph: Graph) -> Graph:
    """Without the arrows that a longer way says already."""

    def reached(start: str) -> set[str]:
        found: set[str] = set()
        waiting = [start]
        while waiting:
            for there in graph.get(waiting.pop(), ()):
                if there not in found:
                    found.add(there)
                    waiting.append(there)
        return found

    far = {room: reached(room) for room in graph}
    return {
        room: {
            each for each in near if not any(each in far.get(other, ()) for other in near - {each})
        }
        for room, near in graph.items()
    }


def drawing() -> str:
    """The drawing in the language that renderers of Markdown know: a box a line of rooms, the arrows that matter."""
    graph = imports()
    lines = ["```mermaid", "flowchart TB"]
    names = [[_named("satsuma", room) for room in line] for line in layers("satsuma")]
    names += [
        [_named("satsuma_client", room) for room in line] for line in layers("satsuma_client")
    ]
    for number, line in enumerate(names):
        lines.append(f'  subgraph line{number:02}[" "]')
        lines += [f'    {_id(room)}["{room}"]' for room in line if room in graph]
        lines.append("  end")
    for room, near in sorted(reduced(graph).items()):
        lines += [f"  {_id(room)} --> {_id(there)}" for there in sorted(near)]
    return "\n".join([*lines, "```"])


def imports_table() -> Iterator[tuple[str, str]]:
    """Each room, and all that it imports."""
    graph = imports()
    for line in layers("satsuma"):
        for room in line:
            yield f"`{room}`", ", ".join(sorted(graph.get(room, ()))) or "nothing of ours"


def _id(room: str) -> str:
    return room.replace("client: ", "client_")


if __name__ == "__main__":
    print(drawing())
