"""The tree under test, read once."""

import pytest

from tests.house.tree import Tree, load


@pytest.fixture(scope="session")
def tree() -> Tree:
    """This repository."""
    return load()
