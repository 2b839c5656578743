"""What the client's README shows runs as it stands."""

import re

from tests.house.tree import ROOT


def test_the_example_runs() -> None:
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "client/README.md").read_text(), re.DOTALL
    )
    found: dict[str, object] = {}
    exec(example, found)
    assert found["body"] == b"grant_type=client_credentials&scope=poi%3Aread"
    assert "3600" in repr(found["token"])
