"""The reference of an API, as its own document says it, whatever that holds.

Long because all that a document may hold stands together.
"""

import json
import re
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satsuma.management.api_documents import LARGEST as LARGEST_STORED
from satsuma.management.api_documents import pack, unpack
from satsuma.management.context import NotPossible
from satsuma.management.openapi import read_document
from satsuma.portal.reference.document import Document
from satsuma.portal.reference.inputs import inputs_of
from satsuma.portal.reference.parts import cut, operation_panels, schema_panels
from satsuma.portal.reference.texts import described
from satsuma.web.pages import render
from tests.oauth.agent import Agent
from tests.portal.developer import developer
from tests.portal.documents import LARGEST, Walk, check, fetched, of_paths, of_schema, offered
from tests.wire.server import Server

NAMED = "#/components/schemas"


def read(server: Server, path: str) -> str:
    reply = fetched(server, path)
    assert reply.status == 200, path
    text: str = reply.body.decode()
    assert len(reply.body) < LARGEST
    check(text)
    return text


def words_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# What a document says is what its pages say.


FIND_SHOPS: dict[str, Any] = {
    "operationId": "findShops",
    "summary": "Find shops",
    "description": "By *postal code*. See [the list](https://shops.example/list).",
    "deprecated": True,
    "parameters": [
        {
            "name": "code",
            "in": "query",
            "required": True,
            "description": "Five digits.",
            "schema": {"type": "string", "pattern": "^[0-9]{5}$", "enum": ["35000", "44000"]},
            "example": "35000",
        }
    ],
    "responses": {
        "200": {
            "description": "Found.",
            "content": {"application/json": {"schema": {"$ref": f"{NAMED}/Page"}}},
        }
    },
}
BOTH: dict[str, Any] = {
    "allOf": [{"$ref": f"{NAMED}/Counted"}, {"properties": {"shops": {"type": "array"}}}]
}
SHOPS = of_paths(shops_get=FIND_SHOPS) | {
    "components": {
        "schemas": {
            "Counted": {"required": ["total"], "properties": {"total": {"type": "integer"}}},
            "Page": BOTH,
        }
    }
}


def test_an_operation_shows_what_its_document_says(server: Server) -> None:
    root = offered(server, SHOPS)
    page = read(server, f"{root}/operations/find-shops")
    assert "<em>postal code</em>" in page
    assert 'href="https://shops.example/list"' in page
    says = words_of(page)
    for expected in (
        "Find shops",
        "deprecated",
        "code string required in the query",
        "one of 35000 44000",
        "pattern ^[0-9]{5}$",
        "total integer required",
        "shops array",
    ):
        assert expected in says, expected
    assert f'href="{root}/schemas/page"' in page
    assert "total integer required" in words_of(read(server, f"{root}/schemas/page"))


def test_a_member_says_what_it_stands_in(server: Server) -> None:
    shop = {"type": "object", "properties": {"place": {"properties": {"city": {}}}}}
    page = {"type": "object", "properties": {"shops": {"type": "array", "items": shop}}}
    path = f"{offered(server, of_schema(page))}/operations/things"
    assert "shops[].place. city any" in words_of(read(server, path))
    assert "`shops[].place.city` any" in fetched(server, f"{path}.md").body.decode()


def test_forms_that_a_value_may_have_are_told_apart(server: Server) -> None:
    pet = {
        "oneOf": [{"$ref": f"{NAMED}/Cat"}, {"type": "object", "properties": {"bark": {}}}],
        "discriminator": {"propertyName": "kind"},
    }
    root = offered(server, of_schema(pet, Cat={"type": "object", "properties": {"purr": {}}}))
    says = words_of(read(server, f"{root}/operations/things"))
    assert "Cat one of these" in says
    assert "object one of these bark" in says
    assert "discriminator kind" in says


def test_the_pages_are_there_in_french_and_as_markdown(server: Server) -> None:
    document = of_paths(shops_get={"operationId": "x", "summary": "Find shops", "tags": ["Shops"]})
    path = f"{offered(server, document)}/operations/x"
    french = fetched(server, path, **{"Accept-Language": "fr"}).body.decode()
    assert 'lang="fr"' in french
    assert "Essayer" in french
    text = fetched(server, f"{path}.md")
    assert text.headers["content-type"].startswith("text/markdown")
    assert text.body.decode().startswith(("- [APIs]", "# Find shops"))
    assert "# Find shops" in text.body.decode()


