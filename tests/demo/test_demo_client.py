"""The printed authorize URL, clicked: login, consent, the code, the exchange, the refresh."""

import re
import subprocess
import urllib.parse
from pathlib import Path

from tests.demo.test_demo import Demo, demo_command, running_demo
from tests.oauth.agent import Agent
from tests.servers.process import free_port


def login_of(demo: Demo) -> tuple[str, str, str]:
    found = re.search(
        r"^(\S+@\S+) with the password: (.+)$\n\n(http\S+)$", demo.printed, re.MULTILINE
    )
    assert found, demo.printed
    return found[1], found[2], found[3]


def test_the_printed_url_leads_through_the_whole_flow(tmp_path: Path) -> None:
    with running_demo(tmp_path, demo_command(tmp_path, free_port())) as demo:
        email, password, url = login_of(demo)
        agent = Agent(demo)
        page = agent.log_in(agent.open(url), email, password)
        page = agent.send(page, decision="allow")
        assert "/demo/callback" in page.url
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
        assert query["state"] == ["demo-state"]
        assert query["code"][0] in page.text
        page = agent.send(page)
        assert page.status == 200
        assert "access_token" in page.text
        assert email in page.text
        command = re.search(r"curl -H &#39;Authorization: Bearer [^<]+", page.text)
        assert command, page.text
        call = command[0].replace("&#39;", "'")
        done = subprocess.run(
            ["bash", "-c", call + " -s"], capture_output=True, text=True, timeout=30, check=True
        )
        assert "PROTECTED_RESOURCE_DATA" in done.stdout
        page = agent.send(page)
        assert "OFR-" in page.text
        page = agent.send(page)
        assert "OFR-" in page.text
