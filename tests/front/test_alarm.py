"""The alarm that is advised: rung by what fails here, and not by whatever a stranger sends."""

import json
import re
from pathlib import Path

from tests.front.edge import Edge
from tests.front.judge import exchanged
from tests.wire.server import wait_until

ADVISED = re.compile(r"`sum\(rate\((\w+)\{([^`]*)\}\[5m\]\)\)`")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
SERIES = re.compile(r"^(\w+)\{(.*)\} ([\d.]+)$", re.MULTILINE)


def matches(labels: dict[str, str], name: str, how: str, value: str) -> bool:
    """Say whether a series has a label as the expression wants it; an expression of labels is anchored.

    Spec: Prometheus, Querying basics.
    """
    found = labels.get(name, "")
    same = re.fullmatch(value, found) is not None if "~" in how else found == value
    return same != how.startswith("!")


def rung(edge: Edge) -> int:
    """What the expression of the page for operators sums up."""
    page = Path("docs/operations.md").read_text()
    ((metric, wanted),) = ADVISED.findall(page)
    text = edge.server.request("GET", "/metrics").body.decode()
    return sum(
        int(float(count))
        for name, labels, count in SERIES.findall(text)
        if name == metric
        and all(
            matches(dict(re.findall(r'(\w+)="([^"]*)"', labels)), *each)
            for each in MATCHER.findall(wanted)
        )
    )


def test_the_alarm_is_not_rung_by_what_a_stranger_sends(edge: Edge) -> None:
    before, start = rung(edge), edge.server.log.stat().st_size
    sent = b"GET /healthz HTTP/1.1\r\n" + edge.host + b"\r\nTransfer-Encoding: gzip\r\n\r\n"
    assert exchanged(edge.port, sent).statuses == [501]

    def told() -> list[bytes]:
        lines = edge.server.log.read_bytes()[start:].splitlines()
        return [line for line in lines if b"transfer-coding-unknown" in line]

    wait_until(told, 5)
    assert json.loads(told()[0]).get("level", "info") == "info"
    assert rung(edge) == before


def test_the_alarm_is_rung_by_an_upstream_that_is_away(edge: Edge) -> None:
    before, name = rung(edge), f"away{edge.front}"
    edge.server.new_api(name, scopes=())
    token = edge.server.token(edge.server.new_application(name)).json["access_token"]
    wait_until(lambda: edge.server.call(f"/{name}/v1/x", token).status == 502, 10)
    assert rung(edge) > before
