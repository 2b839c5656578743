"""What is written in the head of a diagram stays in its box, in both widths."""

import re

import pytest

from satsuma.portal.diagram import Arrow, Party, drawing

NAMES = ("i", "Person", "Points of interest API", "Autorisierungsserver", "W" * 60)
ROLES = ("", "your program", "serveur d'autorisation", "resource server, standard")
ARROWS = [Arrow(0, 1, "GET /shops", "GET", 1)]
LETTERS = {"who": 7.0, "sub": 5.7}  # the mean width of a letter at 12.5 and 11 pixels


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize("parties", [2, 3, 4])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("role", ROLES)
def test_a_head_stays_in_its_box(width: str, parties: int, name: str, role: str) -> None:
    drawn = drawing([Party(name, role)] * parties, ARROWS, 1, "title", width)
    boxes = [float(found) for found in re.findall(r'class="box".*? width="([\d.]+)"', drawn)]
    assert len(boxes) == parties
    for kind, text in re.findall(r'<text class="(who|sub)"[^>]*>([^<]*)<', drawn):
        assert len(text) * LETTERS[kind] <= boxes[0], (kind, text)


def test_what_has_room_is_written_whole() -> None:
    drawn = drawing([Party("Person", "a browser")] * 2, ARROWS, 1, "title", "wide")
    assert drawn.count(">Person<") == drawn.count(">a browser<") == 2


def test_a_name_that_has_none_is_cut() -> None:
    drawn = drawing([Party("Points of interest API", "gateway")] * 4, ARROWS, 1, "title", "narrow")
    assert drawn.count(">Points…<") == 4
