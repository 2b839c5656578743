"""The parameters of an operation as the fields of a form: what is asked for, and what is wrong with what was typed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Final, Literal
from urllib.parse import urlencode

from satsuma.gateway.headers import InboundFields
from satsuma.portal.reference.document import Document, Object, Operation, as_list, as_object
from satsuma.portal.reference.parts import pretty
from satsuma.portal.reference.schema_rows import schema_of, written
from satsuma.portal.reference.texts import line, plain
from satsuma.samples import Schemas
from satsuma.web.languages import N_

MOST_INPUTS: Final = 30
LONGEST_VALUE: Final = 1_000
LONGEST_BODY: Final = 8_000
MOST_CHOICES: Final = 60
FORM: Final = "application/x-www-form-urlencoded"
Values = Mapping[str, str]
Problem = tuple[str, dict[str, Any]]
_PLACES: Final = ("path", "query", "header")
_OURS: Final = frozenset({"accept", "content-type", "authorization", "cookie", "host"})
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,60}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,3})?")
_IN_PATH: Final = re.compile(r"\{([^{}/]{1,100})\}")
_NEEDED: Final = N_("This is needed.")
_LONG: Final = N_("At most %(n)s characters.")
_SHORT: Final = N_("At least %(n)s characters.")
_NOT_WHOLE: Final = N_("A whole number.")
_NOT_NUMBER: Final = N_("A number.")
_LOW: Final = N_("At least %(n)s.")
_HIGH: Final = N_("At most %(n)s.")
_OTHER: Final = N_("One of those that are listed.")
_NOT_JSON: Final = N_("This is no JSON: %(at)s.")
_UNSEEN: Final = N_("Letters and signs that can be seen, in one line.")
_DOTS: Final = N_("A part of a path is not . or ..")
_ASCII: Final = N_("A header has letters without accents, digits and signs.")


@dataclass(slots=True)
class Input:
    """One field: `given` is the parameter as the document has it, `problem` what is wrong with the value."""

    key: str
    name: str
    place: str
    control: Literal["text", "select", "lines"]
    required: bool
    value: str = ""
    hint: str = ""
    kinds: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    given: Object = field(default_factory=dict)
    schema: Object = field(default_factory=dict)
    problem: Problem | None = None

    @property
    def longest(self) -> int:
        """How many characters it takes."""
        return LONGEST_BODY if self.place == "body" else LONGEST_VALUE

    @property
    def parsed(self) -> Any:
        """The value with its type, as the styles of parameters write it."""
        if "array" in self.kinds:
            return [each.strip() for each in self.value.split(",")]
        if "object" in self.kinds:
            return json.loads(self.value)
        return self.value


@dataclass(slots=True)
class Inputs:
    """The fields of a form; `media` is the type of the body where there is one that is text."""

    fields: list[Input]
    media: str = ""
    too_many: bool = False
    unsent: tuple[str, ...] = ()

    @property
    def is_wrong(self) -> bool:
        """Whether a field has a problem."""
        return any(each.problem for each in self.fields)


def inputs_of(document: Document, operation: Operation, form: Values | None) -> Inputs:
    """The fields of an operation, with its examples in them, or with what a form says and what is wrong with that."""
    found = Inputs([])
    schemas = Schemas(document.given, matching=False)
    for given in _parameters(document, operation):
        if not _is_sent(given):
            found.unsent += (plain(given["name"], 80),)
        elif len(found.fields) < MOST_INPUTS or given.get("required") is True:
            found.fields.append(_input(document, schemas, given, len(found.fields)))
        else:
            found.unsent += (plain(given["name"], 80),)
    found.too_many = len(found.fields) > MOST_INPUTS
    _add_body(document, schemas, operation, found)
    if form is not None:
        for each in found.fields:
            each.value = form.get(each.key, "")
            each.value = each.value if each.place == "body" else each.value.strip()
            each.problem = _problem(each, found.media)
    return found


def _parameters(document: Document, operation: Operation) -> Iterator[Object]:
    """Those that are declared, by their place, and each part of the path that is not."""
    given = document.parameters_of(operation)
    names = [each["name"] for each in given if each["in"] == "path"]
    for name in dict.fromkeys(_IN_PATH.findall(operation.path)):
        if name not in names:
            yield {"name": name, "in": "path", "required": True}
    for place in (*_PLACES, "cookie"):
        for parameter in given:
            is_ours = place == "header" and parameter["name"].lower() in _OURS
            is_nowhere = place == "path" and f"{{{parameter['name']}}}" not in operation.path
            if parameter["in"] == place and not is_ours and not is_nowhere:
                yield parameter


def _is_sent(parameter: Object) -> bool:
    name, place = parameter["name"], parameter["in"]
    if place == "header":
        return bool(_HEADER_NAME.fullmatch(name)) and InboundFields().judge(name.lower().encode())
    return place in _PLACES and len(name) <= 200 and name.isprintable()


def _input(document: Document, schemas: Schemas, parameter: Object, number: int) -> Input:
    schema = as_object(document.find(schema_of(parameter)).value)
    kinds = _kinds(schema)
    values = [written(each) for each in as_list(schema.get("enum"))]
    choices = ("true", "false") if kinds == ("boolean",) else tuple(values)
    is_required = parameter.get("required") is True or parameter["in"] == "path"
    return Input(
        f"p{number}",
        plain(parameter["name"], 80),
        parameter["in"],
        "select" if 0 < len(choices) <= MOST_CHOICES and "array" not in kinds else "text",
        is_required,
        _example(document, schemas, parameter, schema) if is_required else "",
        line(parameter.get("description"), 160),
        ("object",) if isinstance(parameter.get("content"), dict) else kinds,
        choices,
        parameter,
        schema,
    )


def _kinds(schema: Object) -> tuple[str, ...]:
    given = schema.get("type")
    kinds = [given] if isinstance(given, str) else as_list(given)
    return tuple(each for each in kinds if isinstance(each, str) and each != "null")


def _example(document: Document, schemas: Schemas, parameter: Object, schema: Object) -> str:
    """The document's own example for a value; of a list, its elements with commas between."""
    value = parameter.get("example")
    named = as_object(parameter.get("examples"))
    if value is None and named:
        value = as_object(document.find(next(iter(named.values()))).value).get("value")
    if value is None:
        value = made(schemas, schema)
    if isinstance(value, list):
        return ",".join(written(each) for each in value)[:LONGEST_VALUE]
    return "" if value is None else written(value)


