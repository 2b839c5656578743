"""What a hostile request says arrives as it is, by the program of each language."""

import base64
import os
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from satsuma.samples import Sample, Target, targets
from satsuma.samples.limits import find_limit
from satsuma.samples.request import Basic, Request
from satsuma.samples.show import show_request
from tests.samples.curl.judge import filled
from tests.samples.front import Seen, Trust, new_trust, opened
from tests.samples.hostile import VALUES, hostile_body, hostile_request
from tests.samples.test_matrix import write
from tests.samples.toolchains import TOOLCHAINS, environment, trust_of_mono

SEED = int(os.environ.get("SAMPLES_SEED", "12"))
EACH = int(os.environ.get("SAMPLES_EACH", "2"))
"""Requests of 42 pairs each and as many of another body, a program each."""
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
    return found | VALUES | {"SATSUMA_CLIENT_SECRET": SECRET}


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
        requests += [hostile_body(draw, front.url) for _ in range(EACH)]
        folders = []
        for number, request in enumerate(requests):
            assert find_limit(request, row) is None
            sample = show_request(request, row, ("one-request", "robust")[number % 2])
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
    """Equal means method, the target's bytes, the pairs in order or the body's bytes, and each named header once."""
    named = {name: filled(value, VALUES) for name, value in request.headers}
    if isinstance(request.authorization, Basic):
        pair = f"{request.authorization.client_id}:{SECRET}".encode()
        named["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        named["Authorization"] = f"Bearer {VALUES['TOKEN']}"
    wanted: dict[str, tuple[object, object]] = {
        "method": (seen.method, request.method),
        "target": (seen.target, "/" + filled(request.url, VALUES).split("/", 3)[3]),
        **{name: (seen.values(name.lower()), [value]) for name, value in named.items()},
    }
    if request.body is None:
        wanted["pairs"] = (seen.pairs, list(request.pairs))
    else:
        wanted["body"] = (seen.body, filled(request.body, VALUES).encode())
    if row.slug == "csharp-http-client":
        # Mono takes %27 for what it stands for and signs of direction away; .NET leaves both.
        came, said = (
            re.sub("%E2%80%AE|%E2%81%A6", "", str(each).replace("%27", "'"))
            for each in wanted["target"]
        )
        wanted["target"] = (came, said)
    return [
        f"{name}: {came} and not {said}" for name, (came, said) in wanted.items() if came != said
    ]
