"""Each page in its states is told and coloured as it was; a change that is meant is written by `make snapshots`."""

import difflib
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.signin.appearance import FOLDER, beginning, drawn_alike, expected_files, hexed
from tests.signin.walks import Walked


def changes(texts: Mapping[str, str], kept: Mapping[str, str]) -> Iterator[str]:
    """The lines that differ, of the texts that were seen."""
    for name, text in sorted(texts.items()):
        before = kept.get(name, "").splitlines()
        yield from difflib.unified_diff(before, text.splitlines(), name, name, n=1, lineterm="")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_looks_as_it_did(walked: Callable[[str], Walked], language: str) -> None:
    texts = walked(language).texts
    assert texts.keys() == expected_files(language)
    kept = {path.name: path.read_text() for path in FOLDER.glob("*.txt")}
    found = "\n".join(changes(texts, kept))
    assert not found, f"If this is meant, run `make snapshots` and commit what it writes:\n{found}"


def test_there_is_no_text_of_a_state_that_is_gone() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == expected_files("en") | expected_files("fr")


def test_a_change_is_told_by_its_lines() -> None:
    kept = {"login.txt": '- button "Log in"\nh1: 700 23px\n    light #241c15 on nothing\n'}
    seen = {"login.txt": '- button "Sign in"\nh1: 700 23px\n    light #ff0000 on nothing\n'}
    told = list(changes(seen, kept))
    assert '-- button "Log in"' in told
    assert '+- button "Sign in"' in told
    assert "+    light #ff0000 on nothing" in told
    assert list(changes(kept, kept)) == []


@pytest.mark.parametrize(
    ("drawn", "alike"),
    [
        ("http://localhost:40523/demo", "http://localhost:PORT/demo"),
        ("http%3A%2F%2Flocalhost%3A40523%2F", "http%3A%2F%2Flocalhost%3APORT%2F"),
        ("code: stc_abcdefgh-1 and app_12345678x", "code: stc_... and app_..."),
        ("/login?r=abc.def&again=1", "/login?r=...&again=1"),
        ("last seen 1 December 2026, 09:05", "last seen DATE, TIME"),
        ("le 1er décembre 2026 à 09:05", "le DATE à TIME"),
        ("to 0a1b2c3d@people.example", "to SOMEBODY@people.example"),
        ('\\"expires_in\\": 3598, ', '\\"expires_in\\": 3600, '),
        ("Confirm your e-mail address", "Confirm your e-mail address"),
        ("It lives 60 seconds, error 400", "It lives 60 seconds, error 400"),
    ],
)
def test_what_is_drawn_at_random_is_alike(drawn: str, alike: str) -> None:
    assert drawn_alike(drawn) == alike


def test_colours_are_as_the_stylesheet_writes_them() -> None:
    assert hexed("rgb(36, 28, 21) on rgba(0, 0, 0, 0)") == "#241c15 on nothing"


def test_a_long_list_is_cut_to_its_beginning() -> None:
    tree = "- list:\n  - listitem: a\n  - listitem:\n    - b\n- list:\n  - listitem: c\n- end\n"
    assert beginning(tree) == "- list:\n  - listitem: a\n- list:\n  - listitem: c\n- end\n"
