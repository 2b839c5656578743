"""An OpenAPI 3 document becomes an API with its scopes and what the gateway can ask of a call."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from satsuma.domain.apis import ScopeRule
from satsuma.domain.request_patterns import longest_value
from satsuma.gateway.headers import InboundFields
from satsuma.management.apis import NewApi
from satsuma.management.context import NotPossible
from satsuma.management.openapi_import import Imported, read_document, read_openapi
from tests.cli.program import Cli

POSTAL = {
    "name": "postalCode",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9]{5}$"},
}
OK = {"200": {"description": "", "content": {"application/json": {}}}}


def document(paths: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "Places", "version": "2.1.0"},
        "servers": [{"url": "https://up.example/base"}],
        "paths": paths,
        **more,
    }


SHOPS = document({"/shops": {"get": {"parameters": [POSTAL], "responses": OK}}})


def read(text: dict[str, Any], **more: Any) -> Imported:
    asked = {"name": "poi", "version": None, "upstream": None, "issuers": ("standard",)} | more
    asked.setdefault("reaches", lambda header: True)
    return read_openapi(text, **asked)


def api(text: dict[str, Any]) -> NewApi:
    return read(text).api


def test_a_document_names_the_api() -> None:
    new = api(SHOPS)
    assert (new.name, new.version, new.title) == ("poi", 2, "Places")
    assert new.upstream == "https://up.example/base"
    assert new.policy.methods == ("GET",)
    assert new.policy.produces == ("application/json",)


def test_a_required_parameter_becomes_a_demand() -> None:
    assert api(SHOPS).policy.query == (("postalCode", "[0-9]{5}", True),)


def test_a_parameter_of_one_operation_alone_is_left_to_the_api() -> None:
    imported = read(document({**SHOPS["paths"], "/all": {"get": {"responses": OK}}}))
    assert imported.api.policy.query == ()
    assert imported.notes == ("query parameter postalCode, which not every operation has",)


def test_a_header_that_never_reaches_an_api_is_not_demanded() -> None:
    """Each call would be refused for want of it."""
    reaching = InboundFields(("X-Tenant-*",)).reaching
    names = ("X-Kind", "Cookie", "X_Under", "X-Tenant-Id", "X-Satsuma-Client-Id", "Host")
    parameters = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
        for name in names
    ]
    text = document({"/shops": {"get": {"parameters": parameters, "responses": OK}}})
    imported = read(text, reaches=lambda name: bool(reaching([(name.lower().encode(), b"")])))
    demanded = [name for name, _, _ in imported.api.policy.headers]
    assert demanded == ["X-Kind", "Host"], "the gateway itself sends the second"
    assert len([note for note in imported.notes if "does not hand on" in note]) == 4


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ({"type": "integer"}, r"-?[0-9]{1,19}"),
        ({"type": "boolean"}, "true|false"),
        ({"type": "string", "enum": ["a.b", "c"]}, r"a\.b|c"),
        ({"type": "string", "minLength": 2, "maxLength": 4}, r"[\s\S]{2,4}"),
        ({"type": "string"}, r"[\s\S]*"),
        ({"type": "string", "pattern": "b$"}, r"[\s\S]*b"),
    ],
)
def test_a_schema_becomes_a_pattern(schema: dict[str, Any], pattern: str) -> None:
    parameter = POSTAL | {"schema": schema}
    new = api(document({"/": {"get": {"parameters": [parameter]}}}))
    assert new.policy.query == (("postalCode", pattern, True),)


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|b)*$", "["])
def test_a_pattern_that_could_take_long_is_left_to_the_api(pattern: str) -> None:
    parameter = POSTAL | {"schema": {"type": "string", "pattern": pattern}}
    imported = read(document({"/": {"get": {"parameters": [parameter]}}}))
    assert imported.api.policy.query == (("postalCode", r"[\s\S]*", True),)
    assert len(imported.notes) == 1


@pytest.mark.spec("RFC 6901")
def test_references_and_parameters_of_the_path_are_followed() -> None:
    text = document(
        {"/shops": {"parameters": [{"$ref": "#/components/parameters/P~1C"}], "get": {}}},
        components={"parameters": {"P/C": POSTAL}},
    )
    assert api(text).policy.query[0][0] == "postalCode"


def test_bodies_become_media_types_and_fields() -> None:
    schema = {"type": "object", "required": ["name"]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    policy = api(document({"/shops": {"post": {"requestBody": body}}})).policy
    assert policy.consumes == ("application/json",)
    assert policy.body_required
    assert [(name, required) for name, _, required in policy.body_fields] == [("name", True)]


def test_scopes_follow_the_paths() -> None:
    text = document(
        {
            "/shops": {"get": {"security": [{"o": ["read"]}]}},
            "/admin/{id}": {
                "put": {"security": [{"o": ["write"]}]},
                "delete": {"security": [{"o": ["write"]}]},
            },
        }
    )
    assert api(text).scopes == (
        ScopeRule("read", ("GET",), "/shops"),
        ScopeRule("write", ("DELETE", "PUT"), "/admin/"),
    )


def test_one_scope_for_all_covers_all() -> None:
    text = document({"/a": {"get": {}}, "/b": {"post": {}}}, security=[{"o": ["all"]}])
    assert api(text).scopes == (ScopeRule("all"),)


def test_a_scope_that_reaches_further_than_the_document_is_told() -> None:
    text = document(
        {"/a": {"get": {"security": [{"o": ["one"]}]}}, "/a/{id}": {"get": {"security": []}}}
    )
    assert read(text).notes == ("GET /a/{id} asks for one too, as all below /a does",)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        (document({}), "openapi-empty"),
        (document({"/": []}), "openapi-malformed"),
        (document(5), "openapi-malformed"),
        (document({"/": {"get": {"parameters": [{"$ref": "#/nowhere"}]}}}), "openapi-reference"),
        (document({"/": {"get": {"parameters": [{"$ref": "x.json"}]}}}), "openapi-reference"),
        (document({"/": {"get": {}}}, servers=[]), "openapi-server"),
        (document({"/": {"get": {}}}, info={"version": "beta"}), "openapi-version-unclear"),
        (
            document(
                {"/": {"get": {"parameters": [{"$ref": "#/components/a"}]}}},
                components={"a": {"$ref": "#/components/a"}},
            ),
            "openapi-malformed",
        ),
    ],
)
def test_a_document_that_makes_no_api_is_refused(text: dict[str, Any], slug: str) -> None:
    with pytest.raises(NotPossible) as refused:
        read(text)
    assert refused.value.slug == slug
    assert "Error(" not in str(refused.value)


def test_another_document_is_refused(tmp_path: Path) -> None:
    deep = ("[" * 100_000, '{"a":' * 100_000, "- " * 100_000)
    for number, text in enumerate(['{"swagger": "2.0"}', "[1]", "- : {", "\xff", *deep]):
        file = tmp_path / f"{number}.json"
        file.write_text(text, "latin-1")
        with pytest.raises(NotPossible):
            read_document(file)


def test_the_command_creates_and_replaces(cli: Cli) -> None:
    file = cli.folder / "api.json"
    file.write_text(json.dumps(SHOPS))
    made = cli.ok("apis", "import", str(file), "--name", "poi")
    assert made["resource_secret"].startswith("sts_")
    assert cli("apis", "import", str(file), "--name", "poi").code == 1
    more = document({"/shops": {"get": {"security": [{"o": ["poi.read"]}]}}})
    file.write_text(json.dumps(more))
    replaced = cli.ok("apis", "import", str(file), "--name", "poi", "--replace")
    assert (replaced["api_id"], replaced["scopes"]) == (made["api_id"], ["poi.read"])
    assert "resource_secret" not in replaced


def test_the_command_reads_yaml(sqlite_cli: Cli) -> None:
    import yaml

    file = sqlite_cli.folder / "api.yaml"
    file.write_text(yaml.safe_dump(SHOPS))
    done = sqlite_cli("apis", "import", str(file), "--name", "poi", "--version", "7")
    assert done.code == 0, done.err
    assert sqlite_cli.ok("apis", "list")[0]["version"] == 7


SECURED = {
    "security": [{"login": ["poi.read", "poi.write"]}],
    "components": {
        "securitySchemes": {
            "login": {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "scopes": {
                            "poi.read": "See\n places",
                            "poi.write": "x" * 201,
                            "other": "Not asked for",
                        }
                    }
                },
            },
            "key": {"type": "apiKey"},
        }
    },
}


def test_the_descriptions_of_scopes_become_sentences_for_users() -> None:
    """One that is too long for a sentence was not written for them."""
    new = api(document(SHOPS["paths"], **SECURED))
    assert new.scope_texts == (("poi.read", "", "See places"),)


def test_our_extension_gives_sentences_by_language() -> None:
    texts = {"poi.read": {"default": "See them", "fr": "Les voir"}, "poi.write": "Change them"}
    new = api(document(SHOPS["paths"], **SECURED, **{"x-satsuma-scope-texts": texts}))
    assert new.scope_texts == (
        ("poi.read", "", "See them"),
        ("poi.read", "fr", "Les voir"),
        ("poi.write", "", "Change them"),
    )


@pytest.mark.parametrize("texts", [["x"], {"poi.read": 7}, {"poi.read": {"fr": "x" * 201}}])
def test_an_extension_that_gives_no_sentence_is_refused(texts: Any) -> None:
    text = document(SHOPS["paths"], **SECURED, **{"x-satsuma-scope-texts": texts})
    if isinstance(texts, list):
        assert api(text).scope_texts == (("poi.read", "", "See places"),)
        return
    with pytest.raises(NotPossible, match=r"poi\.read|plain sentence"):
        read(text)


PIECES = ("a", "[a-z]", r"\w", ".", "-", "[^/]", r"\s")
SIGNS = ("", "*", "+", "?", "{2}", "{,9}", "{3,}", "{1,40}", "*?", "+?", "{500}")
LONG = 0.5
"""Seconds that no match takes, on a slow machine; what was taken over before could take minutes."""


def patterns(number: int) -> Iterator[str]:
    random = Random(number)
    for _ in range(number):
        count = random.randint(1, 7)
        middle = "".join(random.choice(PIECES) + random.choice(SIGNS) for _ in range(count))
        yield random.choice(("", "^")) + middle + random.choice(("", "$", "x$", "!"))
    yield from (r"\w+\s*\w+\s*\w+x", "a*a*a*b", "^[a-z]*[a-z0-9]*[a-z0-9-]*x$")


@pytest.mark.parametrize(
    ("schema", "notes"),
    [
        ({"maxLength": 1000}, []),
        ({}, []),
        ({"minLength": 300}, []),
        ({"pattern": "^[a-z]+$"}, []),
        ({"pattern": "[a-z]+", "maxLength": 1000}, []),
        ({"pattern": "[a-z]+"}, ["longer than 1,029 characters"]),
        ({"pattern": "[a-z]+[0-9]*", "maxLength": 300}, ["longer than 256 characters"]),
    ],
)
def test_a_bound_that_the_document_does_not_say_is_told(
    schema: dict[str, Any], notes: list[str]
) -> None:
    parameter = {"name": "q", "in": "query", "required": True}
    parameter["schema"] = {"type": "string", **schema}
    imported = read(document({"/x": {"get": {"parameters": [parameter], "responses": OK}}}))
    assert len(imported.bounds) == len(notes)
    assert all(note in told for note, told in zip(notes, imported.bounds, strict=True))


def read_pattern(pattern: str) -> tuple[str, tuple[str, ...]]:
    schema = {"type": "string", "pattern": pattern}
    parameter = {"name": "q", "in": "query", "required": True, "schema": schema}
    imported = read(document({"/x": {"get": {"parameters": [parameter], "responses": OK}}}))
    ((_, taken, _),) = imported.api.policy.query
    return taken, imported.notes


def test_no_pattern_that_is_taken_over_takes_long_to_match() -> None:
    """By what makes a matcher try again: values that nearly match. What could take long is named and not demanded."""
    slow, refused = {}, 0
    for pattern in patterns(1000):
        taken, notes = read_pattern(pattern)
        refused += any("long" in note for note in notes)
        matcher = re.compile(taken)
        longest = min(longest_value(taken), 16384)
        for value in ("a" * longest, "a-" * (longest // 2), " " * longest):
            began = time.process_time()
            matcher.fullmatch(value)
            if time.process_time() - began > LONG:
                slow[pattern] = time.process_time() - began
    assert slow == {}
    assert 20 < refused < 800


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{5}$",
        "[0-9]+",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^[^@]+@[^@]+\.[a-z]{2,}$",
        "^[A-Z]{2}[0-9]?$",
    ],
)
def test_an_ordinary_pattern_is_taken_over(pattern: str) -> None:
    taken, notes = read_pattern(pattern)
    assert pattern.strip("^$") in taken
    assert not notes


def kept(cli: Cli, name: str) -> str:
    """The digest of the document that an API names."""
    found: str = next(api["openapi"] for api in cli.ok("apis", "list") if api["name"] == name)
    return found


def test_an_api_keeps_the_document_that_describes_it(cli: Cli) -> None:
    file = cli.folder / "api.json"
    file.write_text(json.dumps(SHOPS))
    cli.ok("apis", "import", str(file), "--name", "poi")
    bare = ("apis", "create", "shelves", "--upstream", "http://127.0.0.1:9")
    assert cli.ok(*bare)["openapi"] == ""
    changed = cli.ok("apis", "change", "shelves", "--openapi", str(file))
    assert changed["changed"]["openapi"] == {"was": "", "is": kept(cli, "poi")}
    again = cli.ok("apis", "change", "shelves", "--openapi", str(file))
    assert again["changed"] == {}
    cli.ok("apis", "change", "shelves", "--openapi", "")
    assert kept(cli, "shelves") == ""
    cli.ok("apis", "import", str(file), "--name", "poi", "--replace")
    made = cli.ok(
        "apis", "create", "more", "--upstream", "http://x.example", "--openapi", str(file)
    )
    assert made["openapi"] == kept(cli, "poi") != ""


@pytest.mark.parametrize("text", ["", "[]", '{"openapi": "3.1.0", "x": ' + "[" * 9000])
def test_what_is_no_document_is_refused_and_nothing_is_made(cli: Cli, text: str) -> None:
    file = cli.folder / "api.json"
    file.write_text(text)
    done = cli("apis", "create", "poi", "--upstream", "http://x.example", "--openapi", str(file))
    assert done.code == 1
    assert done.err.startswith("satsuma: ")
    assert len(done.err.splitlines()) == 1
    missing = cli("apis", "create", "poi", "--upstream", "http://x.example", "--openapi", "no")
    assert missing.code == 2
