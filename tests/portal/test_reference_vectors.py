"""Ten documents of ten makers render whole: each operation has its page, each reference leads somewhere or is named."""

import gzip
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from satsuma.management.openapi import read_document
from tests.portal.documents import Walk, offered
from tests.wire.server import Server

VECTORS = Path(__file__).parents[1] / "vectors/openapi"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
OPERATIONS = {
    "api.github.com.json": 1223,
    "openai.yaml": 271,
    "blockfrost.yaml": 129,
    "stapi.json": 120,
    "rclone.json": 101,
    "figma.yaml": 54,
    "readme.json": 54,
    "dialogporten.json": 29,
    "galaxy.json": 9,
    "uspto.json": 3,
}


def nodes(node: Any) -> Iterator[Any]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, dict | list):
            waiting += found.values() if isinstance(found, dict) else found


def pointed(document: Any, reference: str) -> Any:
    """What a reference stands for, by RFC 6901 and nothing of ours."""
    node = document
    for part in reference.removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        node = node[int(name)] if isinstance(node, list) else node[name]
    return node


def unresolved(document: Any) -> set[str]:
    found = set()
    for node in nodes(document):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str):
            try:
                pointed(document, reference)
            except (KeyError, IndexError, ValueError, TypeError):
                found.add(reference)
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_document_of_another_maker_renders_whole(
    server: Server, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.decompress((VECTORS / f"{name}.gz").read_bytes()))
    document = read_document(file)
    paths = [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in METHODS
    ]
    assert len(paths) == OPERATIONS[name]
    walk = Walk(server, offered(server, document))
    pages = walk.all()
    shown = {page for path, page in pages.items() if "/operations/" in path}
    api = walk.root.removeprefix("/apis")
    heads = {page.partition('id="path">')[2].partition("</span>")[0] for page in shown}
    assert {html.escape(f"{api}{path}", quote=False) for _, path in paths} == heads
    assert len(walk.named("operations")) == len(paths)
    text = html.unescape("".join(pages.values()))
    assert [each for each in unresolved(document) if each not in text] == []


def test_the_list_of_documents_is_what_stands_beside_it() -> None:
    listed = (VECTORS / "README.md").read_text()
    assert {file.name for file in VECTORS.glob("*.gz")} == {f"{name}.gz" for name in OPERATIONS}
    for name, count in OPERATIONS.items():
        assert f"| `{name}.gz` |" in listed
        assert f"| {count} |" in listed
    assert json.loads((VECTORS / "github.json").read_text())["openapi"].startswith("3.")