def test_a_document_says_where_the_gateway_is_and_not_what_stands_behind(server: Server) -> None:
    document = of_paths(shops_get={"servers": [{"url": "http://10.0.0.7/in"}], "responses": {}})
    document["paths"]["/shops"]["servers"] = [{"url": "http://10.0.0.8/in"}]
    item = {"get": {"servers": [{"url": "http://10.0.0.6/in"}]}, "servers": [{"url": "//10.0.0.5"}]}
    link = {"operationId": "x", "server": {"url": "http://10.0.0.4/in"}}
    hook = {"/a": {"post": {"servers": [{"url": "http://10.0.0.3/in"}], "responses": {}}}}
    backend = {"address": "http://10.0.0.2/in"}
    properties = {"servers": {"type": "array"}, "x-name": {"type": "string"}, "server": {}}
    kept = {"Kept": {"properties": properties, "example": {"servers": ["a"], "x-y": 1}}}
    components = {
        "pathItems": {"a": item},
        "links": {"l": link},
        "responses": {"r": {"links": {"l": link}, "headers": {"x-rate": {"schema": {}}}}},
        "callbacks": {"c": hook},
        "schemas": kept,
    }
    document["paths"]["/shops"]["get"] |= {
        "responses": {"200": {"links": {"l": link}}, "x-backend": backend},
        "callbacks": {"c": hook},
        "x-google-backend": backend,
    }
    document["paths"]["x-backend"] = backend
    more = {"servers": [{"url": "http://10.0.0.9/in"}], "x-more": [backend], "webhooks": hook}
    root = offered(server, document | more | {"components": components})
    reply = fetched(server, f"{root}/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    assert reply.json["servers"] == [{"url": server.api_url + root.removeprefix("/apis")}]
    assert b"10.0.0." not in reply.body
    assert reply.json["components"]["schemas"] == kept
    assert set(reply.json["components"]["responses"]["r"]["headers"]) == {"x-rate"}


def test_a_private_apis_reference_is_not_there_for_who_has_no_subscription(server: Server) -> None:
    root = offered(server, of_paths(shops_get={"operationId": "x"}), access="private")
    visitors = (Agent(server), developer(server).agent)
    for path in ("", "/openapi.json", "/operations/x", "/tags/shops", "/operations/x.md"):
        for agent in visitors:
            assert agent.open(f"{server.pages_url}{root}{path}").status == 404


def test_an_api_without_a_document_has_a_page_and_no_reference(server: Server) -> None:
    name = f"bare-{time.monotonic_ns() % 10**9}"
    server.new_api(name, access="open")
    agent = Agent(server)
    url = f"{server.pages_url}/apis/{name}/v1"
    deadline = time.monotonic() + 5
    while agent.open(url).status != 200 and time.monotonic() < deadline:
        pass
    assert 'id="operations"' not in agent.open(url).text
    assert agent.open(f"{url}/openapi.json").status == 404


def test_a_thousand_operations_are_an_index_by_tag(server: Server) -> None:
    paths = {f"t{n % 3}/{n}_get": {"tags": [f"Tag {n % 3}"]} for n in range(1000)}
    walk = Walk(server, offered(server, of_paths(**paths)))
    walk.all()
    assert len(walk.named("operations")) == 1000
    assert walk.named("tags") == {"tag-0", "tag-1", "tag-2"}
    assert "/operations/" not in walk.pages[walk.root]


def test_a_thousand_tags_with_long_names_fit_on_the_page_of_the_api(server: Server) -> None:
    paths = {
        f"{n}{'&' * 500}_get": {"tags": [f"{n}{'&' * 500}"], "summary": "&" * 500}
        for n in range(1000)
    }
    walk = Walk(server, offered(server, of_paths(**paths)))
    walk.all()
    assert len(walk.named("operations")) == 1000
    few = Walk(server, offered(server, of_paths(**dict(list(paths.items())[:50]))))
    few.all()
    assert len(few.named("operations")) == 50


# What a document may hold that would hurt.

CIRCLES: dict[str, tuple[Any, dict[str, Any]]] = {
    "a schema in itself": (
        {"$ref": f"{NAMED}/A"},
        {"A": {"type": "object", "properties": {"a": {"$ref": f"{NAMED}/A"}}}},
    ),
    "all of itself": ({"$ref": f"{NAMED}/A"}, {"A": {"allOf": [{"$ref": f"{NAMED}/A"}] * 9}}),
    "one of itself": ({"$ref": f"{NAMED}/A"}, {"A": {"oneOf": [{"$ref": f"{NAMED}/A"}] * 9}}),
    "references in a ring": (
        {"$ref": f"{NAMED}/A"},
        {"A": {"$ref": f"{NAMED}/B"}, "B": {"$ref": f"{NAMED}/A"}},
    ),
    "a reference to its own place": (
        {"properties": {"up": {"$ref": "#/paths/~1things/get/responses/200"}}},
        {},
    ),
    "no name, round and round": (
        {
            "properties": {
                "a": {
                    "$ref": "#/paths/~1things/get/responses/200/content/application~1json/schema"
                },
                "b": {
                    "$ref": "#/paths/~1things/get/responses/200/content/application~1json/schema"
                },
            }
        },
        {},
    ),
    "the whole document": ({"$ref": "#"}, {}),
    "lists of themselves": ({"$ref": f"{NAMED}/A"}, {"A": {"items": {"$ref": f"{NAMED}/A"}}}),
}


@pytest.mark.parametrize("circle", CIRCLES)
def test_what_goes_round_in_a_circle_ends(server: Server, circle: str) -> None:
    schema, schemas = CIRCLES[circle]
    walk = Walk(server, offered(server, of_schema(schema, **schemas)))
    started = time.monotonic()
    assert walk.all()
    assert time.monotonic() - started < 5


def test_each_name_twice_again_is_cut_and_said(server: Server) -> None:
    """Every level has two references to the next: 2^40 lines, were they all followed."""
    levels = {
        f"x{n}": {"properties": {k: {"$ref": f"#/definitions/x{n + 1}"} for k in ("left", "right")}}
        for n in range(40)
    }
    document = of_schema({"$ref": "#/definitions/x0"}) | {"definitions": levels}
    walk = Walk(server, offered(server, document))
    pages = walk.all()
    assert any("It goes on: the document has all of it." in page for page in pages.values())


@pytest.mark.parametrize(
    "reference",
    [
        "file:///etc/passwd",
        "../../etc/passwd",
        "other.yaml#/Shop",
        "#/components/schemas/Nothing",
        "#/paths/99",
        "#nothing",
        "javascript:alert(1)",
        "#/components/schemas/%ff",
        "#/" + "a/" * 5000,
    ],
)
def test_a_reference_that_is_not_resolved_is_named(server: Server, reference: str) -> None:
    root = offered(server, of_schema({"properties": {"shop": {"$ref": reference}}}))
    page = read(server, f"{root}/operations/things")
    assert "not found" in words_of(page)
    assert reference[:40] in page
    assert "root:" not in page


def test_no_reference_is_fetched(server: Server) -> None:
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                asked.append(connection.recv(100))
                connection.close()

        done = threading.Event()
        thread = threading.Thread(target=listen)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.json"
        document = of_schema({"$ref": url})
        document["paths"]["/things"]["get"]["parameters"] = [{"$ref": url}]
        document["paths"]["/things"]["get"]["requestBody"] = {
            "content": {"application/json": {"examples": {"a": {"externalValue": url}}}}
        }
        document["paths"]["/away"] = {"$ref": url}
        Walk(server, offered(server, document)).all()
        done.set()
        thread.join()
    assert asked == []


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](//evil.example/a) [y](/myapps) [z](\\\\evil.example)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/pixel.png)",
    "<iframe src=https://evil.example></iframe>",
    "<style>body{display:none}</style>",
    "<form action=https://evil.example><input name=password></form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<p style='position:fixed;inset:0' class='panel' id='try'>x</p>",
    "</main></body><h1>Log in again</h1>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "safe \u202egnp.exe \u2066hidden\u2069 \u200bspace",
    "\x00\x01\x08 nul",
    "**" * 5000,
    "[" * 20000,
    "<" * 20000,
    "> " * 5000,
    "* " * 5000,
    "|a" * 5000 + "\n" + "|-" * 5000 + "\n" + "|b" * 5000,
    "`" * 20000,
    "&" * 20000,
    "![" * 5000 + "](" * 5000,
    "a\n" * 12000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24].encode("unicode_escape"))
