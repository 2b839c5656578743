"""A token server for each test, and processes that start at once."""

from collections.abc import Iterator

import pytest

from tests.client.token_server import TokenServer, running_token_server


@pytest.fixture
def server() -> Iterator[TokenServer]:
    with running_token_server() as running:
        yield running
