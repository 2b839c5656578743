"""The table of cells: what is offered, why the rest is not, and that a program is the same each time."""

import time
from collections import Counter

import pytest

from satsuma.samples import (
    LEVELS,
    STEPS,
    NotOffered,
    Sample,
    Target,
    Values,
    quoting,
    reasons,
    show,
    targets,
)
from satsuma.samples.request import Request

HOSTILE = "a\"b'c$d\\e`f\n{g}#{h}${i}%j */ </script> \u202e \u00e9 \U0001f600 <!-- @+&="
VALUES = Values(scope="poi:read shop:read", pkce=True)


def cells() -> list[tuple[tuple[str, str, str], Sample | NotOffered]]:
    return [
        ((step, row.slug, level), show(step, row, level, VALUES))
        for row in targets()
        for step in STEPS
        for level in LEVELS
    ]


def test_each_language_has_one_recommended_target() -> None:
    recommended = Counter(row.label.partition(":")[0] for row in targets() if row.recommended)
    assert set(recommended) == {row.label.partition(":")[0] for row in targets()}
    assert set(recommended.values()) == {1}
    assert len(targets()) == 22


def test_what_is_not_offered_says_why_in_a_sentence_of_the_list() -> None:
    sentences = {text for name, text in vars(reasons).items() if name.isupper()}
    said = {cell.sentence for _, cell in cells() if isinstance(cell, NotOffered)}
    assert said <= sentences
    assert said


def test_a_program_is_the_same_each_time() -> None:
    assert cells() == cells()


def test_all_targets_of_a_step_are_written_within_5_ms() -> None:
    values = Values(scope=HOSTILE, redirect_uri=f"https://client.example/?{HOSTILE}")
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        for row in targets():
            show("exchange", row, "robust", values)
        taken.append(time.perf_counter() - began)
    assert min(taken) < 0.005


@pytest.mark.parametrize("level", ["one-request", "robust"])
def test_no_value_moves_what_stands_around_it(level: str) -> None:
    """Nothing in a program but printable ASCII; and no value in it stands in a comment or ends a script."""
    values = Values(scope=HOSTILE, redirect_uri=f"https://client.example/?{HOSTILE}")
    plain = Values(scope="scope", redirect_uri="https://client.example/")
    for row in targets():
        for step in ("token-header", "token-body", "exchange"):
            cell, usual = show(step, row, level, values), show(step, row, level, plain)  # type: ignore[arg-type]
            if isinstance(cell, Sample) and isinstance(usual, Sample):
                assert cell.text.replace("\n", "").replace("\t", "").isprintable()
                assert cell.text.isascii(), row.slug
                if row.in_browser:
                    assert cell.text.count("<") == usual.text.count("<"), row.slug


def test_what_is_secret_is_named_and_never_written() -> None:
    for (step, slug, _), cell in cells():
        if isinstance(cell, Sample):
            for name in cell.environment:
                where = name if "browser" not in slug else 'name="'
                assert where in cell.text, (step, slug)
            assert cell.environment, (step, slug)


def test_a_target_is_one_row_and_what_writes_it() -> None:
    """Wget, which no table has: its row is shown like any other."""

    def one_request(request: Request) -> str:
        form = "&".join(name for name, _ in request.pairs)
        return f"wget --post-data {quoting.shell(form)} {quoting.shell(request.url)}\n"

    wget = Target(
        slug="wget",
        language="shell",
        label="Wget",
        recommended=False,
        why="Where there is no curl.",
        file_name="sample.sh",
        install="apt-get install wget",
        run="bash sample.sh",
        one_request=one_request,
    )
    cell = show("token-header", wget, "one-request", Values())
    assert isinstance(cell, Sample)
    assert cell.text == "wget --post-data 'grant_type' 'https://api.example.com/oauth/v3/token'\n"
    assert cell.environment == ("SATSUMA_CLIENT_SECRET",)
    assert isinstance(show("token-header", wget, "robust", Values()), NotOffered)
    assert isinstance(show("authorize", wget, "one-request", Values()), NotOffered)
