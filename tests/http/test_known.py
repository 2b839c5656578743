"""What is known again is bounded, and the oldest goes first."""

from satsuma.http.known import Known


def test_the_oldest_makes_room_for_a_new_one() -> None:
    known: Known[str, int] = Known(2)
    for key in ("a", "b", "c"):
        known.keep(key, 1)
    assert list(known) == ["b", "c"]


def test_what_is_kept_again_is_the_newest_and_puts_nothing_else_out() -> None:
    known: Known[str, int] = Known(2)
    for key, value in (("a", 1), ("b", 1), ("a", 2)):
        known.keep(key, value)
    assert list(known.items()) == [("b", 1), ("a", 2)]
