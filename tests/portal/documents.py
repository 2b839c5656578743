"""APIs with documents, and a reader who goes through all pages of their reference."""

import contextlib
import http.client
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from satsuma.management.api_documents import pack
from tests.wire.server import Server, wait_until

LARGEST = 100_000


def offered(server: Server, document: dict[str, Any], **options: Any) -> str:
    """Offer an API with this document; give the path of its page once that has a reference."""
    name = f"doc-{secrets.token_hex(4)}"
    options.setdefault("access", "open")
    server.new_api(name, openapi=pack(document), **options)
    path = f"/apis/{name}/v1"
    if options["access"] != "private":
        wait_until(lambda: b'id="operations"' in fetched(server, path).body, 5)
    return path


def fetched(server: Server, path: str, **headers: str) -> Any:
    return server.request("GET", path, None, headers, f"localhost:{server.port}")


def of_paths(**paths: Any) -> dict[str, Any]:
    """A document of these operations: path and method by name, `shops_get` for GET /shops."""
    found: dict[str, Any] = {}
    for name, operation in paths.items():
        path, _, method = name.rpartition("_")
        found.setdefault(f"/{path}", {})[method] = operation
    return {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": found}


def of_schema(schema: Any, **schemas: Any) -> dict[str, Any]:
    """A document whose one operation answers with this schema."""
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    document = of_paths(things_get={"operationId": "things", "responses": {"200": answer}})
    return document | {"components": {"schemas": schemas}}


@dataclass
class Walk:
    """All pages of a reference, as its links lead to them; each is looked at for what no page may be."""

    server: Server
    root: str
    pages: dict[str, str] = field(default_factory=dict)

    def all(self) -> dict[str, str]:
        """Every page by its path and query."""
        port = self.server.port
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as front:
            waiting = [self.root]
            while waiting:
                path = waiting.pop()
                if path not in self.pages:
                    self.pages[path] = self.page(front, path)
                    waiting += self.links(path)
        return self.pages

    def page(self, front: http.client.HTTPConnection, path: str) -> str:
        front.request("GET", path, headers={"Host": f"localhost:{self.server.port}"})
        response = front.getresponse()
        body = response.read()
        assert response.status == 200, path
        assert len(body) < LARGEST, (path, len(body))
        check(body.decode())
        return body.decode()

    def links(self, path: str) -> Iterator[str]:
        for found in re.findall(r'href="([^"#]*)', self.pages[path]):
            if found.startswith(self.root) and not found.endswith((".md", ".json")):
                yield found

    def named(self, kind: str) -> set[str]:
        """The slugs of operations, tags or schemas that have a page."""
        begin = f"{self.root}/{kind}/"
        return {path.removeprefix(begin).partition("?")[0] for path in self.pages if begin in path}


def check(page: str) -> None:
    """Nothing that somebody else wrote runs, looks like ours, or turns the direction of writing."""
    main = page.partition("<main")[2].partition("</main>")[0]
    for tag in (
        "script",
        "style",
        "iframe",
        "img",
        "object",
        "embed",
        "svg:",
        "link",
        "meta",
        "base",
    ):
        assert f"<{tag}" not in main, tag
    attributes = re.findall(r"<[a-zA-Z][^<>]*?\s(on\w+|style|srcset|formaction)\s*=", main)
    assert not attributes, attributes
    for link in re.findall(r'href="([^"]*)"', main):
        assert link.startswith(("/", "#", "http://", "https://", "mailto:")), link
        assert not link.startswith("//"), link
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", page)
