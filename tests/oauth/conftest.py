"""Servers and people for the tests of the person's side."""

import pytest

from tests.oauth.flow import Person, new_client, new_person
from tests.wire.server import Made, Server


@pytest.fixture
def person(server: Server) -> Person:
    return new_person(server)


@pytest.fixture
def client(server: Server) -> Made:
    return new_client(server)


@pytest.fixture
def public_client(server: Server) -> Made:
    return new_client(server, public=True)
