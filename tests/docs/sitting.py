"""A reader: a folder that is a fresh clone, a shell in it, and documents taken from top to bottom."""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.demo.test_demo import ROOT
from tests.docs.blocks import Block, read_blocks
from tests.wire.server import clean_environment, wait_until

_SAY_END = r'printf "\n--- end of block: %s ---\n" $failed'
_END = re.compile(r"^--- end of block: (\d+) ---$")
# A reader's make is nobody's child: not that of a `make test` with variables of its own.
_NO_MAKE = {"MAKEFLAGS": "", "MFLAGS": "", "MAKELEVEL": "", "MAKEOVERRIDES": ""}
# A clone holds no data, and no secrets of whoever works in this one.
_NOT_CLONED = frozenset({".git", "var"})


def clone(folder: Path) -> Path:
    """A folder that reads as this clone does, with a `var` of its own.

    Its environment is ours, so a reader's `make setup` must find it made: it would install the folder in our place.
    """
    made = subprocess.run(
        ["make", "--dry-run", "setup"],
        cwd=ROOT,
        env=clean_environment(_NO_MAKE),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pip install" not in made.stdout, "the environment is older than its locks: make dev"
    folder.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in _NOT_CLONED:
            (folder / entry.name).symlink_to(entry)
    return folder


class Shell:
    """One shell, as the reader has one: what a block sets is there in the next."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=clean_environment(dict(environment)),
            start_new_session=True,
        )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(self, *reason: object) -> None:
        """End all that the reader started: a command that serves has children of its own."""
        self._end(signal.SIGTERM)
        self.process.communicate(timeout=60)
        try:
            wait_until(lambda: not self._end(0), 60)
        except AssertionError:
            self._end(signal.SIGKILL)
            raise

    def _end(self, how: int) -> bool:
        """Send a signal to everything of this shell; False where there is nothing any more."""
        try:
            os.killpg(self.process.pid, how)
        except ProcessLookupError:
            return False
        return True

    def run(self, block: str) -> tuple[int, str]:
        """Give the status of the last command of the block that failed, or 0, and what was printed."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"failed=0; trap 'failed=$?' ERR\n{block}\ntrap - ERR\n{_SAY_END}\n")
        stdin.flush()
        lines: list[str] = []
        for line in stdout:
            if end := _END.match(line):
                return int(end[1]), "".join(lines).strip()
            lines.append(line)
        raise AssertionError(f"the shell ended: {lines}")

    def serve(self, block: str, serves: Callable[[str], bool]) -> str:
        """Leave the block running; give what it has printed when it serves."""
        out = self.folder / "served.log"
        out.touch()
        self.run(f"{{\n{block}}} > {out} 2>&1 < /dev/null &")
        wait_until(lambda: serves(out.read_text()), 60, out.read_text)
        return out.read_text()


def printed_as(shown: str, printed: str) -> bool:
    """Say whether what was printed is what the page shows, `…` standing for anything."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def _no_browser(address: str) -> str:
    raise AssertionError(f"no browser is open for {address}")


class Sitting:
    """One reader's sitting: its shell, what is put in place of the reader's own, and what was printed last."""

    def __init__(self, shell: Shell, put: Mapping[str, str]) -> None:
        self.shell = shell
        self.put = put
        self.printed = ""
        self.served = ""
        self.serves: Callable[[str], bool] = lambda out: "Stop with" in out
        self.browse: Callable[[str], str] = _no_browser

    def take(self, page: str, since: str = "", until: str = "\0") -> int:
        """Take every block of a page, or of a part of it; give how many commands were run."""
        part = (ROOT / page).read_text().partition(since or "\0")
        text = (part[2] if since else part[0]).partition(until)[0]
        return sum(self.take_block(page, block) for block in read_blocks(text))

    def commands(self, page: str) -> list[str]:
        """The page's blocks that are run."""
        return [
            block.text for block in read_blocks((ROOT / page).read_text()) if block.kind == "run"
        ]

    def run(self, text: str) -> str:
        """Run commands as the reader's; give what they print, where they succeed."""
        status, self.printed = self.shell.run(self.own(text))
        assert status == 0, f"{text}\nended with {status}:\n{self.printed}"
        return self.printed

    def take_block(self, page: str, block: Block) -> bool:
        """Take one; say whether it was a command that ran."""
        text = self.own(block.text)
        if block.kind == "run":
            self.run(block.text)
        elif block.kind == "serves":
            self.served = self.shell.serve(text, self.serves)
        elif block.kind == "browser":
            self.shell.run(text.replace("stc_…", self.browse(self.printed)))
        elif block.kind == "prints":
            assert printed_as(text, self.printed), (
                f"{page} shows\n{text}\nand printed\n{self.printed}"
            )
        return block.kind in ("run", "serves")

    def own(self, text: str) -> str:
        for shown, own in self.put.items():
            text = text.replace(shown, own)
        return text


@contextlib.contextmanager
def sitting(
    folder: Path, put: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> Iterator[Sitting]:
    """Sit down before a fresh clone; what was left running ends with the sitting."""
    own = {"PATH": os.environ.get("PATH", os.defpath), **_NO_MAKE, **(environment or {})}
    with Shell(clone(folder), own) as shell:
        yield Sitting(shell, put)
