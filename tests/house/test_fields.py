"""A field that is declared once is an option, a member of JSON, a field of a form and a property of a schema."""

from dataclasses import dataclass, replace

import click
import jsonschema
import pytest
from click.testing import CliRunner

from satsuma.cli.parameters import change_options, edits_of, field_options
from satsuma.management.api_fields import API
from satsuma.management.edits import edited
from satsuma.management.field_views import form_field, object_schema, schema_of
from satsuma.management.fields import APPLICATION, BadValue, Field, check_fields, record_of
from satsuma.management.plan_fields import PLAN
from tests.store.facts import api, application, plan


@dataclass(frozen=True)
class Part:
    homepage: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Thing:
    part: Part


ADDED = (
    Field("homepage", "--homepage", "Where it lives.", inside="part", changes=True),
    Field("tags", "--tag", "A word.", many=True, shown=list, inside="part", changes=True),
)
THING = Thing(Part("https://a.example", ("one", "two")))


def run(command: click.Command, *args: str) -> str:
    done = CliRunner().invoke(command, args)
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_an_added_field_is_an_option_where_a_thing_is_made() -> None:
    @click.command()
    @field_options(ADDED, "homepage", "tags")
    def make(homepage: str, tags: tuple[str, ...]) -> None:
        click.echo(f"{homepage} {tags}")

    assert run(make, "--homepage", "x", "--tag", "a", "--tag", "b") == "x ('a', 'b')"


@pytest.mark.parametrize(
    ("args", "made"),
    [
        ((), THING.part),
        (("--homepage", "x"), Part("x", ("one", "two"))),
        (("--add-tag", "three", "--remove-tag", "one"), replace(THING.part, tags=("two", "three"))),
        (("--tag", "four"), replace(THING.part, tags=("four",))),
        (("--no-tag",), replace(THING.part, tags=())),
        (("--no-tag", "--add-tag", "five"), replace(THING.part, tags=("five",))),
    ],
)
def test_an_added_field_is_changed_by_options(args: tuple[str, ...], made: Part) -> None:
    @click.command()
    @change_options(ADDED)
    def change(dry_run: bool, **asked: object) -> None:
        click.echo(repr(edited(ADDED, THING, edits_of(ADDED, asked)).part))

    assert run(change, *args) == repr(made)


def test_a_list_is_not_emptied_and_named_at_once() -> None:
    @click.command()
    @change_options(ADDED)
    def change(dry_run: bool, **asked: object) -> None:
        edits_of(ADDED, asked)

    done = CliRunner().invoke(change, ("--no-tag", "--tag", "four"))
    assert done.exit_code == 2
    assert "--no-tag" in done.output


def test_an_added_field_is_in_json_in_a_form_and_in_the_schema() -> None:
    record = record_of(ADDED, THING)
    assert record == {"homepage": "https://a.example", "tags": ["one", "two"]}
    forms = [form_field(field) for field in ADDED]
    assert [(f.label, f.control, f.says) for f in forms] == [
        ("homepage", "text", "Where it lives."),
        ("tags", "lines", "A word."),
    ]
    schema = object_schema(ADDED)
    assert set(schema["properties"]) == set(record)
    jsonschema.validate(record, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record | {"tags": "one"}, schema)


@pytest.mark.parametrize(
    ("fields", "fact"), [(APPLICATION, application()), (API, api()), (PLAN, plan())]
)
def test_what_json_shows_is_what_the_schema_says(fields: tuple[Field, ...], fact: object) -> None:
    record = record_of(fields, fact)
    plain = {name: str(v) if name == "created_at" else v for name, v in record.items()}
    schema = object_schema(fields)
    assert set(schema["properties"]) == set(record)
    jsonschema.validate(plain, schema)


@pytest.mark.parametrize("field", [f for f in (*APPLICATION, *API, *PLAN) if f.is_number])
def test_a_number_has_the_same_bounds_at_every_door(field: Field) -> None:
    lowest, highest = form_field(field).bounds or (0, 0)
    schema = schema_of(field)
    assert (schema["minimum"], schema["maximum"]) == (lowest, highest)
    for value in (lowest, highest):
        jsonschema.validate(value, schema)
        check_fields([field], **{field.name: value})
    for value in (lowest - 1, highest + 1):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(value, schema)
        with pytest.raises(BadValue):
            check_fields([field], **{field.name: value})
