"""An OpenAPI document as the pages need it: its operations by tag, its named schemas, and what a reference stands for.

Nothing of it is trusted: a part that is not what it should be is as if it were not there.

Spec: RFC 6901.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from satsuma.portal.reference.texts import line, plain, size

METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
MOST_OPERATIONS: Final = 5_000
MOST_TAGS: Final = 200
"""How many tags are told apart; the operations of more stand together."""
MOST_LISTED: Final = 60
"""How many operations an API's own page lists; of more it lists the tags."""
ON_A_PAGE: Final = 150
_LARGEST: Final = 48_000
_OTHERS: Final = "…"
_LONGEST_SLUG: Final = 80
_FURTHEST: Final = 30
_SCHEMAS: Final = "#/components/schemas/"
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a place: its reference where it is one, and the value; `missing` where nothing was found there."""

    value: Any
    reference: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of a path; `slug` is its name in our addresses."""

    slug: str
    method: str
    path: str
    name: str
    summary: str
    deprecated: bool
    tag: str
    given: Object
    shared: tuple[Any, ...]

    @property
    def shown_path(self) -> str:
        """The path as a page shows it."""
        return plain(self.path)

    @property
    def weight(self) -> int:
        """How much of a page its line in a list is, at most or nearly so."""
        return 300 + size(self.shown_path) + size(self.summary) + len(self.slug)


@dataclass(slots=True)
class Tag:
    """Operations that a document puts together; `slug` is its name in our addresses."""

    slug: str
    name: str
    description: Any = ""
    operations: list[Operation] = field(default_factory=list)

    def pages(self) -> list[list[Operation]]:
        """Its operations, so many on a page as are not too large for one."""
        found: list[list[Operation]] = [[]]
        room = _LARGEST
        for each in self.operations:
            if found[-1] and (each.weight > room or len(found[-1]) >= ON_A_PAGE):
                found.append([])
                room = _LARGEST
            found[-1].append(each)
            room -= each.weight
        return found