def made(schemas: Schemas, schema: Any) -> Any:
    """A value that a schema takes; None where the schema is not one that says so."""
    try:
        return schemas.value(schema)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError, OverflowError):
        return None  # a malformed schema: somebody else wrote it


def _add_body(document: Document, schemas: Schemas, operation: Operation, found: Inputs) -> None:
    """The body as a text, where one of its types is a text."""
    body = as_object(document.find(operation.given.get("requestBody")).value)
    content = as_object(body.get("content"))
    kinds = [kind for kind in content if _is_text(kind)]
    if not kinds:
        found.unsent += ("body",) if content else ()
        return
    kind = min(kinds, key=lambda kind: ("json" not in kind, kind != FORM))
    media = as_object(content[kind])
    value = media.get("example")
    named = as_object(media.get("examples"))
    if value is None and named:
        value = as_object(document.find(next(iter(named.values()))).value).get("value")
    value = made(schemas, media.get("schema")) if value is None else value
    text = "" if value is None else pretty(value)
    if kind == FORM and isinstance(value, dict):
        text = urlencode({name: written(each) for name, each in value.items()})
    needed = body.get("required") is True
    shown = Input("body", "body", "body", "lines", needed, text[:LONGEST_BODY])
    found.fields.append(shown)
    found.media = kind


def _is_text(kind: str) -> bool:
    plain_kind = kind.partition(";")[0].strip().lower()
    is_known = plain_kind == FORM or plain_kind.startswith("text/") or "json" in plain_kind
    is_one = bool(re.fullmatch(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}", plain_kind))
    return is_known and is_one


def _problem(each: Input, media: str) -> Problem | None:
    """What is wrong with a value, said beside it; None where nothing is."""
    value = each.value
    if not value.strip():
        return (_NEEDED, {}) if each.required else None
    if len(value) > each.longest:
        return _LONG, {"n": each.longest}
    if each.place == "body":
        return _not_json(value) if "json" in media else None
    if not value.isprintable():
        return _UNSEEN, {}
    if each.place == "header" and not value.isascii():
        return _ASCII, {}
    if each.place == "path" and value in (".", ".."):
        return _DOTS, {}
    if each.control == "select":
        return None if value in each.choices else (_OTHER, {})
    if "object" in each.kinds:
        return _not_json(value) or _not_written(value)
    if each.kinds in (("integer",), ("number",)):
        return _not_number(each)
    return _not_as_long(each) if each.kinds in (("string",), ()) else None


def _not_json(value: str) -> Problem | None:
    try:
        json.loads(value)
    except RecursionError:
        return _NOT_JSON, {"at": "nested"}
    except ValueError as problem:
        return _NOT_JSON, {"at": str(problem)[:120]}
    return None


def _not_written(value: str) -> Problem | None:
    """What is wrong with JSON whose texts have to be written out: half of a pair of surrogates has no form."""
    try:
        json.dumps(json.loads(value), ensure_ascii=False).encode()
    except UnicodeEncodeError as problem:
        return _NOT_JSON, {"at": str(problem)[:120]}
    return None


def _not_number(each: Input) -> Problem | None:
    is_whole = each.kinds == ("integer",)
    if not (_WHOLE if is_whole else _NUMBER).fullmatch(each.value):
        return (_NOT_WHOLE if is_whole else _NOT_NUMBER), {}
    least, most = _bounds(each, "minimum", "maximum")
    number = float(each.value)
    if number < least:
        return _LOW, {"n": written(least)}
    return (_HIGH, {"n": written(most)}) if number > most else None


def _not_as_long(each: Input) -> Problem | None:
    least, most = _bounds(each, "minLength", "maxLength")
    if len(each.value) < least:
        return _SHORT, {"n": written(least)}
    return (_LONG, {"n": written(most)}) if len(each.value) > most else None


def _bounds(each: Input, lowest: str, highest: str) -> tuple[float, float]:
    """Two bounds of a schema; infinite where it has none."""
    given = (each.schema.get(lowest), each.schema.get(highest))
    least, most = (
        one if isinstance(one, int | float) and not isinstance(one, bool) else None for one in given
    )
    return (-inf if least is None else least), (inf if most is None else most)
