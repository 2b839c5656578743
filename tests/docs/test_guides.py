"""The guides do what they say: a reader takes both in one sitting, before the demo that the README starts."""

import re
from pathlib import Path

import pytest

from tests.demo.test_demo import Demo
from tests.docs.sitting import printed_as, sitting
from tests.oauth.agent import Agent
from tests.servers.process import free_port

MACHINE = "docs/guides/machine-to-machine.md"
USER = "docs/guides/user-to-machine.md"


def code_from(agent: Agent, address: str, demo: Demo) -> str:
    page = agent.open(address)
    if "/login" in page.url:
        found = re.search(r"(\S+@\S+) with the password: (.+)", demo.printed)
        assert found, demo.printed
        page = agent.log_in(page, found[1], found[2])
    if not page.left:
        page = agent.send(page, decision="allow")
    assert page.left, page.text[:2000]
    return page.query["code"]


@pytest.mark.parametrize("guides", [(MACHINE, USER), (USER, MACHINE)], ids=["machine", "user"])
def test_both_guides_do_what_they_say_in_one_sitting(
    guides: tuple[str, str], tmp_path: Path
) -> None:
    port = str(free_port())
    with sitting(tmp_path / "clone", {"8400": port}, {"PORT": port}) as reader:
        demo = Demo(reader.shell.serve("make run\n", reader.serves), reader.shell.process)
        agent = Agent(demo)
        reader.browse = lambda url: code_from(agent, url, demo)
        for guide in guides:
            assert reader.take(guide) > 5


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ('{"a":"sat_…"}', '{"a":"sat_xyz"}', True),
        ('{"a":"sat_…"}', '{"a":"OFR-xyz"}', False),
        ("one\n…\nlast", "one\ntwo\nthree\nlast", True),
        ("one", "one two", False),
    ],
)
def test_what_is_printed_is_compared(shown: str, printed: str, same: bool) -> None:
    assert printed_as(shown, printed) is same


@pytest.mark.parametrize(
    "block", ["false\n", "satsuma apps lst\n", "curl -sf http://127.0.0.1:1/\n"]
)
def test_a_block_that_fails_is_told(block: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(f"<!-- run -->\n```bash\n{block}```\n")
    with (
        sitting(tmp_path / "clone", {}) as reader,
        pytest.raises(AssertionError, match="ended with"),
    ):
        reader.take(str(tmp_path / "page.md"))