class Document:
    """A document that was parsed, with what is looked up in it."""

    def __init__(self, given: Object) -> None:
        self.given = given
        self.info = as_object(given.get("info"))
        self.operations: dict[str, Operation] = {}
        self.tags: dict[str, Tag] = {}
        self.slugs_of_schemas: dict[str, str] = {}
        self.schemas: dict[str, str] = {}
        self.served: dict[str, bytes] = {}
        self._index_schemas()
        self._index_operations()

    def _index_schemas(self) -> None:
        used: dict[str, int] = {}
        for name in as_object(as_object(self.given.get("components")).get("schemas")):
            slug = unique(slug_of(name) or "schema", used)
            self.schemas[slug] = name
            self.slugs_of_schemas[name] = slug

    def _index_operations(self) -> None:
        told = {
            tag["name"]: tag.get("description", "")
            for tag in as_list(self.given.get("tags"))[:MOST_TAGS]
            if isinstance(tag, dict) and isinstance(tag.get("name"), str)
        }
        by_name: dict[str, Tag] = {}
        used: dict[str, int] = {}
        for name, description in told.items():
            by_name[name] = Tag(_tag_slug(name, used), plain(name, 60), description)
        slugs: dict[str, int] = {}
        for path, method, shared, given in self._operations():
            name = self._tag_of(path, given)
            if name not in by_name and len(by_name) >= MOST_TAGS:
                name = _OTHERS
            if name not in by_name:
                by_name[name] = Tag(_tag_slug(name, used), plain(name, 60))
            operation = _operation(path, method, shared, given, by_name[name].slug, slugs)
            by_name[name].operations.append(operation)
            self.operations[operation.slug] = operation
        self.tags = {tag.slug: tag for tag in by_name.values() if tag.operations}

    @property
    def is_short(self) -> bool:
        """Whether the API's own page can list its operations."""
        every = self.operations.values()
        return len(every) <= MOST_LISTED and sum(each.weight for each in every) <= _LARGEST

    def _operations(self) -> Iterator[tuple[str, str, tuple[Any, ...], Object]]:
        count = 0
        for path, item in as_object(self.given.get("paths")).items():
            found = as_object(self.find(item).value)
            for method in METHODS:
                given = found.get(method)
                if isinstance(given, dict) and path.startswith("/"):
                    count += 1
                    if count > MOST_OPERATIONS:
                        return
                    yield path, method, tuple(as_list(found.get("parameters"))), given

    def _tag_of(self, path: str, given: Object) -> str:
        """The first tag of an operation; without one, the first part of its path."""
        tags = [each for each in as_list(given.get("tags")) if isinstance(each, str) and each]
        if tags:
            return tags[0]
        parts = [part for part in path.split("/") if part and not part.startswith("{")]
        return parts[0] if parts else "/"

    def find(self, node: Any) -> Found:
        """What a node is, its references followed; nothing outside of the document is looked at."""
        first = ""
        for _ in range(_FURTHEST):
            reference = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(reference, str):
                return Found(node, first)
            reference = reference or "#"
            first = first or reference
            node = self._at(reference)
            if node is None:
                return Found({}, first, missing=True)
        return Found({}, first, missing=True)

    def _at(self, reference: str) -> Any:
        if reference == "#":
            return self.given
        if not reference.startswith("#/"):
            return None
        node: Any = self.given
        for part in unquote(reference[2:]).split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, dict):
                node = node.get(key)
            elif isinstance(node, list) and key.isascii() and key.isdigit() and len(key) < 6:
                node = node[int(key)] if int(key) < len(node) else None
            else:
                return None
        return node

    def schema_slug(self, reference: str) -> str:
        """The page of the schema that a reference names; empty where it names none of the document's schemas."""
        name = unquote(reference.removeprefix(_SCHEMAS)).replace("~1", "/").replace("~0", "~")
        return self.slugs_of_schemas.get(name, "") if reference.startswith(_SCHEMAS) else ""

    def parameters_of(self, operation: Operation) -> list[Object]:
        """The parameters of an operation, its own before those of its path."""
        found: dict[tuple[str, str], Object] = {}
        own = as_list(operation.given.get("parameters"))
        for given in (*operation.shared, *own):
            parameter = as_object(self.find(given).value)
            name, place = parameter.get("name"), parameter.get("in")
            if isinstance(name, str) and isinstance(place, str):
                found[name, place] = parameter
        return list(found.values())


def _operation(
    path: str, method: str, shared: tuple[Any, ...], given: Object, tag: str, used: dict[str, int]
) -> Operation:
    name = given.get("operationId")
    name = name if isinstance(name, str) and name.strip() else f"{method} {path}"
    summary = line(given.get("summary")) or line(given.get("description"), 120) or plain(name, 120)
    return Operation(
        unique(slug_of(name) or slug_of(f"{method} {path}") or "operation", used),
        method.upper(),
        path,
        plain(name),
        summary,
        given.get("deprecated") is True,
        tag,
        given,
        shared,
    )


def _tag_slug(name: str, used: dict[str, int]) -> str:
    return unique(slug_of(name)[:60].strip("-") or "tag", used)


def slug_of(name: str) -> str:
    """A name as it stands in an address of ours: small letters, digits and - only; empty where it has none of them."""
    parted = re.sub(r"([a-z0-9])([A-Z])", r"\1-\2", name[:400])
    return re.sub(r"[^a-z0-9]+", "-", parted.lower()).strip("-")[:_LONGEST_SLUG].strip("-")


def unique(slug: str, used: dict[str, int]) -> str:
    """The slug, with a number where another thing has it already; `used` has the next number of each."""
    found = slug
    while found in used:
        used[slug] = used.get(slug, 1) + 1
        found = f"{slug}-{used[slug]}"
    used[found] = 1
    return found


def as_object(value: Any) -> Object:
    """A member that should be an object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A member that should be a list; an empty one for what is none."""
    return value if isinstance(value, list) else []