def test_nothing_hostile_survives_wherever_it_stands(server: Server, text: str) -> None:
    schema = {
        "title": text,
        "description": text,
        "type": "object",
        "properties": {text: {"description": text, "enum": [text], "default": text, "type": text}},
        "required": [text],
        "example": text,
    }
    operation = {
        "operationId": text,
        "summary": text,
        "description": text,
        "tags": [text],
        "parameters": [{"name": text, "in": "query", "description": text, "example": text}],
        "requestBody": {"description": text, "content": {text: {"schema": schema}}},
        "responses": {text: {"description": text, "headers": {text: {"description": text}}}},
    }
    document = of_paths(**{f"{text}_post": operation}) | {
        "info": {"title": text, "version": text, "description": text},
        "tags": [{"name": text, "description": text}],
        "components": {"schemas": {text: schema}},
    }
    walk = Walk(server, offered(server, document))
    started = time.monotonic()
    pages = walk.all()
    assert time.monotonic() - started < 10
    assert len(walk.named("operations")) == 1
    for page in pages.values():
        assert 'id="try"' not in page or page.count('id="try"') == 1
        assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:24].encode("unicode_escape"))
def test_a_description_is_short_and_harmless_by_itself(text: str) -> None:
    started = time.monotonic()
    made = str(described(text))
    assert time.monotonic() - started < 2
    assert len(made) <= 48_100
    check(f"<main>{made}</main>")


