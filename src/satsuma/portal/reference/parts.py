"""What a page of the reference shows, in panels; cut into parts where it would become too large for one page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from satsuma.portal.reference.document import Document, Object, Operation, as_list, as_object
from satsuma.portal.reference.schema_rows import (
    Kind,
    Row,
    clipped,
    kind_of,
    parameter_rows,
    rows_of,
    schema_of,
)
from satsuma.portal.reference.texts import plain, size, weight
from satsuma.web.languages import N_

LARGEST: Final = 62_000
"""How much of a page its panels are; the rest is the frame, and what *Try it* needs."""
MOST_EXAMPLES: Final = 5
MOST_ANSWERS: Final = 60
MOST_MEDIA: Final = 8
_LONGEST_EXAMPLE: Final = 8_000
_PARTS_OF_EXAMPLE: Final = 1_500
_PLACES: Final = ("path", "query", "header", "cookie")
_OURS: Final = frozenset({"accept", "content-type", "authorization"})


_NO_KIND: Final = Kind()


@dataclass(frozen=True, slots=True)
class Block:
    """One thing of a panel: a text in Markdown, lines of a schema, an example, a heading, or how many are left out."""

    kind: Literal["text", "rows", "code", "head", "left", "missing"]
    text: Any = ""
    title: str = ""
    schema: Kind = _NO_KIND
    rows: tuple[Row, ...] = ()
    count: int = 0

    @property
    def weight(self) -> int:
        """How much of a page it becomes, nearly."""
        if self.kind == "text":
            return 200 + weight(self.text)
        written = (self.text if self.kind == "code" else "", self.title, self.schema.name)
        return 300 + sum(map(size, written)) + sum(map(_weight, self.rows))


@dataclass(slots=True)
class Panel:
    """A titled part of a page; `status` is an answer's."""

    title: str
    note: str = ""
    status: str = ""
    blocks: list[Block] = field(default_factory=list)
    goes_on: bool = False


def _weight(row: Row) -> int:
    texts = [
        row.name,
        row.kind.before,
        row.kind.name,
        row.kind.slug,
        row.kind.after,
        row.missing,
        row.within,
    ]
    texts += [text for fact in row.facts for text in fact] + list(row.values)
    own = 420 + 60 * len(row.facts) + 16 * len(row.values)
    return own + sum(map(size, texts)) + weight(row.description)


def cut(panels: list[Panel], first: int = LARGEST, each: int = LARGEST) -> list[list[Panel]]:
    """The panels as parts of bounded size; lines of one schema may stand on several."""
    parts: list[list[Panel]] = [[]]
    room = first
    for panel in panels:
        begun, goes_on = False, False
        for block in panel.blocks:
            for piece in _pieces(block, each):
                if piece.weight > room and parts[-1]:
                    parts.append([])
                    room = each
                    begun = False
                if not begun:
                    parts[-1].append(replace(panel, blocks=[], goes_on=goes_on))
                    begun = goes_on = True
                parts[-1][-1].blocks.append(piece)
                room -= piece.weight
    return parts


def _pieces(block: Block, most: int) -> Iterator[Block]:
    """A block, in several where its lines are many."""
    if block.weight <= most // 4 or not block.rows:
        yield block
        return
    rows: list[Row] = []
    taken = 0
    for row in block.rows:
        if rows and taken + _weight(row) > most // 4:
            yield replace(block, rows=tuple(rows))
            rows, taken = [], 0
        rows.append(row)
        taken += _weight(row)
    yield replace(block, rows=tuple(rows))


def operation_panels(document: Document, operation: Operation) -> list[Panel]:
    """What is known of an operation: its description, parameters, body, and what it answers."""
    given = operation.given
    found: list[Panel] = []
    if given.get("description"):
        found.append(Panel(N_("What it does"), blocks=[Block("text", given["description"])]))
    found += _parameters(document, operation)
    body = document.find(given.get("requestBody"))
    if body.missing:
        found.append(Panel(N_("Body"), blocks=[_missing(body.reference)]))
    elif isinstance(body.value, dict):
        needed = N_("required") if body.value.get("required") is True else ""
        found.append(Panel(N_("Body"), needed, blocks=list(_content(document, body.value))))
    answers = as_object(given.get("responses"))
    for status, answer in list(answers.items())[:MOST_ANSWERS]:
        found.append(_answer(document, plain(status, 20), answer))
    return [panel for panel in found if panel.blocks]


