"""The pytest plugin: a running platform for a test that asks for one, and nothing for any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from satsuma.testing.server import SatsumaServer


@pytest.fixture
def satsuma_settings() -> dict[str, Any]:
    """The settings of this test's platform beside the defaults; a test module or class gives its own."""
    return {}


@pytest.fixture
def satsuma_server(satsuma_settings: dict[str, Any]) -> Iterator[SatsumaServer]:
    """A platform of this test's own on a free port: its issuers, its clock, its data."""
    from satsuma.testing.server import running

    with running(**satsuma_settings) as server:
        yield server