def test_names_that_collide_or_hold_slashes_have_a_page_each(server: Server) -> None:
    names = [
        "shops/list",
        "shops-list",
        "Shops List",
        "shopsList",
        "../shops",
        "é",
        "💥",
        "",
        "a" * 500,
    ]
    paths = {f"p{n}_get": {"operationId": name} for n, name in enumerate(names)}
    walk = Walk(server, offered(server, of_paths(**paths)))
    pages = walk.all()
    assert len(walk.named("operations")) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]{1,90}", each) for each in walk.named("operations"))
    heads = {
        re.findall(r'id="path">([^<]*)', page)[0]
        for p, page in pages.items()
        if "/operations/" in p
    }
    assert len(heads) == len(names)


def test_many_with_one_name_do_not_take_long() -> None:
    paths = {f"/p{n}": {"get": {"operationId": "same"}} for n in range(5000)}
    started = time.monotonic()
    assert len(Document({"openapi": "3.1.0", "paths": paths}).operations) == 5000
    assert time.monotonic() - started < 3


def test_a_thousand_examples_are_a_few_and_how_many_more(server: Server) -> None:
    document = of_schema({"type": "object"})
    media = document["paths"]["/things"]["get"]["responses"]["200"]["content"]["application/json"]
    media["examples"] = {f"e{n}": {"value": {"n": n}} for n in range(1000)}
    page = read(server, f"{offered(server, document)}/operations/things")
    assert page.count('class="example"') == 5
    assert "995 more in the document." in page


def test_ten_megabytes_are_pages_of_bounded_size(server: Server) -> None:
    long = "long " * 200_000
    schema: dict[str, Any] = {
        f"m{n}": {"type": "string", "description": long[:9000]} for n in range(500)
    }
    document = of_schema({"properties": schema, "description": long, "example": [long] * 4})
    document["paths"]["/things"]["get"]["description"] = long
    assert len(json.dumps(document)) > 10_000_000
    walk = Walk(server, offered(server, document))
    assert len(walk.all()) > 50


