"""Each program is written as its language's formatter has it; C# has none here."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from satsuma.samples import LEVELS, STEPS, Sample, Values, show, targets
from tests.samples.toolchains import HERE, LIB, NODE

PRETTIER = [str(NODE), str(HERE / "node/node_modules/prettier/bin/prettier.cjs"), "--check"]
PHP = str(HERE / "node/node_modules/@prettier/plugin-php/src/index.mjs")
JAVAC = ("api", "code", "file", "parser", "tree", "util")
EXPORTS = [f"--add-exports=jdk.compiler/com.sun.tools.javac.{name}=ALL-UNNAMED" for name in JAVAC]
VALUES = {
    "token_url": "https://localhost:40123/openidconnect/fr/v1/token",
    "client_id": "cGUqdzh0SnNpRkVxdzh0SnNpRkVx",
    "redirect_uri": "https://client.example/callback?keep=1",
    "scope": "shop:read shop:write",
}


def _jar(name: str) -> str:
    return str(next(LIB.glob(f"{name}-*.jar")))


FORMATTERS: dict[str, tuple[str, Callable[[list[str]], list[str]]]] = {
    "gofmt": ("go", lambda files: ["gofmt", "-l", *files]),
    "rustfmt": ("rust", lambda files: ["rustfmt", "--check", "--edition", "2024", *files]),
    "black": ("python", lambda files: ["black", "--check", "--quiet", *files]),
    "shfmt": ("shell", lambda files: ["shfmt", "-d", "-i", "2", "-ci", *files]),
    "rubocop": ("ruby", lambda files: ["rubocop", "--only", "Layout", *files]),
    "prettier": ("javascript", lambda files: [*PRETTIER, *files]),
    "prettier-html": ("html", lambda files: [*PRETTIER, *files]),
    "prettier-php": ("php", lambda files: [*PRETTIER, "--plugin", PHP, *files]),
    "google-java-format": (
        "java",
        lambda files: [
            *("java", *EXPORTS, "-jar", _jar("google-java-format")),
            *("--dry-run", "--set-exit-if-changed", "--skip-reflowing-long-strings", *files),
        ],
    ),
    "ktfmt": (
        "kotlin",
        lambda files: [
            *("java", "-jar", _jar("ktfmt"), "--google-style"),
            *("--dry-run", "--set-exit-if-changed", *files),
        ],
    ),
}


@pytest.mark.parametrize("name", FORMATTERS)
def test_a_program_is_as_its_formatter_has_it(name: str, tmp_path: Path) -> None:
    language, command = FORMATTERS[name]
    files = []
    for row in targets():
        for public in (False, True) if row.in_browser else (False,):
            values = Values(**VALUES, public=public)  # type: ignore[arg-type]
            for step in STEPS if row.language == language else ():
                for level in LEVELS:
                    cell = show(step, row, level, values)
                    if isinstance(cell, Sample):
                        ending = Path(cell.file_name).suffix
                        path = tmp_path / f"{row.slug}-{step}-{level}-{public}{ending}"
                        path.write_text(cell.text)
                        files.append(str(path))
    assert files
    done = subprocess.run(command(files), capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and (name != "gofmt" or not done.stdout), done.stdout + done.stderr
