"""No module reads the time or draws at random by itself: both are handed in, but for the places named here."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Tree

READS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "os": {"urandom", "getrandom"},
    "secrets": {"token_bytes", "token_hex", "token_urlsafe", "choice", "randbelow", "randbits"},
    "random": {"random", "choice", "randrange", "randint", "uniform", "shuffle", "sample"},
    "uuid": {"uuid1", "uuid4"},
}
SELDOM = {
    "client/src/satsuma_client/http/clock.py": "the client's clocks and randomness, which the rest of it uses",
    "src/satsuma/app/clock.py": "the system's clock, which everything else is handed",
    "src/satsuma/keys/randomness.py": "the system's randomness, which everything else is handed",
    "src/satsuma/front/asgi.py": "how long an answer took, for the metrics",
    "src/satsuma/front/front.py": "how long a peer keeps a connection waiting, and an answer took",
    "src/satsuma/front/connection.py": "how long a peer keeps a connection waiting",
    "src/satsuma/front/draining.py": "how long a process that is told to leave still waits",
    "src/satsuma/front/workers.py": "how soon a worker that died is started again",
    "src/satsuma/gateway/forward.py": "how long a call took, for the metrics",
    "src/satsuma/store/opening.py": "the clock of a store that is opened alone, as by a command",
    "src/satsuma/store/files.py": "the name of a part file, which nobody else has",
    "src/satsuma/store/sqlite/file.py": "how long a file that is busy is waited for",
    "src/satsuma/store/postgresql/connection.py": "how long a silent server is waited for",
    "src/satsuma/store/postgresql/pool.py": "a random pause before a transaction is tried again",
    "src/satsuma/diagnostics/doctor_host.py": "the doctor looks at this machine's own clock",
    "src/satsuma/app/master_key.py": "the name of a file that is being written",
}


def readings(tree: Tree, *places: str) -> Iterator[tuple[str, str]]:
    """Each place that reads: the path, and the line with what is read."""
    for path in tree.under(*places, ending=".py"):
        module = tree.module(path)
        names = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.attr in READS.get(node.value.id, ()):
                    yield path, f"{path}:{node.lineno}: {node.value.id}.{node.attr}"
            elif isinstance(node, ast.Name) and node.id in names:
                room, name = names[node.id]
                if name in READS.get(room, ()):
                    yield path, f"{path}:{node.lineno}: {room}.{name}"


@pytest.mark.parametrize(
    "text",
    [
        "import time\nat = time.time()",
        "from time import monotonic\nat = monotonic()",
        "from datetime import datetime, UTC\nat = datetime.now(UTC)",
        "import os\nkey = os.urandom(32)",
        "from secrets import token_urlsafe as draw\ncode = draw(32)",
        "import time\ndef f(clock=time.monotonic): ...",
    ],
)
def test_a_reading_is_found(text: str) -> None:
    assert len(list(readings(Tree({"src/a.py": text}), "src/"))) == 1


@pytest.mark.parametrize(
    "text", ["def f(clock):\n    return clock.now()", "import time\ntime.sleep"]
)
def test_what_is_handed_in_passes(text: str) -> None:
    assert list(readings(Tree({"src/a.py": text}), "src/")) == []


def test_nobody_else_reads_the_time_or_draws_at_random(tree: Tree) -> None:
    found = list(readings(tree, "src/", "client/src/"))
    assert [line for path, line in found if path not in SELDOM] == []
    assert SELDOM.keys() - {path for path, _ in found} == set(), "needs no exception any more"
