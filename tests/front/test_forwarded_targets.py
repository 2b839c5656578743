"""A target reaches the upstream as it was written, on both fronts."""

import pytest

from tests.front.edge import Edge
from tests.front.judge import exchanged


@pytest.mark.parametrize("target", [b"/edge/v1/a?", b"/edge/v1/a??", b"/edge/v1?", b"/edge/v1/a"])
@pytest.mark.spec("RFC 9112 §3.2.1")
def test_a_question_mark_with_nothing_behind_it_reaches_the_upstream(
    edge: Edge, target: bytes
) -> None:
    edge.recorder.seen.clear()
    request = edge.call(path=target) + b"Connection: close\r\n\r\n"
    assert exchanged(edge.port, request, b"GET").statuses == [200]
    (seen,) = edge.recorder.seen
    rest = target.removeprefix(b"/edge/v1")
    assert seen.target == (rest if rest.startswith(b"/") else b"/" + rest)
