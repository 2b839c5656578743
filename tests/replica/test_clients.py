"""The directory of clients never holds what is older than the feed, however slow the look-up was."""

from datetime import UTC, datetime

import pytest

from satsuma.domain.applications import Application, ApplicationState, Client
from satsuma.replica.clients import HeldClients

AT = datetime(2030, 1, 1, tzinfo=UTC)
CLIENT_ID = "C" * 32


def a_client(state: ApplicationState = "active", client_id: str = CLIENT_ID) -> Client:
    application = Application(
        f"app_{client_id}", "spc_1", "App", client_id, state, 1, False, (), (), AT
    )
    return Client(application, (), ())


def state_of(clients: HeldClients, client_id: str = CLIENT_ID) -> str | None:
    record = clients.find(client_id)
    return None if record is None else record.state


def test_a_view_that_the_feed_overtook_is_answered_and_not_kept() -> None:
    clients = HeldClients()
    clients.drop(CLIENT_ID, 8)
    assert clients.keep(a_client(), 7).state == "active"
    assert state_of(clients) is None


def test_a_slow_look_up_does_not_bring_a_revoked_client_back() -> None:
    clients = HeldClients()
    clients.drop(CLIENT_ID, 8)
    clients.keep(a_client("revoked"), 8)
    clients.keep(a_client("active"), 7)
    assert state_of(clients) == "revoked"


@pytest.mark.parametrize("seq", [8, 9])
def test_a_view_as_new_as_the_change_is_kept(seq: int) -> None:
    clients = HeldClients()
    clients.drop(CLIENT_ID, 8)
    kept = clients.keep(a_client("blocked"), seq)
    assert clients.find(CLIENT_ID) is kept
    assert state_of(clients) == "blocked"


def test_a_change_of_another_client_does_not_hinder() -> None:
    clients = HeldClients()
    clients.drop("D" * 32, 8)
    clients.keep(a_client(), 7)
    assert state_of(clients) == "active"


def test_the_newest_change_of_a_client_counts() -> None:
    clients = HeldClients()
    clients.drop(CLIENT_ID, 5)
    clients.drop(CLIENT_ID, 8)
    clients.keep(a_client(), 6)
    assert state_of(clients) is None


def test_after_all_was_forgotten_only_newer_views_are_kept() -> None:
    clients = HeldClients()
    clients.keep(a_client(), 3)
    clients.clear(8)
    assert len(clients) == 0
    clients.keep(a_client(), 7)
    assert state_of(clients) is None
    clients.keep(a_client(), 8)
    assert state_of(clients) == "active"


def test_a_change_too_old_to_be_remembered_still_bars_older_views() -> None:
    clients = HeldClients()
    for seq in range(1, 10_002):
        clients.drop(f"{seq:032}", seq)
    clients.keep(a_client(client_id=f"{1:032}"), 0)
    assert state_of(clients, f"{1:032}") is None
    clients.keep(a_client(client_id=f"{1:032}"), 1)
    assert state_of(clients, f"{1:032}") == "active"


def test_the_last_uses_go_over_to_a_newer_view() -> None:
    clients = HeldClients()
    clients.keep(a_client(), 1).used["sec_1"] = (int(AT.timestamp()), "192.0.2.1")
    clients.keep(a_client(), 2)
    assert clients.take_uses() == [("sec_1", AT, "192.0.2.1")]
    assert clients.take_uses() == []


def test_what_was_loaded_longest_ago_goes_first() -> None:
    clients = HeldClients(capacity=2)
    for client_id in ("A" * 32, "B" * 32, "A" * 32, "D" * 32):
        clients.keep(a_client(client_id=client_id), 1)
    assert [state_of(clients, each * 32) for each in "ABD"] == ["active", None, "active"]
