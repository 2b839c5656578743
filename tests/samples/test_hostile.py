"""What a hostile request says arrives as it is, by the program of each language."""

import base64
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.samples import Sample, Target, targets
from satsuma.samples.request import Basic, Request
from satsuma.samples.show import show_request
from tests.samples.front import Seen, Trust, new_trust, opened
from tests.samples.hostile import hostile_request
from tests.samples.test_matrix import write
from tests.samples.toolchains import TOOLCHAINS, environment, trust_of_mono

SEED = int(os.environ.get("SAMPLES_SEED", "12"))
EACH = int(os.environ.get("SAMPLES_EACH", "2"))
"""Requests of 42 pairs each, a program each."""
SECRET = "s3cret-of-nobody"
ROWS = [
    row
    for row in targets()
    if row.slug in TOOLCHAINS and row.slug not in ("python-sdk", "go-oauth2")
]


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trust]:
    yield new_trust(tmp_path_factory.mktemp("trust"))


@pytest.fixture(scope="module")
def given(trust: Trust, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    found = environment(trust, tmp_path_factory.mktemp("home"))
    trust_of_mono(trust, found)
    return found | {"SATSUMA_CLIENT_SECRET": SECRET}


@pytest.mark.slow
@pytest.mark.timeout(200)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.slug)
def test_what_a_hostile_request_says_arrives_as_it_is(
    row: Target, trust: Trust, given: dict[str, str], tmp_path: Path
) -> None:
    with opened(trust, 0) as front:
        front.fault = "nothing"
        draw = random.Random(SEED)
        requests = [hostile_request(draw, front.url) for _ in range(EACH)]
        folders = []
        for number, request in enumerate(requests):
            sample = show_request(request, row, ("one-request", "robust")[number % 2])  # type: ignore[arg-type]
            assert isinstance(sample, Sample)
            folders.append(write(sample, tmp_path / f"hostile-{number}"))
        chain = TOOLCHAINS[row.slug]
        chain.build(folders, given)
        for number, folder in enumerate(folders):
            done = subprocess.run(
                chain.command(folder), cwd=folder, env=given, capture_output=True, timeout=60
            )
            assert done.returncode == 0, (SEED, done.stdout, done.stderr)
            assert len(front.seen) == number + 1
            assert differences(row, requests[number], front.seen[number]) == [], f"seed {SEED}"


def differences(row: Target, request: Request, seen: Seen) -> list[str]:
    """Equal means method, the target's bytes, the pairs in order, and each named header once."""
    assert isinstance(request.authorization, Basic)
    pair = f"{request.authorization.client_id}:{SECRET}".encode()
    named = {**dict(request.headers), "Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    wanted = {
        "method": (seen.method, request.method),
        "target": (seen.target, "/" + request.url.split("/", 3)[3]),
        "pairs": (seen.pairs, list(request.pairs)),
        **{name: (seen.values(name.lower()), [value]) for name, value in named.items()},
    }
    if row.slug == "csharp-http-client":
        # Mono takes %27 for what it stands for; .NET leaves it.
        came, said = (str(each).replace("%27", "'") for each in wanted["target"])
        wanted["target"] = (came, said)
    return [
        f"{name}: {came} and not {said}" for name, (came, said) in wanted.items() if came != said
    ]
