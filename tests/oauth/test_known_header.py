"""A remembered header ends with its secret, by the clock and not by the feed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from satsuma.domain.issuers import STANDARD
from satsuma.management.applications import renew_secret
from tests.oauth.workshop import Workshop

OVERLAP = timedelta(hours=1)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    shop = Workshop(f"sqlite:///{tmp_path / 'shop.db'}", STANDARD)
    yield shop
    shop.close()


@pytest.mark.parametrize(
    ("endpoint", "fields"),
    [("token", {"grant_type": "client_credentials"}), ("introspect", {"token": ""})],
)
def test_a_header_known_during_an_overlap_ends_when_the_overlap_ends(
    workshop: Workshop, endpoint: str, fields: dict[str, str]
) -> None:
    renewing = renew_secret(workshop.context, workshop.client_id, OVERLAP)
    workshop.run(renewing)
    given = workshop.ask("token", grant_type="client_credentials")
    sent = {name: value or given.json["access_token"] for name, value in fields.items()}
    for _ in range(3):
        assert workshop.ask(endpoint, **sent).status == 200
    workshop.advance(OVERLAP - timedelta(seconds=1))
    assert workshop.ask(endpoint, **sent).status == 200
    workshop.now += timedelta(seconds=1)
    assert workshop.ask(endpoint, **sent).status == 401


def test_a_known_answer_ends_when_its_token_does(workshop: Workshop) -> None:
    token = workshop.ask("token", grant_type="client_credentials").json["access_token"]
    for _ in range(3):
        assert workshop.is_active(token)
    workshop.now += timedelta(minutes=60) - timedelta(seconds=1)
    assert workshop.is_active(token)
    workshop.now += timedelta(seconds=1)
    assert workshop.ask("introspect", token=token).json == {"active": False}