def schema_panels(document: Document, name: str) -> list[Panel]:
    """What is known of a named schema."""
    node = as_object(as_object(document.given.get("components")).get("schemas")).get(name)
    schema = as_object(document.find(node).value)
    found = [Panel(N_("Members"), blocks=[Block("rows", rows=tuple(rows_of(document, node)))])]
    if schema.get("description"):
        found.insert(0, Panel(N_("What it is"), blocks=[Block("text", schema["description"])]))
    examples = list(_examples(document, schema))
    return [*found, *([Panel(N_("Examples"), blocks=examples)] if examples else [])]


def _parameters(document: Document, operation: Operation) -> Iterator[Panel]:
    given = document.parameters_of(operation)
    rows = [
        row
        for place in _PLACES
        for parameter in given
        if parameter["in"] == place
        and not (place == "header" and parameter["name"].lower() in _OURS)
        for row in parameter_rows(document, parameter, plain(parameter["name"], 120), place)
    ]
    lost = [
        _missing(found.reference)
        for found in map(
            document.find, (*operation.shared, *as_list(operation.given.get("parameters")))
        )
        if found.missing
    ]
    if rows or lost:
        yield Panel(N_("Parameters"), blocks=[*lost, Block("rows", rows=tuple(rows))])


def _answer(document: Document, status: str, node: Any) -> Panel:
    found = document.find(node)
    if found.missing:
        return Panel(N_("Answer"), status=status, blocks=[_missing(found.reference)])
    answer = as_object(found.value)
    blocks = []
    if answer.get("description"):
        blocks.append(Block("text", answer["description"]))
    headers = [
        row
        for name, node in as_object(answer.get("headers")).items()
        for row in parameter_rows(
            document, as_object(document.find(node).value), plain(name, 120), "header"
        )
    ]
    if headers:
        blocks.append(Block("rows", rows=tuple(headers)))
    blocks += _content(document, answer)
    return Panel(N_("Answer"), status=status, blocks=blocks or [Block("text", "—")])


def _content(document: Document, holder: Object) -> Iterator[Block]:
    """The media types of a body or an answer: each with its schema and examples, a schema once."""
    if holder.get("description") and "content" in holder and "required" in holder:
        yield Block("text", holder["description"])
    content = as_object(holder.get("content"))
    shown: list[Any] = []
    for kind, node in list(content.items())[:MOST_MEDIA]:
        media = as_object(node)
        schema = media.get("schema")
        title = plain(kind, 120)
        yield Block("head", title=title, schema=kind_of(document, schema or {}))
        if schema is not None and schema not in shown:
            shown.append(schema)
            rows = rows_of(document, schema)
            if rows:
                yield Block("rows", rows=tuple(rows))
        yield from _examples(document, media)
    if len(content) > MOST_MEDIA:
        yield Block("left", count=len(content) - MOST_MEDIA)


def _examples(document: Document, holder: Object) -> Iterator[Block]:
    """The examples that a document gives, a few of many; one that stands elsewhere is not fetched."""
    given: list[tuple[str, Any]] = []
    if holder.get("example") is not None:
        given.append(("", holder["example"]))
    named = holder.get("examples")
    if isinstance(named, dict):
        for name, node in list(named.items())[: MOST_EXAMPLES + 1]:
            example = as_object(document.find(node).value)
            if "value" in example:
                given.append((plain(example.get("summary") or name, 120), example["value"]))
    elif isinstance(named, list):
        given += [("", value) for value in named[: MOST_EXAMPLES + 1]]
    for title, value in given[:MOST_EXAMPLES]:
        yield Block("code", pretty(value), title)
    left = (len(named) if isinstance(named, dict | list) else 0) - MOST_EXAMPLES
    if left > 0:
        yield Block("left", count=left)


def pretty(value: Any) -> str:
    """An example on lines of its own, cut where it is long."""
    text = value
    if not isinstance(value, str):
        text = json.dumps(clipped(value, _PARTS_OF_EXAMPLE), indent=2, ensure_ascii=False)
    return plain(text, _LONGEST_EXAMPLE)


def _missing(reference: str) -> Block:
    return Block("missing", plain(reference))


__all__ = [
    "LARGEST",
    "Block",
    "Panel",
    "cut",
    "operation_panels",
    "pretty",
    "schema_of",
    "schema_panels",
]
