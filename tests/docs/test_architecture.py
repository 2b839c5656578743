"""What the page on architecture lists is what runs."""

import asyncio
import re
from pathlib import Path

import structlog

from satsuma.app.serving import opened_platform
from satsuma.app.settings import load_settings
from satsuma.app.surfaces import working
from tests.house.tree import ROOT

LOOP = re.compile(r"^\| `([a-z-]+)` \|", re.MULTILINE)


async def test_every_loop_of_a_process_is_in_the_table(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = page.partition("## What runs in the background")[2].partition("\n## ")[0]
    settings = load_settings(None, {}, {"database": f"sqlite:///{tmp_path / 'loops.db'}"})
    before = asyncio.all_tasks()
    async with (
        opened_platform(settings, structlog.get_logger(), None) as platform,
        working(platform),
    ):
        running = {task.get_name() for task in asyncio.all_tasks() - before}
    assert set(LOOP.findall(table)) == running


def test_every_word_of_the_codes_glossary_is_where_it_says() -> None:
    page = (ROOT / "docs" / "code-glossary.md").read_text()
    rows = re.findall(r"^\| (.+?) \| .+ \| `(client: )?([\w/]+\.py)` \|$", page, re.MULTILINE)
    assert len(rows) > 50
    for word, client, file in rows:
        home = "client/src/satsuma_client" if client else "src/satsuma"
        text = (ROOT / home / file).read_text()
        name = word.strip("`")
        is_named = word.startswith("`")
        assert not is_named or re.search(rf"^(class |def |){name}\b", text, re.MULTILINE), word
