"""Every program, built by its real toolchain, runs against the real platform over TLS; what arrived is compared."""

import base64
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from satsuma.samples import STEPS, Level, Sample, Step, Target, Values, show, targets
from tests.oauth.flow import VERIFIER
from tests.samples.front import Front, Seen
from tests.samples.platform import ANSWER, PATH, REDIRECT, SCOPE, Platform, running_platform
from tests.samples.proofs import proves
from tests.samples.toolchains import TOOLCHAINS, Toolchain, trust_of_mono
from tests.wire.server import Made

LIMIT = 60
TOGETHER = 3
LEVELS: tuple[Level, ...] = ("one-request", "robust")
PROGRAMS = [row for row in targets() if not row.in_browser]
# These two build the form in libraries of their own, in an order of their own.
OWN_ORDER = ("go-oauth2", "python-sdk")
REASONS = {
    "token-header": ("invalid_scope",),
    "token-body": ("invalid_client",),
    "exchange": ("invalid_grant",),
    "call": ("404", "not found"),
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running_platform(tmp_path_factory.mktemp("samples")) as running:
        trust_of_mono(running.trust, running.environment)
        yield running


@dataclass
class Cell:
    """A program in its folder, the door that it goes to, and what its environment holds."""

    step: Step
    level: Level
    made: Made
    values: Values
    sample: Sample
    folder: Path
    front: Front
    secrets: dict[str, str]
    mutated: bool = False


@dataclass
class Done:
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def run(platform: Platform, chain: Toolchain, cell: Cell, **changed: str | None) -> Done:
    """Run a program; a value that is changed to None is missing."""
    given = platform.environment | cell.secrets
    given |= {name: value for name, value in changed.items() if value is not None}
    for name in [name for name, value in changed.items() if value is None]:
        del given[name]
    done = subprocess.run(
        chain.command(cell.folder),
        cwd=cell.folder,
        env=given,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    heard = done.stderr.replace(f"Picked up JAVA_TOOL_OPTIONS: {given['JAVA_TOOL_OPTIONS']}\n", "")
    return Done(done.returncode, done.stdout, heard)


def mutated(values: Values, step: Step) -> Values:
    """The values with one thing that the server must refuse."""
    if step == "token-header":
        return replace(values, scope="shop:read shop:burn")
    if step == "token-body":
        return replace(values, client_id=values.client_id[:-1])
    if step == "exchange":
        return replace(values, redirect_uri=values.redirect_uri + "x")
    return replace(values, api_url=values.api_url.replace("/shop/", "/sh0p/"))


def written(platform: Platform, row: Target, folder: Path) -> list[Cell]:
    """Every program of a target, as it is shown, in a folder of its own."""
    cells = []
    for level in LEVELS:
        made = platform.new_client()
        for step in STEPS:
            if step != "authorize":
                cells += _cells(platform, row, folder, (step, level), made)
    return cells


def _cells(
    platform: Platform, row: Target, folder: Path, where: tuple[Step, Level], made: Made
) -> Iterator[Cell]:
    step, level = where
    kinds = (False, True) if level == "one-request" and step in REASONS else (False,)
    for is_mutated in kinds:
        front = platform.open()
        values = platform.values(front, step, level, made, public=False)
        values = mutated(values, step) if is_mutated else values
        sample = show(step, row, level, values)
        if isinstance(sample, Sample):
            place = write(sample, folder / f"{level}-{step}{'-mutated' if is_mutated else ''}")
            secrets = platform.secrets(step, level, made, public=False)
            yield Cell(step, level, made, values, sample, place, front, secrets, is_mutated)


def write(sample: Sample, folder: Path) -> Path:
    for name, text in {**sample.project_files, sample.file_name: sample.text}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("row", PROGRAMS, ids=lambda row: row.slug)
def test_every_program_sends_what_its_step_says_and_tells_what_came(
    platform: Platform, row: Target, tmp_path: Path
) -> None:
    cells = written(platform, row, tmp_path)
    chain = TOOLCHAINS[row.slug]
    chain.build([cell.folder for cell in cells], platform.environment)
    good = [cell for cell in cells if not cell.mutated]
    assert good

    with ThreadPoolExecutor(TOGETHER) as pool:
        problems = list(pool.map(lambda cell: problem_of(platform, row, chain, cell), cells))
    if found := [problem for problem in problems if problem]:
        pytest.fail("\n".join(found), pytrace=False)
    proves(row.slug, {(cell.level, cell.step) for cell in cells if not cell.mutated})


def problem_of(platform: Platform, row: Target, chain: Toolchain, cell: Cell) -> str | None:
    try:
        if cell.mutated:
            refused_for_what_was_written(platform, chain, cell)
        else:
            succeeds(platform, row, chain, cell)
            if cell.level == "one-request" or cell.step in ("token-header", "call"):
                refused_for_what_is_secret(platform, chain, cell)
            if cell.step in ("exchange", "call"):
                says_what_is_missing(platform, chain, cell)
            if cell.level == "robust" and cell.step == "token-header":
                says_that_no_answer_came(platform, chain, cell)
    except Exception as problem:
        return f"{cell.folder.name}: {str(problem)[:600]}"
    return None


def succeeds(platform: Platform, row: Target, chain: Toolchain, cell: Cell) -> None:
    done = run(platform, chain, cell)
    assert done.code == 0, done
    assert done.err == "", done
    for name, value in cell.secrets.items():
        assert value not in done.out, f"{name} is told"
    if row.slug in OWN_ORDER and cell.step != "call":
        assert done.out.startswith("A token until 2"), done
    elif cell.step == "call":
        assert json.loads(done.out) == ANSWER
    elif cell.step == "revoke":
        assert done.out.strip() == ""
    else:
        assert "access_token" in json.loads(done.out)
    assert len(cell.front.asked) == 1, [each.target for each in cell.front.asked]
    assert problems_of_request(row, cell, cell.front.asked[0]) == []


def problems_of_request(row: Target, cell: Cell, seen: Seen) -> list[str]:
    """In what a request differs from what the step says: the same for every language."""
    problems = []
    method, target, basic, form = expected(cell)
    pairs = seen.pairs if seen.body else []
    if row.slug in OWN_ORDER:
        pairs, form = sorted(pairs), sorted(form)
    found = {
        "method": (seen.method, method),
        "target": (seen.target, target),
        "form": (pairs, form),
        "authorization": (_decoded(seen.values("authorization")), basic),
        "accept": (seen.values("accept"), ["application/json"]),
        "content-length": (seen.values("content-length"), [str(len(seen.body))] if form else []),
    }
    if not form and seen.values("content-length") == ["0"]:
        found["content-length"] = ([], [])  # what HttpClient of Java says of no body
    kind = [value.partition(";")[0] for value in seen.values("content-type")]
    found["content-type"] = (kind, ["application/x-www-form-urlencoded"] if form else [])
    for name, (came, wanted) in found.items():
        if came != wanted:
            problems.append(f"{name}: {came} and not {wanted}")
    if any(value in seen.target for value in cell.secrets.values()):
        problems.append("a secret stands in the address")
    return problems


def expected(cell: Cell) -> tuple[str, str, list[str], list[tuple[str, str]]]:
    """Written down by hand: what the guides and the RFCs say, not what the model of a request says."""
    secret = cell.secrets.get("SATSUMA_CLIENT_SECRET", "")
    token = cell.secrets.get("SATSUMA_CLIENT_TOKEN", "")
    basic = [f"Basic {cell.made.client_id}:{secret}"]
    guides = cell.level == "one-request" and not cell.values.public
    if cell.step == "call":
        return "GET", PATH, [f"Bearer {token}"], []
    if cell.step == "token-header":
        form = [("grant_type", "client_credentials"), ("scope", SCOPE)]
        return "POST", "/oauth/v3/token" if guides else "/token", basic, form
    if cell.step == "token-body":
        form = [("grant_type", "client_credentials"), ("scope", SCOPE)]
        form += [("client_id", cell.made.client_id), ("client_secret", secret)]
        return "POST", "/oauth/v3/token" if guides else "/token", [], form
    if cell.step == "revoke":
        return "POST", "/oauth/v3/revoke" if guides else "/revoke", basic, [("token", token)]
    form = [("grant_type", "refresh_token"), ("refresh_token", token)]
    if cell.step == "exchange":
        form = [("grant_type", "authorization_code"), ("code", cell.secrets["SATSUMA_CLIENT_CODE"])]
        form += [("redirect_uri", REDIRECT)]
        form += [] if guides else [("code_verifier", VERIFIER)]
    if cell.values.public:
        basic, form = [], [*form, ("client_id", cell.made.client_id)]
    return "POST", "/openidconnect/fr/v1/token" if guides else "/token", basic, form


def _decoded(authorization: list[str]) -> list[str]:
    decoded = []
    for value in authorization:
        scheme, _, rest = value.partition(" ")
        text = base64.b64decode(rest).decode() if scheme == "Basic" else rest
        decoded.append(f"{scheme} {text}")
    return decoded


def refused_for_what_is_secret(platform: Platform, chain: Toolchain, cell: Cell) -> None:
    """A sign of a secret differs, and the program says why the server refused it; it never says the secret."""
    name = next(iter(cell.secrets))
    reason = "invalid_client" if name.endswith("SECRET") else "Invalid credentials"
    value = cell.secrets[name]
    wrong = value[:-1] + ("A" if value[-1] != "A" else "B")
    done = run(platform, chain, cell, **{name: wrong})
    assert done.code == 1, done
    assert reason in done.err, done
    for secret in (wrong, *cell.secrets.values()):
        assert secret not in done.out + done.err, done


def refused_for_what_was_written(platform: Platform, chain: Toolchain, cell: Cell) -> None:
    done = run(platform, chain, cell)
    assert done.code == 1, done
    assert any(reason in done.err for reason in REASONS[cell.step]), done


def says_what_is_missing(platform: Platform, chain: Toolchain, cell: Cell) -> None:
    """Nothing is sent without it."""
    came = len(cell.front.asked)
    value = None if cell.level == "one-request" else ""
    for name in cell.sample.environment:
        done = run(platform, chain, cell, **{name: value})
        assert done.code == 2, done
        assert name in done.err, done
    assert len(cell.front.asked) == came


def says_that_no_answer_came(platform: Platform, chain: Toolchain, cell: Cell) -> None:
    """A page of somebody else, no body, half a body, no server: exit 3, a sentence, no trace of the stack."""
    for fault in ("html", "empty", "cut", "closed"):
        cell.front.fault = fault
        if fault == "closed":
            cell.front.close()
        done = run(platform, chain, cell)
        assert done.code == 3, f"{fault}: {done}"
        assert 0 < len(done.err.strip().splitlines()) <= 3, f"{fault}: {done}"
        assert "Traceback" not in done.err and "\tat " not in done.err, f"{fault}: {done}"
        assert all(value not in done.out + done.err for value in cell.secrets.values())
