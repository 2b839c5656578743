"""A program of each command of the corpus, run in the same network, sends what curl sent, and nothing elsewhere."""

from pathlib import Path

import pytest

from satsuma.samples import Sample
from satsuma.samples.reading.curl import UNTYPED
from tests.samples.curl.judge import (
    Judged,
    arrived,
    commands,
    read,
    recorded,
    resolved,
    sent,
    trust_of,
    values_of,
)
from tests.samples.test_matrix import write
from tests.samples.toolchains import NODE_MODULES, TOOLCHAINS, environment

TARGETS = (
    *("curl", "php-curl", "ruby-net-http", "node-fetch-built-in", "python-requests"),
    *("python-http-client", "node-https", "python-httpx2", "node-node-fetch"),
)
"""What needs no compiler; the others send requests of all kinds in `test_hostile.py`."""
OWN = frozenset(
    ("accept", "accept-encoding", "accept-language", "connection", "sec-fetch-mode", "user-agent")
)
"""Headers that a client may add where nobody named them."""


def program(judged: Judged, number: int) -> tuple[str, Sample] | None:
    """The program of the command's first request, in another target each time; None where none is offered."""
    assert judged.reading is not None
    for turn in range(len(TARGETS)):
        target = TARGETS[(number + turn) % len(TARGETS)]
        cell = judged.reading.programs(target)[0]
        if isinstance(cell, Sample):
            return target, cell
    return None


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_program_sends_what_curl_sent(tmp_path: Path) -> None:
    corpus = [read(*each) for each in commands("commands.txt")]
    corpus = [each for each in corpus if each.reading and "--anyauth" not in each.command]
    (tmp_path / "curl").mkdir()
    curls = sent(corpus, tmp_path / "curl")
    lines, offered = [], []
    for number, judged in enumerate(corpus):
        found = program(judged, number)
        offered.append(found is not None)
        if found is None:
            lines.append("true")
            continue
        target, sample = found
        place = write(sample, tmp_path / f"program-{number}")
        (place / "node_modules").symlink_to(NODE_MODULES)
        lines.append(f"cd {place}; {' '.join(TOOLCHAINS[target].command(place))}")
    assert sum(offered) >= 0.95 * len(corpus)

    folder, home = tmp_path / "programs", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    trust = trust_of(corpus, folder)
    given = {**environment(trust, home), "NO_PROXY": "*"}
    ran = recorded(corpus, lines, folder, trust, given)
    problems = [
        f"{judged.command[:200]}\n  {line}: {problem}"
        for judged, curl, came, line, is_offered in zip(
            corpus, curls, ran, lines, offered, strict=True
        )
        if is_offered and (problem := problem_of(judged, curl, came))
    ]
    assert not problems, "\n".join([str(len(problems)), *problems])


def problem_of(judged: Judged, curl: dict[str, object], came: dict[str, object]) -> str | None:
    assert judged.reading is not None
    if len(came["seen"]) != 1 or came["code"] != 0:  # type: ignore[arg-type]
        return f"{len(came['seen'])} requests, exit {came['code']}, {came['err']}"  # type: ignore[arg-type]
    if (came["opened"], came["datagrams"]) != (1, 0):
        return f"{came['opened']} connections and {came['datagrams']} datagrams: another origin"
    said = resolved(judged.reading.requests[0], values_of(judged))
    one = arrived(curl["seen"][0], said, compressed=True)  # type: ignore[index]
    other = arrived(came["seen"][0], said, compressed=True)  # type: ignore[index]
    names = {name for name, _ in one["headers"]}
    other["headers"] = [
        # What fetch says of a form, which is UTF-8 anyway.
        (name, value.removesuffix(";charset=UTF-8"))
        for name, value in other["headers"]
        if name in names or name not in OWN
    ]
    if UNTYPED in judged.reading.notes:
        one["headers"].append(("content-type", "application/octet-stream"))
    one["headers"].sort()
    return str((one, other)) if one != other else None
