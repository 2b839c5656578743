"""The README shows what the demo prints."""

import re
from pathlib import Path

from tests.demo.test_demo import ROOT, demo_command, running_demo
from tests.servers.process import free_port

SHOWN = re.compile(r"<!-- the demo's own words[^>]*-->\n```text\n(.*?)```", re.DOTALL)
# What differs from run to run, or is shortened on the page.
VARIES = (
    (re.compile(r"(sts_|Basic |app_|client_id[= ]+)[A-Za-z0-9_+/=-]+…?"), r"\1…"),
    (re.compile(r"(127\.0\.0\.1|localhost)(:|%3A)\d+"), r"\1\2PORT"),
)


def without_what_varies(text: str) -> list[str]:
    for pattern, put in VARIES:
        text = pattern.sub(put, text)
    return [line for line in text.splitlines() if line.strip()]


def test_the_readme_shows_the_demos_own_words(tmp_path: Path) -> None:
    shown = SHOWN.search((ROOT / "README.md").read_text())
    assert shown is not None
    with running_demo(tmp_path, demo_command(tmp_path, free_port())) as demo:
        assert without_what_varies(shown[1]) == without_what_varies(demo.printed)
