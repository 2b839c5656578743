"""What the README lets a reader paste works, and prints what the README shows."""

import re
from pathlib import Path

from tests.demo.test_demo import ROOT, Demo, paste
from tests.docs.blocks import read_blocks
from tests.docs.sitting import printed_as, sitting
from tests.servers.process import free_port

PRODUCTION = "## To production"
# What differs from run to run, or is shortened on the page.
VARIES = (
    (re.compile(r"(sts_|Basic |app_|client_id[= ]+)[A-Za-z0-9_+/=-]+…?"), r"\1…"),
    (re.compile(r"(127\.0\.0\.1|localhost)(:|%3A)\d+"), r"\1\2PORT"),
)


def without_what_varies(text: str) -> list[str]:
    for pattern, put in VARIES:
        text = pattern.sub(put, text)
    return [line for line in text.splitlines() if line.strip()]


def shown(kind: str) -> str:
    texts = [
        block.text for block in read_blocks((ROOT / "README.md").read_text()) if block.kind == kind
    ]
    assert len(texts) == 1
    return texts[0]


def test_what_the_readme_lets_a_newcomer_paste_works(tmp_path: Path) -> None:
    port = str(free_port())
    with sitting(tmp_path / "clone", {"8400": port}, {"PORT": port}) as reader:
        assert reader.take("README.md", until=PRODUCTION) == 2
        demo = Demo(reader.served, reader.shell.process)
        assert without_what_varies(shown("the demo's own words")) == without_what_varies(
            demo.printed
        )
        assert printed_as(shown("the two lines print"), paste(*demo.commands[:2]).strip())
