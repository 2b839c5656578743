"""Each operation of a document becomes a program whose request an upstream takes that reads it by the document."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from satsuma.developer.openapi import document as developer_document
from satsuma.developer.requests import OPERATIONS
from satsuma.samples import Sample, Unreadable, read_openapi, targets
from satsuma.samples.reading.openapi import Operation
from satsuma.testing.openapi import document as control_document
from tests.samples.openapi.upstream import running
from tests.samples.test_matrix import write

VECTORS = Path(__file__).parents[2] / "vectors/openapi"
GIVEN = {
    "SATSUMA_CLIENT_VALUE": "what looks like a token in an example",
    **{f"SATSUMA_CLIENT_VALUE_{n}": "and another" for n in range(2, 9)},
    "SATSUMA_CLIENT_TOKEN": "t0ken",
    "SATSUMA_CLIENT_SECRET": "s3cret",
    "SATSUMA_CLIENT_KEY": "k3y",
}
TOGETHER = """\
import json, runpy, sys
for path in json.load(open("plan.json")):
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as left:
        print(path, "left with", left.code, file=sys.stderr)
"""


def documents() -> dict[str, str]:
    found = {path.stem: path.read_text() for path in sorted(VECTORS.glob("*.json"))}
    api = developer_document("https://api.example.com", "https://id.example.com", OPERATIONS, True)
    found["the developer's own"] = json.dumps(api)
    found["the control endpoint's"] = json.dumps(control_document("https://api.example.com/v1"))
    return found


DOCUMENTS = documents()


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_upstream_that_reads_by_the_document_takes_every_operation(
    name: str, tmp_path: Path
) -> None:
    with running(json.loads(DOCUMENTS[name])) as upstream:
        operations = read_openapi(DOCUMENTS[name], server=upstream.url)
        paths = []
        for number, operation in enumerate(operations):
            (sample,) = operation.reading.programs("python-http-client")
            assert isinstance(sample, Sample)
            place = write(sample, tmp_path / str(number))
            paths.append(str(place / sample.file_name))
        (tmp_path / "plan.json").write_text(json.dumps(paths))
        done = subprocess.run(
            [sys.executable, "-c", TOGETHER],
            cwd=tmp_path,
            env=GIVEN,
            capture_output=True,
            text=True,
        )
        assert not upstream.refusals, "\n".join(upstream.refusals)
        assert len(upstream.answered) == len(operations), done.stderr
        named = [operation.name for operation in operations]
        assert sorted(upstream.answered) == sorted(named)


@pytest.mark.spec("RFC 6570 §3.2")
def test_a_style_is_written_as_the_specification_shows_it() -> None:
    by_name = {each.name: each for each in read_openapi(DOCUMENTS["styles"])}
    assert url_of(by_name["pathSimple"]) == "/v1/simple/x%20y%2Fz%3F%C3%A9/3,4,5/x=4,y=5"
    assert url_of(by_name["pathLabelAndMatrix"]) == "/v1/label/.a.b%20c/matrix/;point=x,4,y,5"
    assert "&pipes=a%7Cb&spaces=a%20b&deep%5Bx%5D=4&deep%5By%5D=5&" in url_of(
        by_name["queryStyles"]
    )
    assert "optional" not in url_of(by_name["queryStyles"])


def url_of(operation: Operation) -> str:
    url = operation.reading.requests[0].url
    text = url if isinstance(url, str) else str(url.parts[0])  # type: ignore[union-attr]
    return text.removeprefix("https://api.styles.example")


def test_every_target_writes_what_it_can() -> None:
    for operation in read_openapi(DOCUMENTS["styles"]):
        offered = [
            row.slug
            for row in targets()
            if isinstance(operation.reading.programs(row.slug)[0], Sample)
        ]
        assert len(offered) >= 16, operation.name


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"swagger": "2.0"}',
        '{"openapi": "3.0.0"}',
        '{"openapi": "3.0.0", "paths": {"/a": {"$ref": "#/paths/~1a"}}}',
        '{"openapi": "3.0.0", "info": "\\ufdd0", "paths": {"/a": {"get": {}}}}',
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Unreadable):
        read_openapi(text)


def test_a_document_that_goes_in_circles_ends() -> None:
    node = {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/x"}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/x"}}}}
    text = {"openapi": "3.1.0", "x": node, "paths": {"/a": {"post": {"requestBody": body}}}}
    (operation,) = read_openapi(json.dumps(text))
    assert operation.name == "POST /a"