def test_a_part_that_is_not_there_is_the_first(server: Server) -> None:
    schema = {f"m{n}": {"type": "string", "description": "x" * 500} for n in range(400)}
    path = f"{offered(server, of_schema({'properties': schema}))}/operations/things"
    first = words_of(read(server, path).partition("<main")[2].partition("</main>")[0])
    for part in ("0", "-1", "9" * 30, "x", "1e3", "%D9%A3"):
        found = fetched(server, f"{path}?part={part}").body.decode()
        assert words_of(found.partition("<main")[2].partition("</main>")[0]) == first


# What is no document is refused before it is stored.


def deep(levels: int) -> str:
    return '{"openapi": "3.1.0", "x": ' + '{"a":' * levels + "1" + "}" * levels + "}"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (deep(10_000), "openapi-unreadable"),
        (deep(300), "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": ' + "[" * 100_000, "openapi-unreadable"),
        ("openapi: 3.1.0\nx: " + "[" * 10_000, "openapi-unreadable"),
        ("openapi: 3.1.0\nx: &a [*a]\n", "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": "\\ud800"}', "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": 1e999}', "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": NaN}', "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": ' + "9" * 5000 + "}", "openapi-unreadable"),
        ('{"swagger": "2.0"}', "openapi-version"),
        ("[]", "openapi-version"),
        ("", "openapi-version"),
        ("openapi: 3.1.0\nx: !!python/object/apply:os.system [id]\n", "openapi-unreadable"),
        ('{"openapi": "3.1.0", "x": "' + "a" * LARGEST_STORED + '"}', "openapi-too-large"),
        (
            "openapi: 3.1.0\na: &a ["
            + "x, " * 10
            + "]\n"
            + "".join(
                f"{c}: &{c} [{', '.join([f'*{p}'] * 10)}]\n"
                for p, c in zip("abcdefgh", "bcdefghi", strict=True)
            ),
            "openapi-too-large",
        ),
    ],
    ids=lambda value: value[:40],
)
def test_what_is_no_document_is_refused(tmp_path: Path, text: str, slug: str) -> None:
    file = tmp_path / "openapi"
    file.write_text(text)
    started = time.monotonic()
    with pytest.raises(NotPossible) as refused:
        pack(read_document(file))
    assert refused.value.slug == slug
    assert time.monotonic() - started < 20


def test_a_date_and_a_no_in_yaml_are_texts(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(
        "openapi: 3.1.0\nx: [2024-01-31, no, NO, 12:30, 1.0.0, ~, true, 3, 1.5]\n", "utf-8-sig"
    )
    packed = pack(read_document(file)).of("api_1")
    assert unpack(packed)["x"] == ["2024-01-31", "no", "NO", "12:30", "1.0.0", None, True, 3, 1.5]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                """
                $ref allOf oneOf anyOf items properties required type enum description name in schema content
                application/json examples example value parameters requestBody responses 200 headers tags
                operationId summary deprecated additionalProperties default minimum maxLength discriminator
                propertyName patternProperties prefixItems nullable style explode
                """.split()  # noqa: SIM905
            ),
            inner
            | st.sampled_from(
                [
                    "#/components/schemas/A",
                    "#/paths/~1a/get",
                    "object",
                    "array",
                    "query",
                    "path",
                    "x",
                    True,
                ]
            ),
            max_size=6,
        )
    ),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(operation=JSON, shared=JSON, schema=JSON, tags=JSON)
def test_whatever_stands_where_is_shown_or_left_out(
    operation: Any, shared: Any, schema: Any, tags: Any
) -> None:
    made = operation if isinstance(operation, dict) else {}
    document = Document(
        {
            "openapi": "3.1.0",
            "tags": tags,
            "paths": {"/a/{x}": {"post": made, "parameters": shared}, "/b": schema},
            "components": {"schemas": {"A": schema, "B": shared}},
        }
    )
    for found in document.operations.values():
        inputs_of(document, found, None)
        inputs_of(document, found, {"p0": "1", "body": "{"})
        shown(cut(operation_panels(document, found), 2000, 2000))
    for name in document.schemas.values():
        shown(cut(schema_panels(document, name)))


def shown(parts: Any) -> None:
    for panels in parts:
        check(
            render(
                "portal/reference_schema.html",
                "en",
                api=SimpleNamespace(title="T"),
                named="A",
                panels=panels,
                root="/r",
                described=described,
                part=1,
                parts=1,
            )
        )
