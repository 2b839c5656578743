"""One server in test mode for the portal's pages; each test has developers and APIs of its own."""

from collections.abc import Iterator

import pytest

from tests.wire.server import Server, running_server


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("portal")
    with running_server(folder, options=("--test",)) as running:
        yield running
