"""What a person may take away about themselves: all that is kept, and nothing that proves who somebody is."""

import json
from typing import Final

import pytest

from satsuma.store.schema.tables import metadata
from tests.portal.developer import developer
from tests.wire.server import Server

# Each table that names a person, an application or a session of theirs: where it stands in the file, or why nowhere.
TOLD: Final = {
    "account": "account",
    "session": "sessions",
    "user_grant": "connected_applications",
    "subject": "connected_applications",
    "consent": "remembered_consents",
    "application": "own_applications",
    "membership": "client_spaces",
}
UNTOLD: Final = {
    "link": "a link that was sent proves who somebody is, and ends within days",
    "client_secret": "a proof",
    "subscription": "of an application: its page tells it",
    "usage": "counts of an application: its page and the developer's API tell them",
    "usage_count": "counts of an application: its page and the developer's API tell them",
}


def test_every_table_that_names_a_person_is_told_or_has_its_reason() -> None:
    named = {
        table.name
        for table in metadata.tables.values()
        if {"account_id", "application_id", "owner_id"} & {column.name for column in table.columns}
    }
    assert named - {"space"} == TOLD.keys() | UNTOLD.keys()


@pytest.mark.parametrize("applications", [0, 2])
def test_a_developers_file_has_the_applications_and_no_proof(
    server: Server, applications: int
) -> None:
    ann = developer(server)
    made = [ann.create() for _ in range(applications)]
    secrets = [ann.secret(each) for each in made]
    page = ann.open("/account/data")
    told = json.loads(page.text)
    assert told.keys() == {*TOLD.values()}
    assert {each["application_id"] for each in told["own_applications"]} == set(made)
    assert told["account"]["email"] == ann.email
    for proof in (*secrets, ann.agent.cookies["satsuma-session"]):
        assert proof not in page.text
    other = json.loads(developer(server).open("/account/data").text)
    assert other["own_applications"] == []
