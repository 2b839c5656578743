"""The request log is bounded per client and source, and what passes the bound is counted."""

from datetime import UTC, datetime, timedelta

from satsuma.domain.errors.row import ErrorRow
from satsuma.domain.request_log import LoggedRequest
from satsuma.http.messages import Request
from satsuma.telemetry.request_log import RequestLog

ROW = ErrorRow("secret-wrong", "invalid_client", 401, "No.", "Mend it.", "")
OTHER = ErrorRow("client-blocked", "invalid_client", 401, "No.", "Mend it.", "")


class Log(RequestLog):
    """A log with a clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        self.made = 0
        super().__init__(lambda: self.at)

    def refuse(
        self,
        times: int,
        client: str | None = "c" * 32,
        source: str = "1.1.1.1",
        row: ErrorRow = ROW,
    ) -> None:
        for _ in range(times):
            self.made += 1
            request = Request(b"POST", b"/oauth/v3/token", b"", [], b"", source, f"r{self.made}")
            self.note(request, "token", row, client, {})

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def counted(rows: tuple[LoggedRequest, ...]) -> int:
    return sum(row.repeated for row in rows)


def test_twenty_rows_a_minute_are_of_one_client_source_and_cause() -> None:
    log = Log()
    log.refuse(50)
    rows = log.take()
    assert (len(rows), counted(rows), log.dropped) == (20, 50, 0)
    assert rows[-1].repeated == 31


def test_other_clients_and_sources_have_their_own() -> None:
    log = Log()
    log.refuse(50)
    log.refuse(3, client="d" * 32)
    log.refuse(3, source="2.2.2.2")
    assert len(log.take()) == 26


def test_the_next_minute_begins_anew() -> None:
    log = Log()
    log.refuse(50)
    log.take()
    log.pass_(60)
    log.refuse(5)
    assert len(log.take()) == 5


def test_one_source_with_many_client_ids_writes_200_rows_a_minute() -> None:
    log = Log()
    for n in range(1000):
        log.refuse(1, client=f"{n:032}")
    assert len(log.take()) == 200
    assert log.dropped == 800


def test_one_source_with_made_up_client_ids_shares_one_bound() -> None:
    log = Log()
    for n in range(1000):
        log.refuse(1, client=f"made up {n}")
    assert len(log.take()) == 20


def test_what_repeats_after_the_row_was_written_is_counted_within_five_seconds() -> None:
    log = Log()
    log.refuse(20)
    (*_, last) = log.take()
    log.refuse(30)
    assert log.take() == ()
    log.pass_(5)
    (again,) = log.take()
    assert (again.request_id, again.repeated) == (last.request_id, 31)
    log.pass_(5)
    assert log.take() == ()
    log.refuse(1)
    assert [row.repeated for row in log.take()] == [32]


def test_one_cause_does_not_hide_another() -> None:
    log = Log()
    log.refuse(50, client=None)
    log.refuse(7, client=None, row=OTHER)
    assert [row.slug for row in log.take()].count("client-blocked") == 7


def test_a_cause_past_the_bound_of_its_source_is_dropped_and_told() -> None:
    log = Log()
    for n in range(10):
        log.refuse(20, client=f"{n:032}")
    log.refuse(7, row=OTHER)
    assert (len(log.take()), log.dropped) == (200, 7)


def test_a_flood_from_many_sources_keeps_a_bounded_memory() -> None:
    log = Log()
    for n in range(20_000):
        log.refuse(1, source=f"s{n}")
    assert len(log.take()) == 5_000
    assert log.dropped == 15_000
    assert (len(log._last), len(log._budget._spent)) == (2_000, 10_000)


def test_the_addresses_of_an_ipv6_customer_share_a_bound() -> None:
    log = Log()
    for host in range(50):
        log.refuse(1, source=f"2001:db8:0:1::{host:x}")
    log.refuse(3, source="2001:db8:0:2::1")
    rows = log.take()
    assert (len(rows), counted(rows), log.dropped) == (23, 53, 0)
    assert rows[3].source == "2001:db8:0:1::3", "the row says who exactly it was"
